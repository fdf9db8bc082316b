import { createValue, type TraceNode, type TraceValue } from '../ir.js';
import { huge } from '../kernels/unary.js';
import type { Producers, Rule } from './rewrite.js';

/**
 * The gradient of a clip, dy where min <= x <= max and 0 elsewhere, by way of (x - min) (max - x) >= 0: onnxruntime's comparisons, And
 * and Where take several times as long as arithmetic. (Where dy is no number outside of the range, nor is the gradient.)
 */
export const clipGradient: Rule = (node, producers) => {
  if (node.kernel !== 'Select' || node.inputs.e.fill !== 0) return undefined;
  const { condition, t: dy } = node.inputs;
  const range = rangeOf(condition, producers);
  if (range === undefined || range.x.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
  const { x, min, max } = range;
  if (dy.shape.length !== x.shape.length || dy.shape.some((d, i) => d !== x.shape[i])) return undefined;
  const make = (): TraceValue => createValue({ shape: x.shape, dtype: 'float32' });
  const number = (fill: number): TraceValue => createValue({ shape: [], dtype: 'float32', fill });
  const [above, below, product, inside] = [make(), make(), make(), make()];
  const nodes: TraceNode[] = [
    { kernel: 'Sub', inputs: { a: x, b: number(min) }, attrs: {}, outputs: [above] },
    { kernel: 'Sub', inputs: { a: number(max), b: x }, attrs: {}, outputs: [below] },
    { kernel: 'Multiply', inputs: { a: above, b: below }, attrs: {}, outputs: [product] },
    { kernel: 'HardSigmoid', inputs: { x: product }, attrs: { slope: huge, shift: 1 }, outputs: [inside] },
    { kernel: 'Multiply', inputs: { a: dy, b: inside }, attrs: {}, outputs: node.outputs },
  ];
  return nodes;
};

/** min <= x <= max, where that is what a condition says. */
function rangeOf(condition: TraceValue, producers: Producers): { x: TraceValue; min: number; max: number } | undefined {
  const both = producers.get(condition.id);
  if (both?.kernel !== 'LogicalAnd') return undefined;
  const sides = [both.inputs.a, both.inputs.b].map((v) => producers.get(v.id));
  const side = (kernel: string): TraceNode | undefined => sides.find((n) => n?.kernel === kernel);
  const [low, high] = [side('GreaterEqual'), side('LessEqual')];
  if (low === undefined || high === undefined || low.inputs.a.id !== high.inputs.a.id) return undefined;
  const [min, max] = [low.inputs.b.fill, high.inputs.b.fill];
  const usable = min !== undefined && max !== undefined && Number.isFinite(min) && Number.isFinite(max) && min < max;
  return usable ? { x: low.inputs.a, min, max } : undefined;
}
