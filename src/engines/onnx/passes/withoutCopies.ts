import { sameShape } from '../ir.js';
import type { Rule } from './rewrite.js';

const copying = new Set(['Identity', 'Reshape', 'Cast']);

/**
 * Autodiff saves copies of what it needs later, reshapes to the same shape and casts to the same type: all of them are the
 * value itself. Every other rule may then compare values by their ids, and counts their true readers.
 */
export const withoutCopies: Rule = ({ kernel, inputs, outputs }) => {
  const { x } = inputs;
  if (!copying.has(kernel) || x === undefined) return undefined;
  return sameShape(x.shape, outputs[0].shape) && x.dtype === outputs[0].dtype ? x : undefined;
};

const reshaping = new Set(['Reshape', 'ExpandDims']);

/** A reshape of a reshape is one reshape of the first value, or that value itself. */
export const oneReshape: Rule = (node, producers) => {
  if (!reshaping.has(node.kernel)) return undefined;
  const before = producers.get(Object.values(node.inputs)[0].id);
  if (before === undefined || !reshaping.has(before.kernel)) return undefined;
  const [x] = Object.values(before.inputs);
  const [out] = node.outputs;
  if (sameShape(x.shape, out.shape)) return x;
  return [{ kernel: 'Reshape', inputs: { x }, attrs: { shape: [...out.shape] }, outputs: node.outputs }];
};
