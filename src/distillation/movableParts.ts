import { NasDistillError } from '../core/errors.js';
import { closest } from '../core/closest.js';
import type { ModelSpec } from '../models/ModelSpec.js';

/** Nodes that the given outputs (nodes, or `node/extra`) are computed from, themselves included. */
export function nodesBehind(spec: ModelSpec, outputs: readonly string[]): Set<string> {
  const needed = new Set(outputs.map((name) => name.split('/')[0]));
  // Nodes stand in topological order: from the last to the first, one pass is enough.
  for (const node of [...spec.nodes].reverse()) {
    if (needed.has(node.name)) node.inputs.forEach((input) => needed.add(input));
  }
  return needed;
}

/**
 * Names of the model's values that training may change: those of nodes that an output of the objective is computed from
 * and that are not frozen. What no loss reaches stands still, decay included.
 * @throws NasDistillError CONFIG for a part to freeze that the model does not have
 */
export function movableParts(
  spec: ModelSpec,
  names: readonly string[],
  outputs: readonly string[],
  freeze: readonly string[],
): Set<string> {
  const isFrozen = frozenBy(spec, freeze);
  const reached = nodesBehind(spec, outputs);
  return new Set(
    names.filter((name) => {
      const node = name.split('/')[0];
      return reached.has(node) && !isFrozen(node);
    }),
  );
}

/** Whether a node belongs to one of the parts: it is called so, or so with a dot and more behind it. */
export function frozenBy(spec: ModelSpec, parts: readonly string[]): (node: string) => boolean {
  const belongs = (node: string, part: string) => node === part || node.startsWith(`${part}.`);
  for (const part of parts) {
    if (spec.nodes.some((node) => belongs(node.name, part))) continue;
    const known = [...new Set(spec.nodes.map((node) => node.name.split('.')[0]))];
    const near = closest(part, known);
    throw new NasDistillError('CONFIG', `freeze: the student has no part "${part}"`, {
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}It has: ${known.join(', ')}.`,
    });
  }
  return (node) => parts.some((part) => belongs(node, part));
}
