import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import type { Dataset } from '../../src/data/Dataset.js';
import { readOutputs } from '../../src/data/TeacherOutputs.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { packArrays } from '../../src/executors/sharedArrays.js';
import { evaluateTeacher } from '../../src/teachers/evaluateTeacher.js';
import { combineLogits } from '../../src/teachers/combineLogits.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { parseTeam } from '../../src/teachers/team.js';
import { storedOutputs, teacherOutputs } from '../../src/teachers/teacherCache.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';
import type { TeacherModel, TeacherTeam } from '../../src/teachers/TeacherModel.js';
import { teacherLogits } from '../../src/teachers/teacherLogits.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { writeStripes } from '../cli/stripes.js';

let root: string;
let dataset: Dataset;
let engine: Engine;
const rows = Int32Array.from({ length: 40 }, (_, i) => 2 * i);
const policy = { shift: 1, flip: true, views: 2, seed: 3 };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'team-'));
  dataset = await openDataset(writeStripes(join(root, 'stripes'), 90, 30), { dataDir: root });
  engine = await openEngine('wasm', { threads: 1 });
  for (const name of ['a', 'b']) storeQuickTeacher(join(root, 'teachers'), { name, seed: name });
});
afterAll(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

const open = async (name: string) => openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), name));
const outputs = async (teacher: TeacherModel, cache: string, taps: string[] = []) =>
  teacherOutputs(join(root, cache), { teacher, dataset, rows, policy, taps }, () => Promise.resolve(engine));
const team = (weights: number[], weighting: 'fixed' | 'confidence') =>
  ({ weighting, members: weights.map((weight) => ({ weight })) }) as unknown as TeacherTeam;

describe('several teachers', () => {
  it('answer with the weighted mean of their logits', async () => {
    const [a, b, both] = [await open('a'), await open('b'), await open('a=3,b=1')];
    const logits = await Promise.all([a, b, both].map((teacher) => teacherLogits(teacher, engine, dataset, rows)));
    logits[2].forEach((value, i) => expect(value).toBeCloseTo(0.75 * logits[0][i] + 0.25 * logits[1][i], 4));
    expect((await evaluateTeacher(both, engine, dataset, rows)).samples).toBe(40);
  });

  it('are cached each on its own, and found there by every team, whose mean lies beside them', async () => {
    const both = await open('a,b');
    const tap = Object.keys((await open('b')).taps)[0];
    const first = await outputs(both, 'cache', [tap, `b/${tap}`]);
    expect([first.cached, readdirSync(join(root, 'cache')).length]).toEqual([false, 3]);
    const second = await outputs(await open('confidence:a,b'), 'cache', [tap, `b/${tap}`]);
    expect([second.cached, readdirSync(join(root, 'cache')).length]).toEqual([true, 4]);
    const [a, alone] = [await outputs(await open('a'), 'cache', [tap]), await outputs(await open('b'), 'cache', [tap])];
    expect([a.cached, alone.cached]).toEqual([true, true]);
    first.outputs.logits.forEach((value, i) => {
      expect(value).toBeCloseTo((a.outputs.logits[i] + alone.outputs.logits[i]) / 2, 5);
    });
    expect(first.outputs.taps[`b/${tap}`].data).toEqual(alone.outputs.taps[tap].data);
    expect(first.outputs.taps[tap].data).not.toEqual(alone.outputs.taps[tap].data);
    expect(first.outputs.digest).not.toBe(second.outputs.digest);
    expect(first.outputs.logits.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('are handed on by their files, and take no memory of who hands them on', async () => {
    const both = await open('a,b');
    const [tap] = Object.keys((await open('b')).taps);
    const request = { teacher: both, dataset, rows, policy, taps: [tap, `b/${tap}`] };
    const { outputs: stored } = await storedOutputs(join(root, 'handed'), request, () => Promise.resolve(engine));
    expect(packArrays(stored).arrays).toHaveLength(0);
    expect(readOutputs(stored)).toEqual((await outputs(both, 'handed', request.taps)).outputs);
    const weighed = { ...request, teacher: await open('a=3,b=1') };
    const neverNeeded = () => Promise.reject(new Error('the engine was asked for'));
    const { outputs: other } = await storedOutputs(join(root, 'handed'), weighed, neverNeeded);
    expect(other.logits.digest).not.toBe(stored.logits.digest);
  });

  it('by confidence: who is sure decides, who is not is not asked, and on another sample it may be the other', () => {
    const [sure, unsure] = [[20, 0, 0], [0, 0, 0]]; // prettier-ignore
    const first = Float32Array.from([...sure, ...unsure]);
    const second = Float32Array.from([...unsure, ...sure]);
    const found = combineLogits([first, second], team([1, 1], 'confidence'), 3);
    [20, 0, 0, 20, 0, 0].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
    const fixed = combineLogits([first, second], team([1, 1], 'fixed'), 3);
    [10, 0, 0, 10, 0, 0].forEach((value, i) => expect(fixed[i]).toBeCloseTo(value, 4));
    const nobody = combineLogits([first.subarray(3), first.subarray(3)], team([1, 1], 'confidence'), 3);
    expect([...nobody]).toEqual([0, 0, 0]);
  });

  it.each([
    ['a,a', 'a is named twice'],
    ['a=0,b', 'the weight of a is 0, above 0 is needed'],
    ['a=x,b', 'the weight of a is x'],
    ['a=NaN,b', 'the weight of a is NaN'],
    ['a,,b', '"" is no NAME or NAME=WEIGHT'],
    ['a=1=2,b', 'is no NAME or NAME=WEIGHT'],
  ])('refuses %s', (text, says) => expect(() => parseTeam(text)).toThrow(says));

  it('refuses a teacher that is not there, and those that do not fit together', async () => {
    await expect(open('a,c')).rejects.toThrow('no teacher "c"');
    storeQuickTeacher(join(root, 'teachers'), { name: 'other', classes: ['x', 'y', 'z'] });
    await expect(open('a,other')).rejects.toThrow('teachers a and other do not fit together: they know 3');
    await expect(outputs(await open('a,b'), 'cache', ['none'])).rejects.toThrow('has no tap "none"');
  });
});
