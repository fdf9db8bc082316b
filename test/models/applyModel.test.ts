import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { HostTensor } from '../../src/engines/Engine.js';
import { applyModel } from '../../src/models/applyModel.js';
import { inferShapes, tapShapes } from '../../src/models/inferShapes.js';
import { layers } from '../../src/models/layers/registry.js';
import { interpolation } from '../../src/engines/interpolation.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { drawNoise, noiseSpecs } from '../../src/models/noise.js';
import { initialise } from '../../src/models/parameters.js';
import {
  grads,
  image as images,
  mean as meanOf,
  mul,
  squaredDifference,
  tidy,
  type Tensor,
  type Tensor4D,
} from '../../src/engines/tf.js';
import { allLayers, textLayers } from './allLayers.js';
import { distance, onWasm } from './onWasm.js';

const rng = createRng('apply');
function host(shape: number[], seed: string): HostTensor {
  const stream = rng.fork(seed);
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.normal()),
  };
}

test('the sample models use every kind of layer', () => {
  const nodes = [...allLayers.nodes, ...textLayers.nodes];
  expect([...new Set(nodes.map((node) => node.op))].sort()).toEqual(Object.keys(layers).sort());
});

test('outputs have the inferred shapes, in training and at inference', async () => {
  const { trainable, statistics } = initialise(allLayers, rng.fork('init'));
  const noise = drawNoise(noiseSpecs(allLayers, 3), rng.fork('noise'));
  const inputs = { ...trainable, ...statistics, ...noise, image: host([3, 8, 8, 3], 'image') };
  for (const training of [false, true]) {
    const out = await onWasm(inputs, (tensors) => {
      const result = applyModel(allLayers, tensors, tensors.image, { training, noise: tensors });
      return { logits: result.logits, ...result.taps, ...result.statistics };
    });
    expect(out.logits.shape).toEqual([3, 5]);
    for (const [tap, shape] of Object.entries(tapShapes(allLayers))) expect(out[tap].shape).toEqual([3, ...shape]);
    expect(Object.keys(out).filter((name) => name in statistics).length).toBe(training ? 2 : 0);
    expect([...out.logits.data].every(Number.isFinite)).toBe(true);
  }
  expect(inferShapes(allLayers).get('bigger')).toEqual([3, 4, 16]);
});

test('batch norm in training: mean 0, biased variance 1, averages moved by a tenth', async () => {
  const spec: ModelSpec = {
    input: [2],
    logits: 'bn',
    taps: {},
    nodes: [{ name: 'bn', op: 'batch_norm', inputs: ['input'], epsilon: 1e-3 }],
  };
  const { trainable, statistics } = initialise(spec, rng);
  const image: HostTensor = { shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, 10, 3, 30) };
  const out = await onWasm({ ...trainable, ...statistics, image }, (tensors) => {
    const result = applyModel(spec, tensors, tensors.image, { training: true, noise: {} });
    return { logits: result.logits, ...result.statistics };
  });
  const a = 1 / Math.sqrt(1 + 1e-3);
  const b = 10 / Math.sqrt(100 + 1e-3);
  expect(distance(out.logits.data, [-a, -b, a, b])).toBeLessThan(1e-6);
  expect(distance(out['bn/moving_mean'].data, [0.2, 2])).toBeLessThan(1e-6);
  expect(distance(out['bn/moving_variance'].data, [1, 10.9])).toBeLessThan(1e-5);
});

test('gradients of every layer agree with finite differences', async () => {
  const { trainable, statistics } = initialise(allLayers, rng.fork('gradient'));
  const noise = drawNoise(noiseSpecs(allLayers, 2), rng.fork('gradient-noise'));
  const image = host([2, 8, 8, 3], 'gradient-image');
  const target = host([2, 5], 'target');
  const names = Object.keys(trainable);
  const loss = (tensors: Record<string, Tensor>) => {
    const { logits } = applyModel(allLayers, tensors, tensors.image, { training: true, noise: tensors });
    return meanOf(squaredDifference(logits, tensors.target));
  };
  const fixed = { ...statistics, ...noise, image, target };
  const analytic = await onWasm({ ...trainable, ...fixed }, (tensors) => {
    const derive = grads((...values: Tensor[]) =>
      loss({ ...tensors, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) }),
    );
    return Object.fromEntries(derive(names.map((name) => tensors[name])).map((g, i) => [names[i], g]));
  });
  // Central difference along the gradient's own direction: d loss / d step = |g|.
  const worst: string[] = [];
  for (const name of names) {
    const gradient = analytic[name].data;
    const norm = Math.hypot(...gradient);
    if (norm < 1e-5) continue;
    // Short: a token near zero goes through a layer norm, which bends there.
    const step = 4e-3;
    const at = async (sign: number) => {
      const moved = trainable[name].data.map((value, i) => value + (sign * step * gradient[i]) / norm);
      const values = { ...trainable, [name]: { ...trainable[name], data: moved }, ...fixed };
      return (await onWasm(values, (tensors) => ({ loss: loss(tensors) }))).loss.data[0];
    };
    const numeric = ((await at(1)) - (await at(-1))) / (2 * step);
    if (Math.abs(numeric - norm) > 0.03 * norm + 1e-4) worst.push(`${name}: ${numeric} against ${norm}`);
  }
  expect(worst).toEqual([]);
});

test('resize is the bilinear resize with half-pixel centres', async () => {
  const spec: ModelSpec = {
    input: [5, 7, 2],
    logits: 'flat',
    taps: { big: 'big' },
    nodes: [
      { name: 'big', op: 'resize', inputs: ['input'], height: 9, width: 4 },
      { name: 'flat', op: 'reshape', inputs: ['big'], shape: [72] },
    ],
  };
  const out = await onWasm({ image: host([2, 5, 7, 2], 'resize') }, ({ image }) => ({
    ours: applyModel(spec, {}, image, { training: false, noise: {} }).taps.big,
    theirs: images.resizeBilinear(image as Tensor4D, [9, 4], false, true),
  }));
  expect(distance(out.ours.data, out.theirs.data)).toBeLessThan(1e-5);
  expect([...interpolation(2, 4)]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1]);
});

test('dropout keeps the share 1 - rate and the expectation; drop path drops whole samples', async () => {
  const spec: ModelSpec = {
    input: [1000],
    logits: 'path',
    taps: { drop: 'drop' },
    nodes: [
      { name: 'drop', op: 'dropout', inputs: ['input'], rate: 0.3 },
      { name: 'path', op: 'drop_path', inputs: ['input'], rate: 0.5 },
    ],
  };
  const specs = noiseSpecs(spec, 50);
  expect(specs['noise/path'].shape).toEqual([50, 1]);
  const image: HostTensor = { shape: [50, 1000], dtype: 'float32', data: new Float32Array(50_000).fill(1) };
  const out = await onWasm({ image, ...drawNoise(specs, rng.fork('dropout')) }, (tensors) => {
    const { logits, taps } = applyModel(spec, {}, tensors.image, { training: true, noise: tensors });
    return { path: logits, drop: taps.drop };
  });
  const kept = [...out.drop.data].filter((v) => v > 0);
  expect(kept.length / 50_000).toBeCloseTo(0.7, 1);
  expect(
    distance(
      kept,
      kept.map(() => 1 / 0.7),
    ),
  ).toBeLessThan(1e-5);
  const rows = Array.from({ length: 50 }, (_, i) => new Set(out.path.data.slice(i * 1000, i * 1000 + 1000)));
  expect(rows.every((row) => row.size === 1)).toBe(true);
  expect(new Set(out.path.data)).toEqual(new Set([0, 2]));
});

test('a missing value is an error that names it', async () => {
  await expect(
    onWasm({ image: host([1, 8, 8, 3], 'missing') }, ({ image }) =>
      tidy(() => ({ out: mul(applyModel(allLayers, {}, image, { training: false, noise: {} }).logits, 1) })),
    ),
  ).rejects.toThrow("value 'stem/kernel' is missing");
});
