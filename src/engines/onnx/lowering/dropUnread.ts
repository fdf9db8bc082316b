import type { OnnxGraph } from './OnnxGraph.js';

/** Removes nodes and constants of which no output of the graph depends. */
export function dropUnread(graph: OnnxGraph): void {
  const read = new Set(graph.outputs.map(({ name }) => name));
  const kept = [...graph.nodes]
    .reverse()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => read.has(name))) return false;
      for (const name of inputs) read.add(name);
      return true;
    })
    .reverse();
  graph.nodes.splice(0, graph.nodes.length, ...kept);
  const constants = graph.initialisers.filter(({ name }) => read.has(name));
  graph.initialisers.splice(0, graph.initialisers.length, ...constants);
}
