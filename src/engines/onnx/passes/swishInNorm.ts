import { createValue, type TraceGraph, type TraceNode } from '../ir.js';
import { normaliseBatch } from '../kernels/batchNorm.js';
import { hardSwish, hardSwishGrad } from '../kernels/hardSwish.js';
import { readingNodes } from './readersOf.js';

/**
 * Hard-swish after a batch norm in training becomes part of it, also where its gradient asks for the normalised values: these are a
 * line of what batch norm read, which is kept for its own gradient anyway. So they are never written down.
 */
export function swishInNorm(graph: TraceGraph): TraceGraph {
  const kept = new Set(graph.outputs.map((v) => v.id));
  const readers = readingNodes(graph);
  const instead = new Map<TraceNode, TraceNode>();
  const gone = new Set<TraceNode>();
  for (const norm of graph.nodes) {
    if (norm.kernel !== normaliseBatch || (norm.attrs.activation ?? 'linear') !== 'linear') continue;
    const [y, ...moments] = norm.outputs;
    const { x } = norm.inputs;
    const reading = readers.get(y.id) ?? [];
    const swishes = reading.filter((n) => n.kernel === hardSwish);
    const gradients = reading.filter((n) => n.kernel === hardSwishGrad && n.inputs.dy.id !== y.id);
    const [swish] = swishes.length === 1 ? swishes : [undefined];
    if (x.shape.length !== 4 || kept.has(y.id) || reading.length === 0) continue;
    if (gradients.length + (swish === undefined ? 0 : 1) !== reading.length) continue;
    const [scale, offset] = [0, 1].map(() => createValue({ shape: [x.shape[3]], dtype: 'float32' }));
    const attrs = swish === undefined ? norm.attrs : { ...norm.attrs, activation: 'hard_swish' };
    instead.set(norm, { ...norm, attrs, outputs: [swish?.outputs[0] ?? y, ...moments, scale, offset] });
    if (swish !== undefined) gone.add(swish);
    for (const n of gradients) instead.set(n, { ...n, inputs: { dy: n.inputs.dy, x, scale, offset } });
  }
  return { ...graph, nodes: graph.nodes.filter((n) => !gone.has(n)).map((n) => instead.get(n) ?? n) };
}
