import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { inferShapes } from '../../src/models/inferShapes.js';

/** Convolution and dense weights, and positions x filters as a stand-in for work: an independent cost for these tests. */
export function countParams(model: ModelSpec): { bytes: number; macs: number } {
  const shapes = inferShapes(model);
  let params = 0;
  let macs = 0;
  for (const node of model.nodes) {
    const input = shapes.get(node.inputs[0]) ?? [];
    const output = shapes.get(node.name) ?? [];
    const from = input[input.length - 1];
    let weights = 0;
    if (node.op === 'conv2d') weights = (node.kernel * node.kernel * from * node.filters) / (node.groups ?? 1);
    if (node.op === 'depthwise_conv2d') weights = node.kernel * node.kernel * from;
    if (node.op === 'dense') weights = from * node.units;
    params += weights;
    macs += weights * output.slice(0, -1).reduce((a, b) => a * b, 1);
  }
  return { bytes: params * 4, macs };
}
