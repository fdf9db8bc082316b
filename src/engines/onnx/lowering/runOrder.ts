import type { OnnxNode } from './OnnxGraph.js';

/**
 * The nodes as they should be listed in a model that onnxruntime runs as it is. It does not run them as they are listed: it searches from
 * the outputs, depth first, and of several operands computes that first whose node is listed last. So a list of the nodes
 * backwards makes it compute each thing when its reader is near. Listed forwards, all gradients of weights were computed at the end of a
 * step, which kept every activation in memory until then.
 * A reshape counts as if it had been emitted with its operand, as gradients are reshaped by the optimiser alone.
 */
export function runOrder(nodes: readonly OnnxNode[]): OnnxNode[] {
  const places = new Map<string, number>();
  const placed = nodes.map((node, i) => {
    const before = node.op === 'Reshape' ? places.get(node.inputs[0]) : undefined;
    const place = before ?? i;
    for (const name of node.outputs) places.set(name, place);
    return { node, place };
  });
  return placed
    .sort((a, b) => a.place - b.place)
    .map(({ node }) => node)
    .reverse();
}
