import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/Dataset.js';
import { openDataset } from '../../src/data/openDataset.js';
import { layers, sequential } from '../../src/engines/layers.js';
import { openEngine } from '../../src/engines/registry.js';
import { setBackend, tensor, tidy } from '../../src/engines/tf.js';
import { evaluateTeacher } from '../../src/teachers/evaluateTeacher.js';
import { importTeacher } from '../../src/teachers/importTeacher.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { runTeacher } from '../../src/teachers/runTeacher.js';
import { firstOf } from '../../src/teachers/TeacherModel.js';
import { listTeachers, readRecord } from '../../src/teachers/teacherFiles.js';
import { writeStripes } from '../cli/stripes.js';

const pixels = 144;
let root: string;
let dataset: Dataset;
const weights = Float32Array.from({ length: pixels * 3 }, (_, i) => Math.sin(i) / 5);
const bias = [0.1, -0.2, 0.3];

/** A flattening dense softmax, whose answers are a few sums: saved as TF.js saves it, by a handler that writes files. */
async function saveModel(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await openEngine('wasm', { threads: 1 });
  await setBackend('wasm');
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [12, 12, 1] }),
      layers.dense({ units: 3, activation: 'softmax', name: 'answer' }),
    ],
  });
  tidy(() => model.setWeights([tensor(weights, [pixels, 3]), tensor(bias, [3])]));
  await model.save({
    save: (artifacts) => {
      const { modelTopology, weightSpecs, weightData } = artifacts;
      const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      writeFileSync(
        join(dir, 'model.json'),
        JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: manifest }),
      );
      const parts = weightData === undefined ? [] : [weightData].flat();
      writeFileSync(join(dir, 'weights.bin'), Buffer.concat(parts.map((part) => Buffer.from(part))));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } });
    },
  });
  model.dispose();
}

const take = (dir: string, name = 'mine', classes = ['2', '0', '1']) =>
  importTeacher({
    teachersDir: join(root, 'teachers'),
    name,
    dir,
    classes,
    normalisation: { mean: [0.5], std: [0.25] },
    probabilities: true,
  });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'import-'));
  dataset = await openDataset(writeStripes(join(root, 'stripes'), 90, 30), { dataDir: root });
  await saveModel(join(root, 'model'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of the model to spoil. */
function copyModel(name: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  for (const file of ['model.json', 'weights.bin']) copyFileSync(join(root, 'model', file), join(dir, file));
  return dir;
}

describe('a TF.js model as a teacher', () => {
  it('is copied in and answers with the logarithms of its probabilities', async () => {
    const { record } = await take(join(root, 'model'));
    expect(record).toMatchObject({ kind: 'layers-model', input: [12, 12, 1], params: 3 * pixels + 3 });
    const stored = readRecord(join(root, 'teachers'), 'mine');
    const teacher = await openTeacher(join(root, 'teachers'), stored);
    const engine = await openEngine('wasm', { threads: 1 });
    let logits = new Float32Array();
    const indices = Int32Array.from([0, 4, 17]);
    await runTeacher({
      teacher: firstOf(teacher),
      engine,
      dataset,
      indices,
      onBatch: (_start, rows, arrays) => (logits = Float32Array.from(arrays.logits.subarray(0, 3 * rows))),
    });
    const expected = [...indices].flatMap((image) => {
      const x = [...dataset.images.subarray(image * pixels, (image + 1) * pixels)].map((v) => (v / 255 - 0.5) / 0.25);
      const z = bias.map((b, c) => x.reduce((sum, value, i) => sum + value * weights[3 * i + c], b));
      const total = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
      return z.map((value) => value - total);
    });
    expect(logits.length).toBe(9);
    logits.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));

    // Its classes come in another order than the data's: image 0 is of class '0', which is column 1.
    const hits = [...indices].filter((image, r) => {
      const row = expected.slice(3 * r, 3 * r + 3);
      return ['2', '0', '1'][row.indexOf(Math.max(...row))] === dataset.classes[dataset.labels[image]];
    });
    const { accuracy } = await evaluateTeacher(teacher, engine, dataset, indices);
    expect(accuracy).toBeCloseTo(hits.length / 3, 12);
    engine.close();
    teacher.dispose();
  });

  it('is refused with weights that were cut short, and leaves nothing behind', async () => {
    const dir = copyModel('short');
    truncateSync(join(dir, 'weights.bin'), 1000);
    await expect(take(dir, 'short')).rejects.toMatchObject({
      code: 'TEACHER',
      message: expect.stringMatching(/weights\.bin: 1000 bytes, model\.json says 1740/) as string,
    });
    expect(listTeachers(join(root, 'teachers')).map((t) => t.name)).not.toContain('short');
  });

  it('is refused with weights outside its directory, an unknown layer, another number of classes', async () => {
    const edit = (name: string, from: string, to: string) => {
      const dir = copyModel(name);
      const file = join(dir, 'model.json');
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(from);
      writeFileSync(file, text.replaceAll(from, to));
      return dir;
    };
    const outside = edit('outside', '"weights.bin"', '"../model/weights.bin"');
    await expect(take(outside)).rejects.toMatchObject({
      code: 'TEACHER',
      message: expect.stringContaining('outside') as string,
    });
    const unknown = edit('unknown', '"Flatten"', '"Launch"');
    await expect(take(unknown)).rejects.toMatchObject({
      code: 'TEACHER',
      message: expect.stringContaining('Launch') as string,
    });
    await expect(take(join(root, 'model'), 'two', ['0', '1'])).rejects.toMatchObject({
      code: 'TEACHER',
      message: expect.stringContaining('2 classes were given') as string,
    });
  });

  it('is refused when its stored files change afterwards', async () => {
    const { record } = await take(join(root, 'model'), 'later');
    const file = join(root, 'teachers', 'later', 'model', 'weights.bin');
    writeFileSync(
      file,
      readFileSync(file).map((byte, i) => (i === 5 ? byte ^ 1 : byte)),
    );
    await expect(openTeacher(join(root, 'teachers'), record)).rejects.toMatchObject({
      code: 'TEACHER',
      message: expect.stringContaining('changed since it was imported') as string,
    });
  });
});
