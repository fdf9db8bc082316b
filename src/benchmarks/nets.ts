import type { Activation, ModelSpec } from '../models/ModelSpec.js';
import { SpecBuilder } from '../models/SpecBuilder.js';

export interface BenchmarkNet {
  readonly title: string;
  readonly spec: ModelSpec;
}

interface Inverted {
  readonly inner: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly se: boolean;
  readonly activation: Activation;
}

/** The proportions of MobileNetV3-Small (arXiv:1905.02244, table 2) for 32x32 images: a shorter body, an earlier stem. */
const body: readonly Inverted[] = [
  { inner: 48, filters: 24, kernel: 3, stride: 2, se: true, activation: 'relu' },
  { inner: 72, filters: 24, kernel: 3, stride: 1, se: false, activation: 'relu' },
  { inner: 96, filters: 40, kernel: 5, stride: 2, se: true, activation: 'hard_swish' },
  { inner: 160, filters: 40, kernel: 5, stride: 1, se: true, activation: 'hard_swish' },
  { inner: 240, filters: 80, kernel: 3, stride: 2, se: false, activation: 'hard_swish' },
];

/** The nets that engines are timed on; bench/peer.py has the same three, layer by layer. */
export const benchmarkNets = {
  cnn: { title: '3 convolutions (32-64-128) with ReLU and max pooling, 32x32x3', spec: cnn() },
  mobilenet: {
    title: 'MobileNetV3-like: depthwise, batch norm, squeeze-excite, hard-swish, 32x32x3',
    spec: mobilenet(),
  },
  vit: { title: 'tiny ViT: patch 7, width 64, 3 blocks, 28x28x1', spec: vit() },
} as const satisfies Record<string, BenchmarkNet>;

export type BenchmarkNetName = keyof typeof benchmarkNets;
export const benchmarkNetNames = Object.keys(benchmarkNets) as BenchmarkNetName[];

function cnn(): ModelSpec {
  const b = new SpecBuilder([32, 32, 3]);
  let x = 'input';
  [32, 64, 128].forEach((filters, i) => {
    x = b.activation(`relu${i}`, b.conv(`conv${i}`, x, { filters, kernel: 3 }), 'relu');
    x = b.node({ name: `pool${i}`, op: 'max_pool', inputs: [x], size: 2, stride: 2, padding: 'same' });
  });
  const flat = b.node({ name: 'flat', op: 'reshape', inputs: [x], shape: [4 * 4 * 128] });
  return b.build(b.dense('logits', flat, 10));
}

function mobilenet(): ModelSpec {
  const b = new SpecBuilder([32, 32, 3]);
  const convNormAct = (name: string, from: string, filters: number, kernel: number, fn: Activation): string =>
    b.activation(`${name}.act`, b.batchNorm(`${name}.bn`, b.conv(name, from, { filters, kernel, useBias: false })), fn);
  let x = convNormAct('stem', 'input', 16, 3, 'hard_swish');
  let channels = 16;
  body.forEach(({ inner, filters, kernel, stride, se, activation }, i) => {
    const name = `block${i}`;
    const expanded = convNormAct(`${name}.expand`, x, inner, 1, activation);
    const depthwise = b.node({
      name: `${name}.depthwise`,
      op: 'depthwise_conv2d',
      inputs: [expanded],
      kernel,
      stride,
      padding: 'same',
      useBias: false,
    });
    let y = b.activation(`${name}.depthwise.act`, b.batchNorm(`${name}.depthwise.bn`, depthwise), activation);
    if (se) y = squeezeExcite(b, `${name}.se`, y, inner);
    y = b.batchNorm(`${name}.project.bn`, b.conv(`${name}.project`, y, { filters, kernel: 1, useBias: false }));
    x = stride === 1 && channels === filters ? b.add(`${name}.add`, x, y) : y;
    channels = filters;
  });
  const head = convNormAct('head', x, 240, 1, 'hard_swish');
  return b.build(b.dense('logits', b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [head] }), 10));
}

function squeezeExcite(b: SpecBuilder, name: string, from: string, channels: number): string {
  const pooled = b.node({ name: `${name}.pool`, op: 'global_avg_pool', inputs: [from], keepDims: true });
  const reduced = b.conv(`${name}.reduce`, pooled, { filters: channels / 4, kernel: 1 });
  const inner = b.activation(`${name}.relu`, reduced, 'relu');
  const gate = b.conv(`${name}.expand`, inner, { filters: channels, kernel: 1 });
  return b.node({
    name: `${name}.scale`,
    op: 'multiply',
    inputs: [from, b.activation(`${name}.gate`, gate, 'hard_sigmoid')],
  });
}

function vit(): ModelSpec {
  const [width, blocks] = [64, 3];
  const b = new SpecBuilder([28, 28, 1]);
  const grid = b.conv('patches', 'input', { filters: width, kernel: 7, stride: 7, padding: 'valid' });
  const sequence = b.node({ name: 'sequence', op: 'reshape', inputs: [grid], shape: [16, width] });
  let x = b.node({ name: 'positions', op: 'position_embedding', inputs: [sequence] });
  for (let i = 0; i < blocks; i++) {
    const name = `block${i}`;
    const normal = b.layerNorm(`${name}.norm1`, x);
    x = b.add(`${name}.add1`, x, b.node({ name: `${name}.attention`, op: 'attention', inputs: [normal], heads: 4 }));
    x = b.add(`${name}.add2`, x, b.mlp(`${name}.mlp`, b.layerNorm(`${name}.norm2`, x), 2 * width, width));
  }
  const pooled = b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [b.layerNorm('norm', x)] });
  return b.build(b.dense('logits', pooled, 10));
}
