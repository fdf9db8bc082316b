import type { ModelSpec, NodeSpec } from './ModelSpec.js';

/**
 * The same model with the filters of its convolutions and the units of its dense layers multiplied and rounded to a multiple
 * of `divisor`; the logits keep their size. For convolutional models: in a model with tokens the sizes in reshape, heads and
 * token MLPs are tied to each other, and inferShapes tells if they no longer fit.
 */
export function scaleWidth(spec: ModelSpec, multiplier: number, divisor = 4): ModelSpec {
  const scaled = (size: number) => Math.max(divisor, Math.round((size * multiplier) / divisor) * divisor);
  const nodes = spec.nodes.map((node): NodeSpec => {
    if (node.name === spec.logits) return node;
    if (node.op === 'conv2d') return { ...node, filters: scaled(node.filters) };
    if (node.op === 'dense') return { ...node, units: scaled(node.units) };
    return node;
  });
  return { ...spec, nodes };
}
