import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sha256 } from '../../src/core/digest.js';
import { countMacs } from '../../src/costs/macs.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { openStore } from '../../src/store/openStore.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';
import { teacherDigest } from '../../src/teachers/TeacherRecord.js';
import { runProcess, start } from './process.js';
import { runHere } from './runHere.js';
import { pause } from './startedTrial.js';
import { writeStripes } from './stripes.js';

const share = z.number().min(0).max(1);
const document = z.object({
  study: z.string(),
  trial: z.number(),
  accuracy: z.object({ student: share, alone: share.nullable(), teacher: share }),
  weights: z.string(),
  costs: z.object({ bytes: z.number(), params: z.number(), macs: z.number() }),
  directory: z.string(),
  card: z.string(),
  testEvaluated: z.object({ earlier: z.string().nullable() }),
  latency: z.object({
    measured: z.object({ median: z.number().positive(), p95: z.number().positive(), disturbed: z.boolean() }),
    predicted: z.array(z.object({ device: z.string(), ms: z.number().positive(), here: z.boolean() })),
  }),
  verification: z.object({ bytes: z.object({ predicted: z.number(), onnx: z.object({ weights: z.number() }) }) }),
});
const card = document.pick({ study: true, trial: true, accuracy: true }).extend({
  teacher: z.object({ name: z.string(), digest: z.string(), params: z.number(), macs: z.number() }),
  student: z.object({ weights: z.string(), costs: z.object({ bytes: z.number() }) }),
  comparison: z.object({ shareOfTeacher: z.number(), overAlone: z.number().nullable() }),
  recipe: z.object({ epochs: z.number(), seed: z.number(), losses: z.array(z.unknown()) }),
  data: z.object({ digest: z.string(), classes: z.array(z.string()) }),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
  reproduce: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
});

let root: string;
let data: string;
const results = () => join(root, 'results');
const words = (...more: string[]) => ['--results', results(), ...more];
const promote = (...more: string[]) =>
  runHere(words('promote', 'tiny', '--pick', 'best', '--epochs', '6', '--views', '2', ...more));
const promoted = async (...more: string[]) => {
  const said = await promote('--json', ...more);
  expect(said.stderr).not.toContain('nas-distill: ');
  expect(said.code).toBe(0);
  return { ...document.parse(JSON.parse(said.stdout)), stderr: said.stderr };
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cli-promote-'));
  data = writeStripes(join(root, 'stripes'));
  const taught = await runHere(words('teacher', 'train', 'vit', '--epochs', '2', '--data', data, '--json'));
  expect(taught.code).toBe(0);
  const limits = [
    '--budget',
    '2KB',
    '--device',
    'phone',
    '--weights',
    'int8',
    '--trials',
    '3',
    '--epochs',
    '1',
    '--workers',
    '1',
  ];
  const searched = await runProcess(
    words('search', '--data', data, '--space', 'minimal', '--no-report', '--study', 'tiny', ...limits),
    90_000,
  );
  expect(searched.stderr).not.toContain('nas-distill: ');
  expect(searched.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('promote, of an int8 study with a trained teacher', () => {
  it('compares with the teacher and the control, and leaves a card that holds', async () => {
    const found = await promoted();
    const { directory, accuracy, verification, costs } = found;
    expect(directory).toBe(join(results(), 'promoted', 'tiny', `trial-${found.trial}`));
    expect(found.weights).toBe('int8');
    expect(found.testEvaluated.earlier).toBeNull();
    // Three kinds of stripes: chance is a third.
    expect(accuracy.teacher).toBeGreaterThan(0.5);
    expect(accuracy.alone).not.toBeNull();
    expect(costs.bytes).toBeLessThanOrEqual(2000);
    expect(verification.bytes).toMatchObject({ predicted: costs.bytes, onnx: { weights: costs.bytes } });

    const facts = card.parse(JSON.parse(readFileSync(found.card, 'utf8')));
    for (const [name, file] of Object.entries(facts.files)) {
      const content = readFileSync(join(directory, name));
      expect(file, name).toEqual({ bytes: content.length, sha256: sha256(content) });
    }
    expect(Object.keys(facts.files).sort()).toEqual(['model.json', 'model.onnx', 'weights.bin']);
    expect(facts.accuracy).toEqual(accuracy);
    expect(facts.comparison.shareOfTeacher).toBeCloseTo(accuracy.student / accuracy.teacher, 12);
    expect(facts.comparison.overAlone).toBeCloseTo(accuracy.student - (accuracy.alone ?? NaN), 12);
    const teacher = readRecord(join(results(), 'teachers'), facts.teacher.name);
    expect(facts.teacher).toMatchObject({
      digest: teacherDigest(teacher),
      params: teacher.params,
      macs: countMacs(teacher.spec!),
    });
    expect(facts.recipe).toMatchObject({ epochs: 6, seed: 1 });
    expect(facts.data.classes).toEqual(['0', '1', '2']);
    expect(facts.versions).toMatchObject({ node: process.version, engine: expect.stringContaining('onnxruntime') });

    // What the card says to type is a command line that this version takes, from the study's own settings.
    expect(facts.reproduce[0]).toContain(' --seed 1 ');
    expect(facts.reproduce[1]).toBe('nas-distill search --study-file study.json --study tiny');
    const settings: unknown = JSON.parse(readFileSync(join(directory, 'study.json'), 'utf8'));
    expect(parseStudyConfig(settings, 'study.json')).toMatchObject({ weights: 'int8', budgets: ['2KB'], data });
    const help = (await runHere(['promote', '--help'])).stdout;
    for (const flag of facts.reproduce[2].match(/--[a-z]+/g) ?? []) expect(help).toContain(flag);

    const text = readFileSync(join(directory, 'MODEL_CARD.md'), 'utf8');
    // The file itself was timed here; beside it stands what was predicted for the study's device.
    const { measured, predicted } = found.latency;
    expect(measured.p95).toBeGreaterThanOrEqual(measured.median);
    expect(measured.median).toBeLessThan(50);
    expect(predicted).toEqual([{ device: 'phone', ms: expect.any(Number), here: false }]);
    expect(text).toMatch(
      /^- latency: [\d.]+ (µs|ms) \(95th percentile .*model\.onnx in onnxruntime-node .* one thread, batch 1/m,
    );
    expect(text).toMatch(/^- latency on phone: [\d.]+ (µs|ms), predicted$/m);
    expect(text).toContain(`| the same student without the teacher | ${(100 * accuracy.alone!).toFixed(2)} % |`);
    expect(text).toContain(facts.files['model.onnx'].sha256);

    const store = openStore(join(results(), 'nas-distill.db'), { readonly: true });
    expect(store.promotions('tiny')).toMatchObject([
      { trial: found.trial, accuracy, directory: join('promoted', 'tiny', `trial-${found.trial}`) },
    ]);
    store.close();
  }, 60_000);

  it('reuses the test result, writes elsewhere with --out, and prints what to do next', async () => {
    const first = await promoted();
    expect(first.testEvaluated.earlier).not.toBeNull();
    expect(first.stderr).toContain('--reevaluate');
    const out = join(root, 'elsewhere');
    const said = await promote('--out', out);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain(`onnxruntime.InferenceSession(${JSON.stringify(join(out, 'model.onnx'))})`);
    expect(said.stdout).toContain('next: load it');
    expect(said.stdout).toMatch(/int8 against float32, \d+ validation images/);
    // The same student: its files are equal wherever they lie.
    for (const name of ['weights.bin', 'model.json'])
      expect(readFileSync(join(out, name))).toEqual(readFileSync(join(first.directory, name)));
    expect(existsSync(join(out, 'checkpoints'))).toBe(false);

    const other = await promote('--epochs', '3');
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('under other settings');
    expect(other.stderr).toContain('--reevaluate');
    const again = await promoted('--reevaluate');
    expect(again.testEvaluated.earlier).toBeNull();
    expect(again.accuracy).toEqual(first.accuracy);
    // Equal results in one place are one record; the other directory is another.
    const store = openStore(join(results(), 'nas-distill.db'), { readonly: true });
    expect(store.promotions('tiny').map(({ directory }) => directory)).toEqual([
      join('promoted', 'tiny', `trial-${first.trial}`),
      join('..', 'elsewhere'),
    ]);
    store.close();
  }, 60_000);

  it('goes on after a kill, from its last checkpoint', async () => {
    const open = () => openStore(join(results(), 'nas-distill.db'), { readonly: true });
    const store = open();
    const done = store.promotions('tiny').map(({ trial }) => trial);
    const other = store.trials('tiny').find(({ number, state }) => state === 'COMPLETE' && !done.includes(number));
    store.close();
    const flags = ['promote', 'tiny', '--trial', String(other?.number), '--epochs', '60', '--views', '2', '--no-alone'];
    const dir = join(results(), 'promoted', 'tiny', `trial-${other?.number ?? 0}`);
    const running = start(words(...flags));
    while (!existsSync(join(dir, 'checkpoints', 'distilled', 'checkpoint.json'))) await pause(10);
    running.kill('SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');
    expect(existsSync(join(dir, 'model.onnx'))).toBe(false);

    const said = await runHere(words(...flags, '--json'));
    expect(said.code).toBe(0);
    // Sixty epochs are enough to tell three directions from each other; chance is a third.
    expect(document.parse(JSON.parse(said.stdout)).accuracy.student).toBeGreaterThan(0.6);
    expect(said.stderr).toMatch(/distilled: going on after epoch \d+ of 60/);
    expect(existsSync(join(dir, 'model.onnx'))).toBe(true);
    const after = open();
    expect(after.promotions('tiny').filter(({ trial }) => trial === other?.number)).toHaveLength(1);
    after.close();
  }, 60_000);

  it('refuses to overwrite a model that is not this trial', async () => {
    const out = join(root, 'foreign');
    writeStripes(out, 3, 3);
    writeFileSync(join(out, 'model.json'), '{}');
    const said = await promote('--out', out);
    expect(said.code).toBe(2);
    expect(said.stderr).toContain('holds another model (model.json)');
    expect(statSync(join(out, 'model.json')).size).toBe(2);
  });

  it('says that the place cannot be written before it trains', async () => {
    const said = await promote('--out', '/proc/nowhere');
    expect(said.code).toBe(5);
    expect(said.stderr).toContain('/proc/nowhere');
    expect(said.stderr).not.toContain('Distilling');
  });
});
