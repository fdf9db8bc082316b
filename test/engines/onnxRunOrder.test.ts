import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { benchmarkStep } from '../../src/benchmarks/benchmarkProgram.js';
import { findBlock } from '../../src/engines/onnx/blocked/findBlock.js';
import { encodeModel } from '../../src/engines/onnx/lowering/encodeModel.js';
import { OnnxGraph, type OnnxNode } from '../../src/engines/onnx/lowering/OnnxGraph.js';
import { runOrder } from '../../src/engines/onnx/lowering/runOrder.js';
import { lowerStep } from '../../src/engines/onnx/lowerStep.js';
import { OnnxState } from '../../src/engines/onnx/OnnxState.js';
import { OnnxStep } from '../../src/engines/onnx/OnnxStep.js';
import { openSession } from '../../src/engines/onnx/openSession.js';
import { sessionOptions } from '../../src/engines/onnx/sessionOptions.js';

const event = z.object({
  cat: z.literal('Node'),
  name: z.string().endsWith('_kernel_time'),
});

/** Which nodes onnxruntime ran, one after the other. */
async function executed(net: 'mobilenet' | 'vit'): Promise<OnnxNode[]> {
  const { training, feeds } = benchmarkStep(net, 4);
  const { onnx, names } = lowerStep(training.step, training.state, feeds, await findBlock());
  const numbers = new Map(onnx.nodes.map((node, i) => [node, `node${i}`]));
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-order-'));
  try {
    const options = { ...sessionOptions(1), enableProfiling: true, profileFilePrefix: join(folder, 'step') };
    const session = await openSession(
      encodeModel(onnx, {}, (node) => numbers.get(node)),
      options,
    );
    const step = new OnnxStep(session, () => undefined, names, feeds);
    await step.run(new OnnxState(training.state), feeds);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const list = z.array(z.unknown()).parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    return list.flatMap((entry) => {
      const { success, data } = event.safeParse(entry);
      const number = success ? /^node(\d+)_/.exec(data.name)?.[1] : undefined;
      return number === undefined ? [] : [onnx.nodes[Number(number)]];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Listed forwards, onnxruntime leaves all gradients of weights to the end of the step.
it.each([
  ['mobilenet', 'depthwise', 'Conv', 5],
  ['vit', 'attention', 'Gemm', 3],
] as const)(
  '%s: the gradients of a block are done before those of the block before it begin',
  async (net, layer, operator, blocks) => {
    const run = await executed(net);
    const places = (block: number): number[] =>
      run.flatMap(({ op, origin }, i) =>
        origin?.layer === `block${block}.${layer}` && origin.pass === 'backward' && op === operator ? [i] : [],
      );
    for (let block = blocks - 1; block > 0; block--) {
      expect(places(block).length).toBeGreaterThan(1);
      expect(Math.max(...places(block))).toBeLessThan(Math.min(...places(block - 1)));
    }
  },
);

it('reshapes go with what they reshape, and the rest stays as it is', () => {
  const graph = new OnnxGraph();
  const [a, b] = [graph.op('Relu', ['x']), graph.op('Neg', ['x'])];
  const flat = graph.op('Reshape', [a, graph.ints([-1])]);
  const sum = graph.op('Add', [flat, b]);
  expect(runOrder(graph.nodes).map((n) => n.outputs[0])).toEqual([sum, b, flat, a]);
});
