import type { TraceNode, TraceValue } from '../ir.js';

/** x times a single number, if the node is that. */
export function multipleOf(node: TraceNode): { x: TraceValue; factor: TraceValue } | undefined {
  if (node.kernel !== 'Multiply') return undefined;
  const { a, b } = node.inputs;
  const [x, factor] = b.fill !== undefined ? [a, b] : [b, a];
  return factor.fill !== undefined && factor.shape.length === 0 && x.fill === undefined ? { x, factor } : undefined;
}
