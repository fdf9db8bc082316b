import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allocateImages, allocateLabels, makeDataset } from '../../src/data/makeDataset.js';
import { openDataset } from '../../src/data/openDataset.js';
import type { Dataset } from '../../src/data/Dataset.js';
import { openEngine } from '../../src/engines/registry.js';
import { evaluateTeacher } from '../../src/teachers/evaluateTeacher.js';
import { importTeacher } from '../../src/teachers/importTeacher.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { runTeacher } from '../../src/teachers/runTeacher.js';
import { firstOf } from '../../src/teachers/TeacherModel.js';
import { teacherOutputs } from '../../src/teachers/teacherCache.js';
import { listTeachers } from '../../src/teachers/teacherFiles.js';
import { writeStripes } from '../cli/stripes.js';

// Models that TensorFlow trained and the TF.js converter wrote, with TensorFlow's own answers: see make.py there.
const folder = fileURLToPath(new URL('../goldens/teachers', import.meta.url));
const rows = z.array(z.array(z.number()).length(3)).length(12);
const golden = z
  .object({ pixels: z.array(z.number()), kinds: z.array(z.number()), logits: rows, probabilities: rows })
  .parse(JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')));
/** The order of the models' outputs. */
const order = ['2', '0', '1'];

let root: string;
/** The images that TensorFlow answered. */
let answered: Dataset;
let stripes: Dataset;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'converted-'));
  const images = allocateImages('golden', 12, [12, 12, 1]);
  images.set(golden.pixels);
  const labels = allocateLabels(12);
  labels.set(golden.kinds);
  const classes = ['0', '1', '2'];
  answered = makeDataset({
    name: 'golden',
    shape: [12, 12, 1],
    classes,
    images,
    labels,
    officialTest: new Int32Array(0),
  });
  stripes = await openDataset(writeStripes(join(root, 'stripes'), 300, 60), { dataDir: root });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Options = Partial<Parameters<typeof importTeacher>[0]>;
const take = (model: string, options: Options = {}) =>
  importTeacher({
    teachersDir: join(root, 'teachers'),
    name: model,
    dir: join(folder, model),
    classes: order,
    normalisation: { mean: [0.5], std: [0.25] },
    probabilities: model === 'layers',
    ...options,
  });

/** A copy of a model to spoil. */
function copy(model: string, name: string): string {
  cpSync(join(folder, model), join(root, name), { recursive: true });
  return join(root, name);
}

function edit(dir: string, from: string, to: string): string {
  const file = join(dir, 'model.json');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
  return dir;
}

const refused = (message: RegExp, hint: RegExp = /./) => ({
  code: 'TEACHER',
  message: expect.stringMatching(message) as string,
  hint: expect.stringMatching(hint) as string,
});

describe("models of TensorFlow's converter as teachers", () => {
  it.each([
    ['graph', 'graph-model', 355, 'logits', 1e-4],
    // float16 keeps 11 bits of each weight.
    ['graph-float16', 'graph-model', 355, 'logits', 2e-2],
    ['layers', 'layers-model', 513, 'probabilities', 1e-4],
  ] as const)('%s answers as TensorFlow does, on every class', async (model, kind, params, what, tolerance) => {
    const { record, accuracy } = await take(model, {
      examples: { dataset: answered, indices: Int32Array.from(answered.labels.keys()) },
    });
    expect(record).toMatchObject({ kind, params, input: [12, 12, 1], classes: order });
    expect(accuracy).toBe(1);
    const teacher = await openTeacher(join(root, 'teachers'), record);
    const engine = await openEngine(teacher.engine ?? 'none', { threads: 1 });
    let logits = new Float32Array();
    const indices = Int32Array.from(answered.labels.keys());
    await runTeacher({
      teacher: firstOf(teacher),
      engine,
      dataset: answered,
      indices,
      onBatch: (_start, count, arrays) => (logits = arrays.logits.slice(0, 3 * count)),
    });
    const expected = what === 'logits' ? golden.logits.flat() : golden.probabilities.flat();
    expect(logits.length).toBe(expected.length);
    logits.forEach((value, i) => {
      const said = what === 'logits' ? value : Math.exp(value);
      expect(Math.abs(said - expected[i])).toBeLessThan(tolerance * Math.max(1, Math.abs(expected[i])));
    });
    const { accuracy: evaluated } = await evaluateTeacher(teacher, engine, stripes, stripes.officialTest);
    expect(evaluated).toBeGreaterThan(0.9);
    engine.close();
    teacher.dispose();
  });

  it('its logits are cached in the order of the data, once', async () => {
    const { record } = await take('graph');
    const teacher = await openTeacher(join(root, 'teachers'), record);
    const engine = await openEngine('wasm', { threads: 1 });
    const plain = { shift: 0, flip: false, views: 1, seed: 1 };
    const request = {
      teacher,
      dataset: answered,
      rows: Int32Array.from(answered.labels.keys()),
      policy: plain,
      taps: [],
    };
    const cache = join(root, 'cache');
    const first = await teacherOutputs(cache, request, () => Promise.resolve(engine));
    const again = await teacherOutputs(cache, request, () => Promise.reject(new Error('asked again')));
    expect([first.cached, again.cached]).toEqual([false, true]);
    expect(again.outputs).toEqual(first.outputs);
    // Output 0 is class 2, output 1 class 0, output 2 class 1.
    const expected = golden.logits.flatMap(([two, zero, one]) => [zero, one, two]);
    first.outputs.logits.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-4));
    engine.close();
    teacher.dispose();
  });

  it('a LayersModel can be tapped by the names of its layers', async () => {
    const { record } = await take('layers');
    const teacher = await openTeacher(join(root, 'teachers'), record);
    expect(teacher.taps.edges).toEqual([10, 10, 6]);
    teacher.dispose();
  });

  it('is refused with another order of classes, which the message names', async () => {
    const examples = { dataset: stripes, indices: stripes.officialTest };
    const before = listTeachers(join(root, 'teachers')).length;
    for (const model of ['graph', 'layers']) {
      await expect(take(model, { name: 'mixed', classes: ['0', '1', '2'], examples })).rejects.toMatchObject(
        refused(/another order.*of 60 images .* in the order 2,0,1/, /--classes 2,0,1/),
      );
    }
    expect(listTeachers(join(root, 'teachers')).length).toBe(before);
  });

  it('is refused with logits as probabilities, and the other way round', async () => {
    await expect(take('graph', { probabilities: true })).rejects.toMatchObject(
      refused(/no probabilities/, /Leave out --probabilities/),
    );
    await expect(take('layers', { probabilities: false })).rejects.toMatchObject(
      refused(/are probabilities/, /Add --probabilities/),
    );
  });

  it('is refused with another number of classes or channels, and with other images', async () => {
    await expect(take('graph', { classes: ['0', '1'] })).rejects.toMatchObject(
      refused(/output is \[3\], but 2 classes/),
    );
    await expect(take('graph', { normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } })).rejects.toMatchObject({
      message: expect.stringMatching(/1 channels, but 3 values of --mean/) as string,
    });
    const large = makeDataset({
      ...answered,
      shape: [6, 24, 1],
    });
    await expect(take('graph', { examples: { dataset: large, indices: Int32Array.of(0) } })).rejects.toMatchObject(
      refused(/its input is 12x12x1, the images are 6x24x1/, /--image-size/),
    );
  });

  it('is refused cut short, with an op that is unknown, a batch of one, whole numbers as input, or no graph', async () => {
    const short = copy('graph', 'short');
    truncateSync(join(short, 'group1-shard1of1.bin'), 1000);
    await expect(take('graph', { dir: short })).rejects.toMatchObject(
      refused(/group1-shard1of1\.bin: 1000 bytes, model\.json says 1428/),
    );
    await expect(
      take('graph', { dir: edit(copy('graph', 'op'), '"op": "Mean"', '"op": "Launch"') }),
    ).rejects.toMatchObject(refused(/cannot be loaded: .*Launch/));
    await expect(take('graph', { dir: edit(copy('graph', 'one'), '"-1"', '"1"') })).rejects.toMatchObject(
      refused(/exactly 1 images at a time/, /open first size/),
    );
    const whole = copy('graph', 'whole');
    const text = readFileSync(join(whole, 'model.json'), 'utf8');
    const input = /("op": "Placeholder".*?"dtype": \{"type": )"DT_FLOAT"/;
    expect(text).toMatch(input);
    writeFileSync(join(whole, 'model.json'), text.replace(input, '$1"DT_INT32"'));
    await expect(take('graph', { dir: whole })).rejects.toMatchObject(
      refused(/its input is int32/, /normalised float32/),
    );
    const shard = copy('layers', 'shard');
    truncateSync(join(shard, 'group1-shard3of3.bin'), 400);
    await expect(take('layers', { dir: shard })).rejects.toMatchObject(
      refused(/shard1of3\.bin: 2000 bytes in 3 files \(to group1-shard3of3\.bin\), model\.json says 2052/),
    );
    const cut = copy('graph', 'cut');
    const file = join(cut, 'model.json');
    truncateSync(file, 4000);
    await expect(take('graph', { dir: cut })).rejects.toMatchObject(refused(/model\.json: not a TF\.js model/));
  });
});
