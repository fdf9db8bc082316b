import { PassThrough } from 'node:stream';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import type { Dataset } from '../../src/data/Dataset.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { packArrays, unpackArrays } from '../../src/executors/sharedArrays.js';
import { storedOutputs, teacherOutputs } from '../../src/teachers/teacherCache.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { writeStripes } from '../cli/stripes.js';

let root: string;
let dataset: Dataset;
let engine: Engine;
const policy = { shift: 1, flip: true, views: 2, seed: 3 };
const rows = Int32Array.from({ length: 40 }, (_, i) => 2 * i);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cache-'));
  dataset = await openDataset(writeStripes(join(root, 'stripes'), 90, 30), { dataDir: root });
  engine = await openEngine('wasm', { threads: 1 });
});
afterAll(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

const nothing = () => new PassThrough().end();
const neverNeeded = () => Promise.reject(new Error('the engine was asked for'));

async function request(seed = 'quick') {
  const teachers = join(root, seed);
  const teacher = await openTeacher(teachers, storeQuickTeacher(teachers, { seed }));
  return { teacher, dataset, rows, policy, taps: Object.keys(teacher.taps).slice(0, 1) };
}

describe('the cache of teacher outputs', () => {
  it('is computed once and then reused without an engine', async () => {
    const cache = join(root, 'reused');
    const first = await teacherOutputs(cache, await request(), () => Promise.resolve(engine));
    const second = await teacherOutputs(cache, await request(), neverNeeded);
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(second.outputs).toEqual(first.outputs);
    expect(new Set(first.outputs.logits).size).toBeGreaterThan(100);
    expect(first.outputs.logits.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('is handed on by its files, computed or not, to whoever reads them', async () => {
    const asked = await request();
    const { outputs } = await teacherOutputs(join(root, 'arrays'), asked, () => Promise.resolve(engine));
    for (const open of [() => Promise.resolve(engine), neverNeeded]) {
      const stored = (await storedOutputs(join(root, 'handed'), asked, open)).outputs;
      // A tap may be named twice; it is read once.
      const twice = { stored, again: stored.logits };
      const { packed, arrays, files } = packArrays(twice);
      expect(arrays).toHaveLength(0);
      const handles = files.map((file) => file.open());
      const read = await unpackArrays(structuredClone(packed), nothing(), (index) => handles[index]);
      expect(read).toEqual({ stored: outputs, again: outputs.logits });
      const { stored: first, again } = read as { stored: typeof outputs; again: Float32Array };
      expect(again).toBe(first.logits);
    }
  });

  it('is read from the files that were open, whatever happens to their names; a change within them is refused', async () => {
    const cache = join(root, 'open');
    const { outputs } = await teacherOutputs(cache, await request(), () => Promise.resolve(engine));
    const { logits } = (await storedOutputs(cache, await request(), neverNeeded)).outputs;
    const unpacked = async (meanwhile: () => void) => {
      const { packed } = packArrays({ logits });
      const handle = logits.open();
      meanwhile();
      return unpackArrays(packed, nothing(), () => handle);
    };
    const whole = readFileSync(logits.file);
    const other = whole.map((byte, i) => (i === 9 ? byte ^ 1 : byte));
    expect(await unpacked(() => rmSync(logits.file))).toEqual({ logits: outputs.logits });
    writeFileSync(logits.file, whole);
    const replaced = () => {
      writeFileSync(`${logits.file}.new`, other);
      renameSync(`${logits.file}.new`, logits.file);
    };
    expect(await unpacked(replaced)).toEqual({ logits: outputs.logits });
    expect(() => logits.read()).toThrow(expect.objectContaining({ code: 'CACHE' }));
    writeFileSync(logits.file, whole);
    await expect(unpacked(() => writeFileSync(logits.file, other))).rejects.toMatchObject({ code: 'CACHE' });
  });

  it('is not reused for another teacher, other rows or another augmentation', async () => {
    const cache = join(root, 'others');
    const asked = await request();
    const others = [
      asked,
      await request('other'),
      { ...asked, rows: rows.slice(1) },
      { ...asked, policy: { ...policy, seed: 4 } },
      { ...asked, taps: [] },
    ];
    const digests = new Set<string>();
    for (const other of others) {
      const { cached, outputs } = await teacherOutputs(cache, other, () => Promise.resolve(engine));
      expect(cached).toBe(false);
      digests.add(outputs.digest);
    }
    expect(digests.size).toBe(others.length);
  });

  it('is refused when a file of it is changed, cut short, missing or no JSON', async () => {
    const damages: [string, (file: string) => void][] = [
      [
        'logits.bin',
        (file) =>
          writeFileSync(
            file,
            readFileSync(file).map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
          ),
      ],
      ['logits.bin', (file) => truncateSync(file, 100)],
      ['logits.bin', (file) => rmSync(file)],
      ['meta.json', (file) => truncateSync(file, 30)],
    ];
    for (const [i, [name, damage]] of damages.entries()) {
      const cache = join(root, `damaged-${i}`);
      await teacherOutputs(cache, await request(), () => Promise.resolve(engine));
      damage(join(cache, readdirSync(cache)[0], name));
      // Those that hand the files on see what can be seen without reading them.
      for (const ask of i === 0 ? [teacherOutputs] : [teacherOutputs, storedOutputs]) {
        await expect(ask(cache, await request(), neverNeeded)).rejects.toMatchObject({
          code: 'CACHE',
          message: expect.stringContaining(name) as string,
        });
      }
    }
  });
});
