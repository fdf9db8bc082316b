import ort from 'onnxruntime-node';
import { createRng } from '../../../core/rng.js';
import { createValue, sizeOf, type TraceValue } from '../ir.js';
import type { Emitter } from '../kernels/types.js';
import { encodeModel } from '../lowering/encodeModel.js';
import { Lowering } from '../lowering/Lowering.js';
import { OnnxGraph } from '../lowering/OnnxGraph.js';
import { openSession } from '../openSession.js';
import { sessionOptions } from '../sessionOptions.js';
import { blockedAffine, blockedIdentity, dotsByChannel, meansByChannel } from './channelwise.js';
import { backwardFilter, denseFilter, depthwiseFilter } from './filters.js';
import { blockedFunction } from './fusedFunction.js';
import { pointProducts } from './tapProducts.js';

let found: Promise<number | undefined> | undefined;

/**
 * How many channels this machine's operators on blocks want in a block, or undefined where onnxruntime has none, or has some
 * that do not agree with its plain operators: each kind that the lowering uses is tried once a thread, on small tensors.
 */
export function findBlock(): Promise<number | undefined> {
  found ??= askBlock().then(async (block) => (block !== undefined && (await agrees(block)) ? block : undefined));
  return found;
}

/** The operator that brings channels to blocks fills up the last one: four channels come out as one block. */
async function askBlock(): Promise<number | undefined> {
  const graph = new OnnxGraph();
  graph.input('x', 'float32', [1, 4, 1, 2]);
  graph.output('y', graph.blocked('ReorderInput', ['x']), 'float32');
  const outputs = await run(graph, { x: [1, 4, 1, 2] });
  const size = outputs?.y.dims[1];
  return size === 8 || size === 16 ? size : undefined;
}

const shape = [2, 6, 6, 20] as const;
const filters = {
  planes: [3, 3, 3, 20],
  dense: [3, 3, 20, 20],
  point: [1, 1, 20, 20],
  depthwise: [3, 3, 20, 1],
} as const;

/** Both forms of the same small computations, compared. */
async function agrees(block: number): Promise<boolean> {
  const [n, h, w, c] = shape;
  const inputs = { x: [n, h, w, c], image: [n, h, w, 3], vector: [c], ...filters };
  const plain = new OnnxGraph();
  const blocks = new OnnxGraph();
  for (const graph of [plain, blocks]) {
    for (const [name, dims] of Object.entries(inputs)) graph.input(name, 'float32', dims);
  }
  plainForms(plain);
  blockedForms(blocks, block, inputs);
  const [expected, got] = [await run(plain, inputs), await run(blocks, inputs)];
  if (expected === undefined || got === undefined) return false;
  return Object.entries(expected).every(([name, { data }]) => {
    const other = got[name].data;
    return data.length === other.length && data.every((v, i) => Math.abs(v - other[i]) <= 1e-4 * (1 + Math.abs(v)));
  });
}

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const strided = { kernel_shape: [3, 3], pads: [0, 0, 1, 1], strides: [2, 2] };
const pool = { kernel_shape: [2, 2], strides: [2, 2] };

function plainForms(g: OnnxGraph): void {
  const [, , , c] = shape;
  const x = g.op('Transpose', ['x'], { perm: [0, 3, 1, 2] });
  const image = g.op('Transpose', ['image'], { perm: [0, 3, 1, 2] });
  const oihw = (name: string): string => g.op('Transpose', [name], { perm: [3, 2, 0, 1] });
  const each = g.op('Transpose', ['depthwise'], { perm: [2, 3, 0, 1] });
  const line = g.op('Mul', [x, g.op('Unsqueeze', ['vector', g.ints([1, 2])])]);
  const outputs = {
    planes: g.op('Relu', [g.op('Conv', [image, oihw('planes'), 'vector'], same)]),
    dense: g.op('Conv', [x, oihw('dense')], same),
    back: g.op('ConvTranspose', [x, oihw('dense')], same),
    added: g.op('Add', [g.op('Conv', [x, oihw('point'), 'vector']), x]),
    depthwise: g.op('Conv', [x, each, 'vector'], { ...strided, group: c }),
    affine: g.op('Add', [line, x]),
    sums: g.op('ReduceSum', [g.op('Mul', [x, x]), g.ints([0, 2, 3])], { keepdims: 0 }),
    means: g.op('ReduceMean', [x, g.ints([0, 2, 3])], { keepdims: 0 }),
    pooled: g.op('MaxPool', [x], pool),
    averaged: g.op('AveragePool', [x], pool),
    swished: g.op('Mul', [x, g.op('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })]),
  };
  for (const [name, value] of Object.entries(outputs)) g.output(`o/${name}`, value, 'float32');
  const rows = g.op('Reshape', ['x', g.ints([-1, c])]);
  g.output('o/products', g.op('Gemm', [rows, rows], { transA: 1 }), 'float32');
}

function blockedForms(graph: OnnxGraph, block: number, inputs: Readonly<Record<string, readonly number[]>>): void {
  const [, , , c] = shape;
  const to = new Lowering(graph, block);
  const e: Emitter = { graph, to };
  const value = (name: string): TraceValue => {
    const v = createValue({ shape: inputs[name], dtype: 'float32' });
    to.set(v, name);
    return v;
  };
  const [x, image, vector, dense] = ['x', 'image', 'vector', 'dense'].map(value);
  const [point, depthwise] = ['point', 'depthwise'].map(value);
  const channels = to.wholeBlocks(c);
  const blocks = to.blocked(x);
  const conv = (parts: string[], attrs: Parameters<OnnxGraph['op']>[2]): string => graph.blocked('Conv', parts, attrs);
  const planes = [to.nchw(image), denseFilter(e, value('planes'), true), to.padded(vector)];
  const each = [blocks, depthwiseFilter(e, depthwise), to.padded(vector)];
  const outputs = {
    planes: conv(planes, { ...same, activation: 'Relu' }),
    dense: conv([blocks, denseFilter(e, dense)], same),
    back: conv([blocks, backwardFilter(e, dense)], same),
    added: conv([blocks, denseFilter(e, point), to.padded(vector), blocks], { kernel_shape: [1, 1] }),
    depthwise: conv(each, { ...strided, group: channels }),
    affine: blockedAffine(e, blocks, channels, to.padded(vector), undefined, { plus: blocks }),
    pooled: graph.blocked('MaxPool', [blocks], pool),
    averaged: graph.blocked('AveragePool', [blocks], pool),
    swished: blockedIdentity(e, blocks, channels, blockedFunction('hard_swish')),
  };
  for (const [name, held] of Object.entries(outputs)) {
    graph.output(`o/${name}`, graph.blocked('ReorderOutput', [held], { channels: c }), 'float32');
  }
  const sums = dotsByChannel(e, shape, blocks, blocks);
  graph.output('o/sums', to.cut(sums, c), 'float32');
  graph.output('o/products', pointProducts(e, x, x, 1), 'float32');
  graph.output('o/means', to.cut(meansByChannel(e, shape, blocks), c), 'float32');
}

/** The outputs for seeded inputs, or undefined where the session refuses the graph: it does not know its operators. */
async function run(
  graph: OnnxGraph,
  inputs: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, { dims: readonly number[]; data: Float32Array }> | undefined> {
  const rng = createRng('blocks');
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, dims]) => {
      const data = Float32Array.from({ length: sizeOf(dims) }, () => rng.normal());
      return [name, new ort.Tensor('float32', data, dims)];
    }),
  );
  try {
    const session = await openSession(encodeModel(graph), { ...sessionOptions(1), logSeverityLevel: 4 });
    const results = await session.run(feeds);
    await session.release();
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { dims, data: data instanceof Float32Array ? data : new Float32Array() },
      ]),
    );
  } catch {
    return undefined;
  }
}
