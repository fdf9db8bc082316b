import { createValue, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { multipleOf } from './multipleOf.js';
import { readersOf } from './readersOf.js';

/**
 * A number times an operand of a product of matrices, or times its result, is a factor of the product, which costs nothing. Such
 * a multiple may lie behind a transposition: attention scales its queries and their gradients.
 */
export function scaleInProduct(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const producers = new Map<number, TraceNode>();
  const turned = new Map<number, TraceValue>();
  const factors = new Map<TraceNode, number>();
  const stands = new Map<number, TraceValue>();

  const multiple = (v: TraceValue): { x: TraceValue; factor: number } | undefined => {
    const node = producers.get(v.id);
    const found = node && multipleOf(node);
    return found?.factor.fill === undefined ? undefined : { x: found.x, factor: found.factor.fill };
  };

  const nodes = graph.nodes.flatMap((node): TraceNode[] => {
    const made: TraceNode[] = [];
    const inputs = Object.entries(node.inputs).map(([name, v]) => [name, stands.get(v.id) ?? v]);
    const now: TraceNode = { ...node, inputs: Object.fromEntries(inputs) };
    for (const v of node.outputs) producers.set(v.id, now);
    if (node.kernel === 'BatchMatMul') {
      let factor = 1;
      /** The operand without the number that it is a multiple of. */
      const plain = (v: TraceValue): TraceValue => {
        const here = multiple(v);
        if (here !== undefined) {
          factor *= here.factor;
          return here.x;
        }
        const turn = producers.get(v.id);
        const inner = turn?.kernel === 'Transpose' ? multiple(turn.inputs.x) : undefined;
        if (turn === undefined || inner === undefined) return v;
        factor *= inner.factor;
        const found = turned.get(v.id);
        if (found !== undefined) return found;
        const value = createValue({ shape: v.shape, dtype: v.dtype });
        turned.set(v.id, value);
        made.push({ ...turn, inputs: { x: inner.x }, outputs: [value] });
        return value;
      };
      const product = { ...now, inputs: { a: plain(now.inputs.a), b: plain(now.inputs.b) } };
      producers.set(node.outputs[0].id, product);
      factors.set(product, factor);
      return [...made, product];
    }
    const scale = multiple(now.outputs[0]);
    if (scale === undefined || readers.get(scale.x.id) !== 1) return [now];
    const before = producers.get(scale.x.id);
    const source = before?.kernel === 'Transpose' && readers.get(before.inputs.x.id) === 1 ? before.inputs.x : scale.x;
    const product = producers.get(source.id);
    const factor = product && factors.get(product);
    if (product === undefined || factor === undefined) return [now];
    factors.set(product, factor * scale.factor);
    stands.set(node.outputs[0].id, scale.x);
    return [];
  });
  return {
    inputs: graph.inputs,
    nodes: nodes.map((n) => {
      const factor = factors.get(n) ?? 1;
      return factor === 1 ? n : { ...n, attrs: { ...n.attrs, alpha: factor } };
    }),
    outputs: graph.outputs.map((v) => stands.get(v.id) ?? v),
  };
}
