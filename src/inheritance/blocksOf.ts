import type { ModelSpec, NodeSpec } from '../models/ModelSpec.js';

/** Nodes that were made together, such as `stage1.block2`: what stands before the last dot of their names. */
export interface Block {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  /** Operators and how they are joined, whatever their sizes: equal for blocks whose nodes play the same parts. */
  readonly form: string;
}

/** The blocks of a model by name. */
export function blocksOf(spec: ModelSpec): Map<string, Block> {
  const groups = new Map<string, NodeSpec[]>();
  for (const node of spec.nodes) {
    const name = blockName(node.name);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [node]);
    else group.push(node);
  }
  return new Map([...groups].map(([name, nodes]) => [name, { name, nodes, form: formOf(name, nodes) }]));
}

export function blockName(node: string): string {
  const dot = node.lastIndexOf('.');
  return dot < 0 ? node : node.slice(0, dot);
}

function formOf(block: string, nodes: readonly NodeSpec[]): string {
  return nodes
    .map(({ name, op, inputs }) => {
      const from = inputs.map((input) => (blockName(input) === block ? input : '<'));
      return `${name} ${op}(${from.join(' ')})`;
    })
    .join('; ');
}
