import type { Activation, LayerOp, ModelSpec, NodeSpec, Padding } from './ModelSpec.js';

/** The options of a layer: its node without name, inputs and block. */
type OptionsOf<Op extends LayerOp> = Omit<Extract<NodeSpec, { readonly op: Op }>, 'name' | 'inputs' | 'block' | 'op'>;

/** Writes a ModelSpec node by node. Each method returns the new node's name. */
export class SpecBuilder {
  readonly #nodes: NodeSpec[] = [];
  readonly #taps: Record<string, string> = {};
  #block: string | undefined;

  constructor(
    private readonly input: readonly number[],
    private readonly inputKind?: 'tokens',
  ) {}

  /** The nodes that follow belong to this block of the report. */
  block(title: string): void {
    this.#block = title;
  }

  /** Adds any node; its block is the current one. */
  node(node: NodeSpec): string {
    this.#nodes.push(this.#block === undefined ? node : { ...node, block: this.#block });
    return node.name;
  }

  conv(
    name: string,
    from: string,
    options: Partial<OptionsOf<'conv2d'>> & { filters: number; kernel: number },
  ): string {
    const defaults = { stride: 1, padding: 'same' as Padding, useBias: true };
    return this.node({ name, op: 'conv2d', inputs: [from], ...defaults, ...options });
  }

  dense(name: string, from: string, units: number, useBias = true): string {
    return this.node({ name, op: 'dense', inputs: [from], units, useBias });
  }

  batchNorm(name: string, from: string): string {
    return this.node({ name, op: 'batch_norm', inputs: [from] });
  }

  layerNorm(name: string, from: string): string {
    return this.node({ name, op: 'layer_norm', inputs: [from] });
  }

  activation(name: string, from: string, fn: Activation): string {
    return this.node({ name, op: 'activation', inputs: [from], function: fn });
  }

  add(name: string, ...from: string[]): string {
    return this.node({ name, op: 'add', inputs: from });
  }

  transpose(name: string, from: string): string {
    return this.node({ name, op: 'transpose', inputs: [from] });
  }

  /** dense -> gelu -> dense, the MLP of a transformer. */
  mlp(name: string, from: string, hidden: number, units: number): string {
    const inner = this.activation(`${name}.gelu`, this.dense(`${name}.fc1`, from, hidden), 'gelu');
    return this.dense(`${name}.fc2`, inner, units);
  }

  /** Identity branch and `branch` added, with stochastic depth on the branch if `rate` > 0. */
  residual(name: string, from: string, branch: string, rate = 0): string {
    const kept = rate > 0 ? this.node({ name: `${name}.path`, op: 'drop_path', inputs: [branch], rate }) : branch;
    return this.add(name, from, kept);
  }

  tap(tap: string, node: string): void {
    this.#taps[tap] = node;
  }

  build(logits: string): ModelSpec {
    const kind = this.inputKind === undefined ? {} : { inputKind: this.inputKind };
    return { input: this.input, ...kind, nodes: this.#nodes, logits, taps: this.#taps };
  }
}
