import { createServer, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { weightFormats, type WeightFormat } from '../../src/costs/CostModel.js';
import { countMacs } from '../../src/costs/macs.js';
import { estimateCosts } from '../../src/costs/registry.js';
import type { StudyData } from '../../src/distillation/TrainingConfig.js';
import type { Engine, HostTensors } from '../../src/engines/Engine.js';
import { loadLayersModel } from '../../src/engines/layers.js';
import { openEngine } from '../../src/engines/registry.js';
import { setBackend, tensor, tidy } from '../../src/engines/tf.js';
import { withBackend } from '../../src/engines/withBackend.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { initialise } from '../../src/models/parameters.js';
import { exportStudent } from '../../src/promotion/exportStudent.js';
import { promoteTrial } from '../../src/promotion/promoteTrial.js';
import { roundingLoss } from '../../src/promotion/roundingLoss.js';
import { imagesOf, logitsOf, type ImageSource } from '../../src/promotion/runStudent.js';
import { asStored } from '../../src/promotion/storage.js';
import { verifyExport } from '../../src/promotion/verifyExport.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { jobOf, stripesData } from './setting.js';

const folder = mkdtempSync(join(tmpdir(), 'formats-'));
let engine: Engine;
let data: StudyData;
let source: ImageSource;
let server: Server;
let address: string;

beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
  data = await stripesData(folder);
  source = { dataset: data.dataset, normalisation: data.normalisation, indices: data.splits.validation };
  server = createServer((request, response) => response.end(readFileSync(join(folder, request.url ?? ''))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = typeof bound === 'object' && bound !== null ? `http://127.0.0.1:${bound.port}` : '';
});
afterAll(() => {
  server.close();
  engine.close();
  rmSync(folder, { recursive: true });
});

/** The cheapest of a dozen students of a shipped space, with drawn weights, its norms' statistics moved off their starting values. */
function studentOf(space: string): { spec: ModelSpec; variables: HostTensors } {
  const searched = loadSpace(space);
  const sampled = Array.from({ length: 12 }, (_, i) =>
    searched.toModelSpec(searched.sample(createRng(`formats/${space}/${i}`)), { input: [12, 12, 1], classes: 3 }),
  );
  const [spec] = sampled.sort((a, b) => countMacs(a) - countMacs(b));
  const { trainable, statistics } = initialise(spec, createRng('weights'));
  const rng = createRng('statistics');
  const moved = Object.entries(statistics).map(([name, value]) => [
    name,
    { ...value, data: Float32Array.from(value.data, (v) => v * (1 + 0.2 * rng.uniform()) + 0.01) },
  ]);
  return { spec, variables: { ...trainable, ...(Object.fromEntries(moved) as HostTensors) } };
}

const exportTo = async (name: string, student: ReturnType<typeof studentOf>, weights: WeightFormat) => {
  const dir = join(folder, name);
  await exportStudent({ dir, ...student, weights, metadata: {} });
  return dir;
};

describe.each(weightFormats)('%s', (weights) => {
  it.each(['mobile-cnn', 'resnet-convnext', 'attention-fusion', 'tiny-vit', 'minimal'])(
    '%s: plain tf.loadLayersModel and onnxruntime compute with the stored weights; bytes as predicted',
    async (space) => {
      const student = studentOf(space);
      const name = `${space}-${weights}`;
      const dir = await exportTo(name, student, weights);
      const image = imagesOf(source, 0, 4);
      const stored = await logitsOf(engine, student.spec, asStored(student.variables, weights), source);

      await setBackend('wasm');
      const model = await loadLayersModel(`${address}/${name}/model.json`);
      const logits = withBackend('wasm', () =>
        tidy(() => [model.predict(tensor(image.data, [...image.shape]))].flat()[0].dataSync()),
      );
      model.dispose();
      const scale = Math.max(...stored.map(Math.abs));
      logits.forEach((value, i) => expect(Math.abs(value - stored[i])).toBeLessThan(1e-4 * Math.max(1, scale)));

      const verified = await verifyExport({ dir, ...student, weights, engine, source, budgets: [] });
      const predicted = estimateCosts(student.spec, weights).bytes;
      const { layersModel, onnx } = verified.bytes;
      expect([layersModel.weights + layersModel.scales, onnx.weights]).toEqual([predicted, predicted]);
      // A graph and its constants, not a second copy of the weights.
      expect(onnx.graphConstants).toBeLessThan(20_000);
      if (verified.rounding) expect(verified.rounding.shareOfRange).toBeGreaterThan(0);
    },
    30_000,
  );

  it('is promoted: distilled, exported, verified, tested with its stored weights', async () => {
    const job = jobOf(engine, data, join(folder, `promoted-${weights}`), { weights });
    const { student, verification, variables } = await promoteTrial(job);
    expect(verification.bytes.predicted).toBe(job.trial.costs.bytes);
    const test = { ...source, indices: data.splits.test };
    const logits = await logitsOf(engine, job.trial.spec, asStored(variables, weights), test);
    const right = test.indices.filter((index, i) => {
      const row = [...logits.subarray(3 * i, 3 * i + 3)];
      return row.indexOf(Math.max(...row)) === data.dataset.labels[index];
    });
    expect(student).toBe(right.length / test.indices.length);
  });
});

describe('what was tampered with', () => {
  const student = studentOf('minimal');
  const check = (dir: string, weights: WeightFormat, limit = Infinity) => {
    const budgets = [{ metric: 'bytes', limit, text: '10kB' }] as const;
    return verifyExport({ dir, ...student, weights, engine, source, budgets });
  };
  type Model = ReturnType<typeof onnxProto.onnx.ModelProto.decode>;
  const edit = (dir: string, change: (model: Model) => void) => {
    const file = join(dir, 'model.onnx');
    const model = onnxProto.onnx.ModelProto.decode(readFileSync(file));
    change(model);
    writeFileSync(file, onnxProto.onnx.ModelProto.encode(model).finish());
  };
  const weightOf = (model: Model, ending: string) => {
    const found = model.graph?.initializer?.find(({ name }) => name?.includes('/') && name.endsWith(ending));
    if (!found?.rawData) throw new Error(`no initialiser ${ending}`);
    return found;
  };

  it.each(weightFormats)('%s: a changed weight in model.onnx', async (weights) => {
    const dir = await exportTo(`onnx-${weights}`, student, weights);
    await check(dir, weights);
    edit(dir, (model) => {
      const weight = weightOf(model, 'kernel');
      weight.rawData = Uint8Array.from(weight.rawData ?? [], (byte, i) => (i % 4 === 3 ? byte ^ 0x41 : byte));
    });
    await expect(check(dir, weights)).rejects.toThrow('reloaded onnx differs');
  });

  it('model.onnx cut short, with a missing weight, with a weight of other bytes, and not one at all', async () => {
    const dir = await exportTo('cut', student, 'int8');
    edit(dir, (model) => {
      const scale = weightOf(model, '/scale');
      scale.name = 'elsewhere';
    });
    await expect(check(dir, 'int8')).rejects.toThrow(/weight .*\/scale is missing/);
    await exportTo('cut', student, 'int8');
    edit(dir, (model) => {
      const weight = weightOf(model, 'kernel');
      weight.rawData = new Uint8Array([...(weight.rawData ?? []), 0]);
    });
    await expect(check(dir, 'int8')).rejects.toThrow('the search predicted');
    await exportTo('cut', student, 'int8');
    truncateSync(join(dir, 'model.onnx'), 500);
    await expect(check(dir, 'int8')).rejects.toThrow(/not an ONNX model/);
    writeFileSync(join(dir, 'model.onnx'), '');
    await expect(check(dir, 'int8')).rejects.toMatchObject({ code: 'VERIFICATION' });
  });

  it('weights.bin changed, or cut short; a scale in model.json', async () => {
    const dir = await exportTo('bin', student, 'int8');
    const file = join(dir, 'weights.bin');
    const whole = readFileSync(file);
    writeFileSync(
      file,
      Uint8Array.from(whole, (byte) => byte ^ 0x10),
    );
    await expect(check(dir, 'int8')).rejects.toThrow('reloaded layersModel differs');
    writeFileSync(file, whole.subarray(1));
    await expect(check(dir, 'int8')).rejects.toThrow('cut short');
    writeFileSync(file, whole);
    await check(dir, 'int8');
    const manifest = join(dir, 'model.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"scale":[\d.e-]+/g, '"scale":0.5'));
    await expect(check(dir, 'int8')).rejects.toThrow('reloaded layersModel differs');
  });

  it('a file over the budget', async () => {
    const dir = await exportTo('dear', student, 'float32');
    const { bytes } = estimateCosts(student.spec, 'float32');
    await check(dir, 'float32', bytes);
    await expect(check(dir, 'float32', bytes - 1)).rejects.toThrow('over the budget 10kB');
  });
});

describe('rounding', () => {
  const logits = (...rows: number[][]) => Float32Array.from(rows.flat());
  const labels = Int32Array.from({ length: 100 }, (_, i) => i % 2);
  const trained = logits(...Array.from({ length: 100 }, (_, i) => (i % 2 ? [0, 1] : [1, 0])));
  const flipped = (count: number) => trained.map((v, i) => (i < 2 * count ? 0.5 + (0.5 - v) * 1e-3 : v));

  it('measures difference, agreement and accuracy', () => {
    const nudged = trained.map((v, i) => (i === 7 ? v + 0.1 : v));
    expect(roundingLoss('int8', trained, nudged, labels)).toMatchObject({
      images: 100,
      agreement: 1,
      accuracy: { float32: 1, stored: 1 },
    });
    expect(roundingLoss('int8', trained, nudged, labels).shareOfRange).toBeCloseTo(0.1, 6);
  });

  it('refuses each of the three when its bound is broken', () => {
    expect(() =>
      roundingLoss(
        'int8',
        trained,
        trained.map((v, i) => (i === 7 ? v + 0.2 : v)),
        labels,
      ),
    ).toThrow(/logits differ by 20.00 % of their range \(allowed 15.00 %\)/);
    expect(() =>
      roundingLoss(
        'int8',
        trained,
        trained.map(() => NaN),
        labels,
      ),
    ).toThrow('logits differ by NaN');
    // A single logit of range 100 makes half a unit a small share: what is left is which class wins.
    const wide = (values: Float32Array) => Float32Array.of(...values, 100, 0);
    const more = Int32Array.of(...labels, 0);
    expect(() => roundingLoss('int8', wide(trained), wide(flipped(6)), more)).toThrow('change their class');
    expect(() => roundingLoss('int8', wide(trained), wide(flipped(4)), more)).toThrow('accuracy falls from 100.00 %');
    expect(roundingLoss('int8', wide(trained), wide(flipped(2)), more).agreement).toBeCloseTo(99 / 101, 10);
    expect(() => roundingLoss('float16', wide(trained), wide(flipped(2)), more)).toThrow('change their class');
  });
});
