import { NasDistillError } from '../../../core/errors.js';
import type { GraphNode, MetaGraph } from './proto.js';

/** TensorFlow's operators that reach out of the graph: files, the network, Python, other processes, the screen. */
const reachingOut =
  /File|Save|Restore|Checkpoint|Sharded|PyFunc|Print|Summary|Rpc|Remote|Reader|Writer|Dataset|Iterator|Queue|Debug|^_?(Host)?(Send|Recv)|^Configure.*TPU|Dispatcher|BigQuery|Tensor(Array)?Store|LoadLibrary|CustomCall/;

/** The function that TensorFlow calls when it loads a model. */
const whenLoaded = '__saved_model_init_op';

/**
 * Looks at every operator that runs when the model is loaded or answers, in the functions that it calls too: a model is data,
 * and a graph that reads or writes files, or calls out, is a program.
 * @param answers nodes that compute what is asked for, such as `StatefulPartitionedCall:0`
 * @throws NasDistillError MODEL naming the operator and its node
 */
export function checkOperators(where: string, { graph, signatures }: MetaGraph, answers: readonly string[]): void {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const functions = new Map((graph.library?.functions ?? []).map((f) => [f.signature.name, f.nodes]));
  const roots = [...answers, ...Object.values(signatures[whenLoaded]?.outputs ?? {}).map(({ name }) => name)];
  const seen = new Set<GraphNode>();
  const waiting = roots.flatMap((name) => byName.get(nodeOf(name)) ?? []);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (reachingOut.test(node.op)) {
      throw new NasDistillError(
        'MODEL',
        `${where}: node "${node.name}" is a ${node.op}, which reaches out of the model`,
        {
          hint: 'A model is data: export it without reading, writing or printing anything.',
        },
      );
    }
    // Names of a function's own nodes are its own; all of them are looked at, so their inputs need not be followed.
    for (const input of node.inputs) waiting.push(...[byName.get(nodeOf(input)) ?? []].flat());
    for (const name of calledBy(node)) waiting.push(...(functions.get(name) ?? []));
  }
}

const nodeOf = (tensor: string) => tensor.replace(/^\^/, '').replace(/:\d+$/, '');

function calledBy({ op, attributes }: GraphNode): string[] {
  const named = Object.values(attributes).flatMap(({ func, list }) => [
    ...(func ? [func] : []),
    ...(list?.funcs ?? []),
  ]);
  // Graphs of older versions call a function as an operator of its name.
  return [op, ...named.map(({ name }) => name)];
}
