import type { TraceGraph } from '../ir.js';
import { gelu, geluGrad } from '../kernels/gelu.js';
import { normaliseRows, normaliseRowsGrad } from '../kernels/layerNorm.js';

const gradients = new Map([
  [gelu, geluGrad],
  [normaliseRows, normaliseRowsGrad],
]);

/** Functions whose gradient is not asked for keep nothing for it: they can be one operator. */
export function withoutGradient(graph: TraceGraph): TraceGraph {
  const key = (kernel: string, id: number): string => `${kernel} ${id}`;
  const asked = new Set(graph.nodes.flatMap((n) => ('x' in n.inputs ? [key(n.kernel, n.inputs.x.id)] : [])));
  const nodes = graph.nodes.map((n) => {
    const gradient = gradients.get(n.kernel);
    const alone = gradient !== undefined && !asked.has(key(gradient, n.inputs.x.id));
    return alone ? { ...n, attrs: { ...n.attrs, alone } } : n;
  });
  return { ...graph, nodes };
}
