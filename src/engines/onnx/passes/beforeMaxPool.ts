import { createValue, sameShape, type TraceNode, type TraceValue } from '../ir.js';
import type { Producers, Rule } from './rewrite.js';

/**
 * The gradient of a max pool is its dy, spread over the cells that held the maxima and zero elsewhere. What is done to it
 * next is done on the small dy where that comes to the same:
 * - step(x) times the gradient, x being what was pooled: at the maxima step(x) is step(maximum). (ReLU before a pool.)
 * - its sum over all positions of each channel. (The gradient of a bias before a pool.)
 */
export const beforeMaxPool: Rule = (node, producers) => {
  if (node.kernel === 'Multiply') return maskedBeforePool(node, producers);
  if (node.kernel !== 'Sum') return undefined;
  const pool = poolGradient(node.inputs.x, producers);
  const axes = node.attrs.axis;
  if (pool === undefined || !Array.isArray(axes) || axes.join() !== '0,1,2') return undefined;
  return [{ ...node, inputs: { x: pool.inputs.dy } }];
};

function maskedBeforePool(node: TraceNode, producers: Producers): TraceNode[] | undefined {
  const { a, b } = node.inputs;
  for (const [gradient, mask] of [
    [a, b],
    [b, a],
  ]) {
    const pool = poolGradient(gradient, producers);
    const step = producers.get(mask.id);
    if (pool === undefined || step?.kernel !== 'Step' || step.inputs.x.id !== pool.inputs.input.id) continue;
    const { dy, output } = pool.inputs;
    if (!sameShape(dy.shape, output.shape)) continue;
    const small = createValue({ shape: output.shape, dtype: 'float32' });
    const masked = createValue({ shape: dy.shape, dtype: 'float32' });
    return [
      { ...step, inputs: { x: output }, outputs: [small] },
      { kernel: 'Multiply', inputs: { a: dy, b: small }, attrs: {}, outputs: [masked] },
      { ...pool, inputs: { ...pool.inputs, dy: masked }, outputs: node.outputs },
    ];
  }
  return undefined;
}

function poolGradient(v: TraceValue, producers: Producers): TraceNode | undefined {
  const node = producers.get(v.id);
  return node?.kernel === 'MaxPoolGrad' ? node : undefined;
}
