import type { TraceGraph, TraceNode } from '../ir.js';
import { normaliseBatch } from '../kernels/batchNorm.js';
import { hardSwish } from '../kernels/hardSwish.js';
import { pointNorm } from '../kernels/pointNorm.js';
import { readersOf } from './readersOf.js';

const activations: Readonly<Record<string, string>> = { Relu: 'relu', Relu6: 'relu6', [hardSwish]: 'hard_swish' };
const fusing = new Map([
  ['Conv2D', 'FusedConv2D'],
  ['FusedConv2D', 'FusedConv2D'],
  ['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'],
  ['FusedDepthwiseConv2D', 'FusedDepthwiseConv2D'],
  [normaliseBatch, normaliseBatch],
  [pointNorm, pointNorm],
]);

/** An activation that alone reads a convolution's or a batch norm's result becomes part of it. */
export function fuseActivation(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const producers = new Map<number, TraceNode>();
  const replaced = new Map<TraceNode, TraceNode>();
  const gone = new Set<TraceNode>();
  for (const node of graph.nodes) {
    const activation = activations[node.kernel];
    const producer = activation === undefined ? undefined : producers.get(node.inputs.x.id);
    if (producer !== undefined && readers.get(node.inputs.x.id) === 1) {
      const kernel = fusing.get(producer.kernel) ?? producer.kernel;
      const outputs = [node.outputs[0], ...producer.outputs.slice(1)];
      replaced.set(producer, { ...producer, kernel, attrs: { ...producer.attrs, activation }, outputs });
      gone.add(node);
    } else if (fusing.has(node.kernel) && (node.attrs.activation ?? 'linear') === 'linear') {
      producers.set(node.outputs[0].id, node);
    }
  }
  return { ...graph, nodes: graph.nodes.filter((n) => !gone.has(n)).map((n) => replaced.get(n) ?? n) };
}
