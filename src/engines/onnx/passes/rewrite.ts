import type { TraceGraph, TraceNode, TraceValue } from '../ir.js';

/** Looks up the node that made a value (after rewriting). */
export type Producers = ReadonlyMap<number, TraceNode>;

/**
 * A local rule: `undefined` leaves the node alone; a list of nodes replaces it, the last of them having the node's own
 * outputs; a value stands for the node's only output from here on.
 */
export type Rule = (node: TraceNode, producers: Producers) => undefined | readonly TraceNode[] | TraceValue;

/** Walks once through the graph in order and applies each rule to each node; what a rule makes is seen by the next. */
export function rewrite(graph: TraceGraph, rules: readonly Rule[]): TraceGraph {
  const nodes: TraceNode[] = [];
  const producers = new Map<number, TraceNode>();
  const stands = new Map<number, TraceValue>();
  const current = (v: TraceValue): TraceValue => stands.get(v.id) ?? v;

  const emit = (node: TraceNode, from: number): void => {
    for (let i = from; i < rules.length; i++) {
      const result = rules[i](node, producers);
      if (result === undefined) continue;
      if (!isNodes(result)) {
        stands.set(node.outputs[0].id, result);
        return;
      }
      for (const made of result) emit(made, i + 1);
      return;
    }
    nodes.push(node);
    for (const v of node.outputs) producers.set(v.id, node);
  };
  for (const node of graph.nodes) {
    const inputs = Object.fromEntries(Object.entries(node.inputs).map(([k, v]) => [k, current(v)]));
    emit({ ...node, inputs }, 0);
  }
  return { inputs: graph.inputs, nodes, outputs: graph.outputs.map(current) };
}

function isNodes(r: readonly TraceNode[] | TraceValue): r is readonly TraceNode[] {
  return Array.isArray(r);
}
