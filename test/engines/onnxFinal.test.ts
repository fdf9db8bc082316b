import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction, TensorSpecs } from '../../src/engines/Engine.js';
import { findBlock } from '../../src/engines/onnx/blocked/findBlock.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { encodeModel } from '../../src/engines/onnx/lowering/encodeModel.js';
import type { OnnxNode } from '../../src/engines/onnx/lowering/OnnxGraph.js';
import { lowerStep } from '../../src/engines/onnx/lowerStep.js';
import { openSession } from '../../src/engines/onnx/openSession.js';
import { sessionOptions } from '../../src/engines/onnx/sessionOptions.js';
import * as tf from '../../src/engines/tf.js';
import { applyModel } from '../../src/models/applyModel.js';
import { listSpaces } from '../../src/spaces/loadSpace.js';
import { drawCase } from './fuzz/drawCase.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

// Sessions are made without onnxruntime's optimiser: what it would do must have been done in the lowering.
let engine: Engine;
const folder = mkdtempSync(join(tmpdir(), 'nas-distill-final-'));
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const rng = seeded('final');

/** The nodes that are left of a step without state, but for copies to outputs. */
function nodesOf(step: StepFunction, feeds: TensorSpecs, final = true): OnnxNode[] {
  return lowerStep(step, {}, feeds, undefined, final).onnx.nodes.filter(({ op }) => op !== 'Identity');
}

describe('what the optimiser would find is not emitted', () => {
  const x = normal(rng, [4, 6, 5, 3]);
  const filter = normal(rng, [3, 3, 3, 8], 0.3);
  const left = normal(rng, [4, 5, 7]);
  const right = normal(rng, [4, 5, 6]);
  const cases: [string, Record<string, HostTensor>, (t: Record<string, tf.Tensor>) => tf.Tensor, string[]][] = [
    [
      'a reshape of a reshape',
      { x },
      (t) => tf.relu(tf.reshape(tf.reshape(t.x, [24, 15]), [4, 90])),
      ['Reshape', 'Relu'],
    ],
    [
      'a reshape to where it began',
      { x },
      (t) => tf.relu(tf.reshape(tf.reshape(t.x, [24, 15]), [4, 6, 5, 3])),
      ['Relu'],
    ],
    [
      'arithmetic of constants',
      { x },
      (t) => tf.mul(t.x, tf.div(tf.neg(tf.add(tf.scalar(0.3), 0.1)), tf.sqrt(tf.scalar(7)))),
      ['Mul'],
    ],
    ['times one and over one', { x }, (t) => tf.relu(tf.div(tf.mul(t.x, 1), 1)), ['Relu']],
    ['a product with a transposed operand', { left, right }, (t) => tf.matMul(tf.transpose(t.left, [0, 2, 1]), t.right), ['FusedMatMul']], // prettier-ignore
    ['a product with two', { left, right }, (t) => tf.matMul(t.right, t.left, true, false), ['FusedMatMul']],
    [
      'a convolution with its activation',
      { x, filter },
      (t) => tf.relu(tf.conv2d(t.x as tf.Tensor4D, t.filter as tf.Tensor4D, 1, 'same')),
      ['Transpose', 'Transpose', 'FusedConv', 'Transpose'],
    ],
  ];
  it.each(cases)('%s', async (_name, feeds, f, expected) => {
    const step: StepFunction = (_state, inputs) => ({ outputs: { y: f(inputs) } });
    expect(nodesOf(step, feeds).map(({ op }) => op)).toEqual(expected);
    const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
    expect(ours.outputs.y.shape).toEqual(cpu.outputs.y.shape);
    expect(difference(ours.outputs.y, cpu.outputs.y)).toBeLessThan(2e-6);
  });

  it('for other providers and files, graphs stay plain', () => {
    const step: StepFunction = (_state, { left, right }) => ({ outputs: { y: tf.matMul(left, right, true, false) } });
    expect(nodesOf(step, { left, right }, false).map(({ op }) => op)).toEqual(['Transpose', 'MatMul']);
  });
});

describe("onnxruntime's optimiser finds next to nothing", () => {
  const counted = async (model: Uint8Array, optimise: boolean): Promise<Record<string, number>> => {
    const file = join(folder, 'optimised.onnx');
    // Warnings are for those who deploy the optimised model.
    const options = { ...sessionOptions(1, optimise), optimizedModelFilePath: file, logSeverityLevel: 4 as const };
    await (await openSession(model, options)).release();
    const { graph } = onnxProto.onnx.ModelProto.decode(readFileSync(file));
    const counts: Record<string, number> = { all: 0 };
    for (const { opType } of graph?.node ?? []) {
      counts.all++;
      counts[opType ?? ''] = (counts[opType ?? ''] ?? 0) + 1;
    }
    return counts;
  };

  it.each(listSpaces().map((_name, i) => [drawCase('final', i).name, i] as const))('%s', async (_name, number) => {
    const { spec, training, batches } = drawCase('final', number);
    const { image } = batches[0];
    const evaluation: StepFunction = (state, feeds) => ({
      outputs: { logits: applyModel(spec, state, feeds.image, { training: false, noise: {} }).logits },
    });
    const block = await findBlock();
    for (const [step, feeds] of [
      [training.step, training.feeds],
      [evaluation, { image }],
    ] as const) {
      // prettier-ignore
      const model = encodeModel(lowerStep(step, training.state, feeds, block).onnx);
      const [before, after] = [await counted(model, false), await counted(model, true)];
      // Slices that it would write as one Split, an activation fused into a convolution over single positions, a small transposition.
      expect(after.all).toBeGreaterThanOrEqual(0.97 * before.all - 4);
      for (const op of ['Transpose', 'MatMul']) {
        expect(after[op] ?? 0, op).toBeGreaterThanOrEqual((before[op] ?? 0) - 2);
      }
    }
  });
});
