import { createValue, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { multipleOf } from './multipleOf.js';
import { readersOf } from './readersOf.js';
import type { Rule } from './rewrite.js';

/** Up to this many values in a row, moving rows one by one costs more than a transposition of whole planes. */
const shortRow = 32;

const isSwap = (node: TraceNode | undefined): node is TraceNode =>
  node?.kernel === 'Transpose' && String(node.attrs.perm) === '0,2,1,3';

/** A number times a swap of the middle axes is the swap of the number's multiple: the swap then meets the product. */
export const scaleBeforeSwap: Rule = (node, producers) => {
  const scale = multipleOf(node);
  const swap = scale && producers.get(scale.x.id);
  if (scale === undefined || !isSwap(swap)) return undefined;
  const scaled = createValue({ shape: swap.inputs.x.shape, dtype: scale.x.dtype });
  const made: TraceNode[] = [
    { ...node, inputs: { a: swap.inputs.x, b: scale.factor }, outputs: [scaled] },
    { ...swap, inputs: { x: scaled }, outputs: node.outputs },
  ];
  return made;
};

/** The swap of a product's multiple is the multiple of its swap, for the same reason. */
export const swapBeforeScale: Rule = (node, producers) => {
  if (!isSwap(node)) return undefined;
  const multiple = producers.get(node.inputs.x.id);
  const scale = multiple && multipleOf(multiple);
  if (multiple === undefined || scale === undefined) return undefined;
  if (producers.get(scale.x.id)?.kernel !== 'BatchMatMul') return undefined;
  const swapped = createValue({ shape: node.outputs[0].shape, dtype: scale.x.dtype });
  const made: TraceNode[] = [
    { ...node, inputs: { x: scale.x }, outputs: [swapped] },
    { ...multiple, inputs: { a: swapped, b: scale.factor }, outputs: node.outputs },
  ];
  return made;
};

/**
 * Attention's heads: [B, T, heads, d] <-> [B, heads, T, d] before and after products of matrices. With short rows that swap
 * is slow, while moving one axis past all the others is a plain transposition of [T, heads * d]. So operands come as
 * [B, heads, d, T] and the product transposes them, which costs nothing; and a product that is swapped afterwards is
 * computed transposed.
 */
export function swapHeads(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const swaps = new Map(graph.nodes.filter(isSwap).map((n) => [n.outputs[0].id, n]));
  const turned = new Map<number, TraceValue>();
  const products = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();

  /** The operand with its last two axes exchanged, if it comes out of a swap, and the node that makes it so. */
  const turn = (v: TraceValue): { value: TraceValue; made: TraceNode[] } | undefined => {
    const swap = swaps.get(v.id);
    const [n, heads, rows, d] = v.shape;
    if (swap === undefined || d > shortRow) return undefined;
    const found = turned.get(v.id);
    if (found !== undefined) return { value: found, made: [] };
    const value = createValue({ shape: [n, heads, d, rows], dtype: v.dtype });
    turned.set(v.id, value);
    return { value, made: [{ ...swap, attrs: { perm: [0, 2, 3, 1] }, outputs: [value] }] };
  };

  const nodes = graph.nodes.flatMap((node): TraceNode[] => {
    const [out] = node.outputs;
    if (node.kernel === 'BatchMatMul' && out.shape.length === 4) {
      const [a, b] = [turn(node.inputs.a), turn(node.inputs.b)];
      const product = {
        ...node,
        inputs: { a: a?.value ?? node.inputs.a, b: b?.value ?? node.inputs.b },
        attrs: {
          transposeA: (node.attrs.transposeA === true) !== (a !== undefined),
          transposeB: (node.attrs.transposeB === true) !== (b !== undefined),
        },
      };
      products.set(out.id, product);
      return [...(a?.made ?? []), ...(b?.made ?? []), product];
    }
    const product = isSwap(node) ? products.get(node.inputs.x.id) : undefined;
    if (product === undefined || readers.get(node.inputs.x.id) !== 1 || out.shape[3] > shortRow) return [node];
    gone.add(product);
    const [n, rows, heads, d] = out.shape;
    const value = createValue({ shape: [n, heads, d, rows], dtype: out.dtype });
    const { a, b } = product.inputs;
    const attrs = { transposeA: product.attrs.transposeB !== true, transposeB: product.attrs.transposeA !== true };
    return [
      { ...product, inputs: { a: b, b: a }, attrs, outputs: [value] },
      { ...node, inputs: { x: value }, attrs: { perm: [0, 3, 1, 2] } },
    ];
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}
