import { sameShape } from '../../ir.js';
import { int64sOf } from './int64sOf.js';
import type { NodeRule } from './NodeRule.js';

/** A reshape of a reshape is one of the first value, or that value; a reshape of equal numbers is as many of them in that shape. */
export const oneReshape: NodeRule = ({ op, inputs: [x, target], attrs, domain }, graph) => {
  const shape = op === 'Reshape' ? int64sOf(graph.constantOf(target)) : undefined;
  // 0 stands for the operand's own dimension, -1 for what is left.
  if (shape === undefined || shape.some((d) => d < 1)) return undefined;
  const before = graph.maker(x);
  if (before?.op === 'Expand' && graph.constantOf(before.inputs[0])?.dims.length === 0) {
    return { op: 'Expand', inputs: [before.inputs[0], graph.ints(shape)], attrs: {} };
  }
  const source = before?.op === 'Reshape' ? before.inputs[0] : x;
  const known = graph.inputs.find(({ name }) => name === source)?.dims;
  if (known?.every((d) => d !== null) && sameShape(known, shape)) return source;
  return source === x ? undefined : { op, inputs: [source, target], attrs, domain };
};
