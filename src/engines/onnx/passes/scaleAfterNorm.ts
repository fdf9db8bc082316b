import { createValue, sizeOf, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { normaliseBatchGrad } from '../kernels/batchNorm.js';
import { readingNodes } from './readersOf.js';

/** Gradients of convolutions, which are linear in dy, and whether they are depthwise. */
const toInput: Readonly<Record<string, boolean>> = {
  Conv2DBackpropInput: false,
  DepthwiseConv2dNativeBackpropInput: true,
};
const toFilter: Readonly<Record<string, boolean>> = {
  Conv2DBackpropFilter: false,
  DepthwiseConv2dNativeBackpropFilter: true,
};

/**
 * The gradient of a batch norm is scaled in each channel. Where only the gradients of the convolution before it read it, these get the
 * scale: products with the filter and its gradient, where these are no larger than the image, instead of a pass over it.
 */
export function scaleAfterNorm(graph: TraceGraph): TraceGraph {
  const kept = new Set(graph.outputs.map((v) => v.id));
  const readers = readingNodes(graph);
  const scales = new Map<TraceNode, TraceValue>();
  const instead = new Map<TraceNode, TraceNode>();
  for (const norm of graph.nodes) {
    if (norm.kernel !== normaliseBatchGrad) continue;
    const [dx] = norm.outputs;
    const reading = readers.get(dx.id) ?? [];
    const linear = reading.every(
      (n) => (n.kernel in toInput && n.inputs.filter.id !== dx.id) || (n.kernel in toFilter && n.inputs.x.id !== dx.id),
    );
    const filters = reading.reduce((sum, n) => sum + sizeOf(scaledOf(n).shape), 0);
    if (dx.shape.length !== 4 || kept.has(dx.id) || reading.length === 0 || !linear) continue;
    if (filters > sizeOf(dx.shape)) continue;
    const scale = createValue({ shape: [dx.shape[3]], dtype: 'float32' });
    instead.set(norm, { ...norm, outputs: [...norm.outputs, scale] });
    for (const n of reading) scales.set(n, scale);
  }
  if (scales.size === 0) return graph;
  return {
    ...graph,
    nodes: graph.nodes.flatMap((n) => {
      const scale = scales.get(n);
      return scale === undefined ? [instead.get(n) ?? n] : scaled(n, scale);
    }),
  };
}

/** The filter of a convolution's gradient, or what it computes for the filter. */
const scaledOf = (node: TraceNode): TraceValue => (node.kernel in toInput ? node.inputs.filter : node.outputs[0]);

function scaled(node: TraceNode, scale: TraceValue): TraceNode[] {
  const filter = scaledOf(node);
  const { origin } = node.outputs[0];
  const make = (shape: readonly number[]) => createValue({ shape, dtype: 'float32' }, undefined, origin);
  const nodes: TraceNode[] = [];
  let beside = scale;
  if (toInput[node.kernel] ?? toFilter[node.kernel]) {
    const shape = filter.shape.slice(2);
    beside = make(shape);
    nodes.push({ kernel: 'Reshape', inputs: { x: scale }, attrs: { shape }, outputs: [beside] });
  }
  const made = make(filter.shape);
  const product = { kernel: 'Multiply', attrs: {} };
  if (node.kernel in toInput) {
    nodes.push({ ...product, inputs: { a: filter, b: beside }, outputs: [made] });
    return [...nodes, { ...node, inputs: { ...node.inputs, filter: made } }];
  }
  return [...nodes, { ...node, outputs: [made] }, { ...product, inputs: { a: made, b: beside }, outputs: [filter] }];
}
