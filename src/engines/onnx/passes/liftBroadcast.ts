import { createValue, sameShape, sizeOf, type TraceNode, type TraceValue } from '../ir.js';
import type { Producers, Rule } from './rewrite.js';

const pointwise = new Set(['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference']);

/** The smaller value that `v` merely repeats, if it does. */
function repeated(v: TraceValue, producers: Producers): TraceValue | undefined {
  const node = producers.get(v.id);
  if (node === undefined) return undefined;
  const { x } = node.inputs;
  if (node.kernel === 'BroadcastTo') return x;
  return node.kernel === 'Tile' && x.shape.every((d, i) => d === 1 || d === v.shape[i]) ? x : undefined;
}

/** The gradient of a mean or sum multiplies by a tensor of ones to repeat its operand: that is a broadcast. */
export const onesToBroadcast: Rule = ({ kernel, inputs, outputs }) => {
  if (kernel !== 'Multiply') return undefined;
  const [out] = outputs;
  const other = inputs.b.fill === 1 ? inputs.a : inputs.a.fill === 1 ? inputs.b : undefined;
  if (other === undefined || other.dtype !== out.dtype) return undefined;
  if (sameShape(other.shape, out.shape)) return other;
  return [{ kernel: 'BroadcastTo', inputs: { x: other }, attrs: { shape: [...out.shape] }, outputs }];
};

/**
 * Repeats as late as possible: an operand is not repeated if the other one has the full shape anyway, and an operation
 * between a repeated value and a single number is done on the small value.
 */
export const liftBroadcast: Rule = (node, producers) => {
  if (!pointwise.has(node.kernel)) return undefined;
  const { a, b } = node.inputs;
  const [out] = node.outputs;
  const smallA = repeated(a, producers);
  const smallB = repeated(b, producers);
  if (smallB !== undefined && sameShape(a.shape, out.shape)) return [{ ...node, inputs: { a, b: smallB } }];
  if (smallA !== undefined && sameShape(b.shape, out.shape)) return [{ ...node, inputs: { a: smallA, b } }];
  if (smallA !== undefined && sizeOf(b.shape) === 1) return onSmall(node, smallA, { a: smallA, b }, out);
  if (smallB !== undefined && sizeOf(a.shape) === 1) return onSmall(node, smallB, { a, b: smallB }, out);
  return undefined;
};

function onSmall(
  node: TraceNode,
  small: TraceValue,
  inputs: { a: TraceValue; b: TraceValue },
  out: TraceValue,
): TraceNode[] | undefined {
  if (inputs.a.shape.length > small.shape.length || inputs.b.shape.length > small.shape.length) return undefined;
  const result = createValue({ shape: small.shape, dtype: out.dtype });
  return [
    { ...node, inputs, outputs: [result] },
    { kernel: 'BroadcastTo', inputs: { x: result }, attrs: { shape: [...out.shape] }, outputs: [out] },
  ];
}
