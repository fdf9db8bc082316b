import { sameShape, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { readersOf } from './readersOf.js';

/**
 * x * scale + offset with one number for each channel of a rank-4 x, or one for each channel of each sample: one pass instead of
 * two, where x is read once.
 */
export function fuseAffine(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const products = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();
  const nodes = graph.nodes.map((node): TraceNode => {
    if (node.kernel === 'Multiply' && scaling(node) !== undefined) products.set(node.outputs[0].id, node);
    if (node.kernel !== 'Add') return node;
    const { a, b } = node.inputs;
    const [y, offset] = products.has(a.id) ? [a, b] : [b, a];
    const product = products.get(y.id);
    const parts = product && scaling(product);
    if (product === undefined || parts === undefined || readers.get(y.id) !== 1) return node;
    const bySample = perSample(parts.scale, y);
    if (bySample ? !perSample(offset, y) : !perChannel(offset, y)) return node;
    gone.add(product);
    const kernel = bySample ? 'SampleAffine' : 'ChannelAffine';
    return { kernel, inputs: { ...parts, offset }, attrs: {}, outputs: node.outputs };
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}

function scaling(node: TraceNode): { x: TraceValue; scale: TraceValue } | undefined {
  const { a, b } = node.inputs;
  if (perChannel(b, a) || perSample(b, a)) return { x: a, scale: b };
  return perChannel(a, b) || perSample(a, b) ? { x: b, scale: a } : undefined;
}

/** [N, 1, 1, C] beside [N, H, W, C]. */
function perSample(vector: TraceValue, x: TraceValue): boolean {
  const [n, h, w, channels] = x.shape;
  return (
    x.shape.length === 4 &&
    x.dtype === 'float32' &&
    h * w > 1 &&
    vector.fill === undefined &&
    sameShape(vector.shape, [n, 1, 1, channels])
  );
}

function perChannel(vector: TraceValue, x: TraceValue): boolean {
  return (
    x.shape.length === 4 &&
    x.dtype === 'float32' &&
    vector.fill === undefined &&
    vector.shape.length === 1 &&
    vector.shape[0] === x.shape[3]
  );
}
