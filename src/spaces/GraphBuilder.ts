import type { Activation, ModelSpec, NodeSpec } from '../models/ModelSpec.js';

/** A node's output while a graph is built: [h, w, c], or [tokens, c] that came from a grid of h x w. */
export interface Value {
  readonly node: string;
  readonly shape: readonly number[];
  /** The grid that tokens came from. */
  readonly grid?: readonly [number, number];
}

type Layer = NodeSpec extends infer N ? (N extends NodeSpec ? Omit<N, 'name' | 'inputs' | 'block'> : never) : never;

/** How a convolution's taps and channels are spread: what ModelSpec says of `conv2d`. */
export interface Spread {
  readonly dilation?: number;
  readonly groups?: number;
}

/** Grows a ModelSpec node by node: names the nodes, labels their blocks, tracks shapes. */
export class GraphBuilder {
  readonly input: Value;
  private readonly nodes: NodeSpec[] = [];
  private readonly taps: Record<string, string> = {};
  private readonly counts = new Map<string, number>();
  private prefix = 'model';
  private label: string | undefined;

  private attentions = 0;

  /** Where tokens are and where padding is, once there are tokens. */
  private mask: Value | undefined;

  constructor(input: readonly number[]) {
    this.input = { node: 'input', shape: input };
  }

  /** Nodes added from now on are named `<prefix>.<op><n>` and drawn as the block `label`. */
  enter(prefix: string, label: string): void {
    this.prefix = prefix;
    this.label = label;
  }

  tap(name: string, value: Value): void {
    this.taps[name] = value.node;
  }

  finish(logits: Value): ModelSpec {
    const kind = this.mask === undefined ? {} : { inputKind: 'tokens' as const };
    return { input: this.input.shape, ...kind, nodes: this.nodes, logits: logits.node, taps: this.taps };
  }

  /** Convolution with same padding and no bias unless asked: batch norm follows it. */
  conv(x: Value, filters: number, kernel: number, stride = 1, useBias = false, how: Spread = {}): Value {
    const [h, w] = gridOf(x);
    const { dilation = 1, groups = 1 } = how;
    const layer = {
      op: 'conv2d',
      filters,
      kernel,
      stride,
      padding: 'same',
      useBias,
      ...(dilation > 1 ? { dilation } : {}),
      ...(groups > 1 ? { groups } : {}),
    } as const;
    return this.add(layer, [x], [Math.ceil(h / stride), Math.ceil(w / stride), filters]);
  }

  depthwise(x: Value, kernel: number, stride = 1, useBias = false): Value {
    const [h, w, c] = gridOf(x);
    const layer = { op: 'depthwise_conv2d', kernel, stride, padding: 'same', useBias } as const;
    return this.add(layer, [x], [Math.ceil(h / stride), Math.ceil(w / stride), c]);
  }

  /** Convolution, batch norm, activation. */
  convNormAct(x: Value, filters: number, kernel: number, stride: number, activation: Activation): Value {
    return this.act(this.batchNorm(this.conv(x, filters, kernel, stride)), activation);
  }

  depthwiseNormAct(x: Value, kernel: number, stride: number, activation: Activation): Value {
    return this.act(this.batchNorm(this.depthwise(x, kernel, stride)), activation);
  }

  dense(x: Value, units: number): Value {
    return this.add({ op: 'dense', units, useBias: true }, [x], [...x.shape.slice(0, -1), units]);
  }

  batchNorm(x: Value): Value {
    return this.add({ op: 'batch_norm' }, [x], x.shape);
  }

  layerNorm(x: Value): Value {
    return this.add({ op: 'layer_norm' }, [x], x.shape);
  }

  /** A linear activation adds no node. */
  act(x: Value, activation: Activation): Value {
    return activation === 'linear' ? x : this.add({ op: 'activation', function: activation }, [x], x.shape);
  }

  sum(a: Value, b: Value): Value {
    return this.add({ op: 'add' }, [a, b], a.shape);
  }

  /** Stochastic depth; none at rate 0. */
  dropPath(x: Value, rate: number): Value {
    return rate === 0 ? x : this.add({ op: 'drop_path', rate }, [x], x.shape);
  }

  dropout(x: Value, rate: number): Value {
    return rate === 0 ? x : this.add({ op: 'dropout', rate }, [x], x.shape);
  }

  /** Learnt scale per channel, starting at `init`; none at 0. */
  layerScale(x: Value, init: number): Value {
    return init === 0 ? x : this.add({ op: 'layer_scale', init }, [x], x.shape);
  }

  /** Self-attention; its maps [heads, tokens, tokens] are the tap `attention1`, `attention2` ... in the order of the layers. */
  attention(x: Value, heads: number): Value {
    // An own head size: widths need not be multiples of the number of heads.
    const headSize = Math.ceil(channels(x) / heads);
    const attended = this.add({ op: 'attention', heads, headSize }, this.masked(x), x.shape);
    this.taps[`attention${++this.attentions}`] = `${attended.node}/weights`;
    return attended;
  }

  positionEmbedding(x: Value): Value {
    return this.add({ op: 'position_embedding' }, [x], x.shape);
  }

  avgPool(x: Value, stride: number): Value {
    const [h, w, c] = gridOf(x);
    const layer = { op: 'avg_pool', size: stride, stride, padding: 'same' } as const;
    return this.add(layer, [x], [Math.ceil(h / stride), Math.ceil(w / stride), c]);
  }

  /** Mean over the positions; of texts over the tokens, padding left out. */
  globalPool(x: Value): Value {
    return this.add({ op: 'global_avg_pool' }, this.masked(x), [channels(x)]);
  }

  /** Largest value over a text's tokens. */
  globalMax(x: Value): Value {
    return this.add({ op: 'global_max_pool' }, this.masked(x), [channels(x)]);
  }

  /** The vectors of a text's tokens, [tokens] -> [tokens, width]; `unknown` where the table is shorter than the vocabulary. */
  embedding(ids: Value, vocabulary: number, width: number, unknown?: number): Value {
    const [tokens] = ids.shape;
    this.mask = this.add({ op: 'token_mask' }, [ids], [tokens, 1]);
    const cut = unknown === undefined ? {} : { unknown };
    return this.add({ op: 'embedding', vocabulary, width, ...cut }, [ids], [tokens, width]);
  }

  /** Convolution along a text. */
  conv1d(x: Value, filters: number, kernel: number): Value {
    return this.add({ op: 'conv1d', filters, kernel, useBias: true }, [x], [x.shape[0], filters]);
  }

  /** A recurrent layer that reads a text in both directions, `units` each. */
  bidirectional(x: Value, op: 'lstm' | 'gru', units: number): Value {
    return this.add({ op, units, bidirectional: true }, this.masked(x), [x.shape[0], 2 * units]);
  }

  concat(parts: readonly Value[]): Value {
    const width = parts.reduce((sum, part) => sum + channels(part), 0);
    return this.add({ op: 'concat' }, parts, [...parts[0].shape.slice(0, -1), width]);
  }

  /** A learnt token in front of the others: [tokens, c] -> [tokens + 1, c], which is no grid any more. */
  withToken(x: Value): Value {
    const { node, shape } = this.add({ op: 'class_token' }, [x], [x.shape[0] + 1, channels(x)]);
    return { node, shape };
  }

  /** [tokens, c] -> [c] */
  takeToken(x: Value, index: number): Value {
    return this.add({ op: 'take_token', index }, [x], [channels(x)]);
  }

  /** The mean of vectors of one length. */
  meanOf(parts: readonly Value[]): Value {
    const width = channels(parts[0]);
    const rows = this.add({ op: 'reshape', shape: [parts.length, width] }, [this.concat(parts)], [parts.length, width]);
    return this.add({ op: 'global_avg_pool' }, [rows], [width]);
  }

  resize(x: Value, size: number): Value {
    return this.add({ op: 'resize', height: size, width: size }, [x], [size, size, channels(x)]);
  }

  /**
   * Squeeze-excite: x * gate(x), the gate computed from the mean over positions; none at ratio 0.
   * Hu et al., arXiv:1709.01507, with the hard sigmoid of MobileNetV3 (arXiv:1905.02244).
   */
  squeezeExcite(x: Value, ratio: number): Value {
    if (ratio === 0) return x;
    const [, , c] = gridOf(x);
    const pooled = this.add({ op: 'global_avg_pool', keepDims: true }, [x], [1, 1, c]);
    const inner = this.act(this.conv(pooled, Math.max(4, Math.round(c * ratio)), 1, 1, true), 'relu');
    const gate = this.act(this.conv(inner, c, 1, 1, true), 'hard_sigmoid');
    return this.add({ op: 'multiply' }, [x, gate], x.shape);
  }

  /** [h, w, c] -> [h * w, c]; tokens stay as they are. */
  toTokens(x: Value): Value {
    if (x.shape.length === 2) return x;
    const [h, w, c] = gridOf(x);
    return { ...this.add({ op: 'reshape', shape: [h * w, c] }, [x], [h * w, c]), grid: [h, w] };
  }

  /** [tokens, c] -> [h, w, c]; a grid stays as it is. */
  toGrid(x: Value): Value {
    if (x.shape.length === 3) return x;
    if (x.grid === undefined) throw new Error(`${x.node} never was a grid`);
    const shape = [...x.grid, channels(x)];
    return this.add({ op: 'reshape', shape }, [x], shape);
  }

  /** A sequence and, if it is a text's, its mask. */
  private masked(x: Value): Value[] {
    return this.mask === undefined || x.shape.length !== 2 ? [x] : [x, this.mask];
  }

  private add(layer: Layer, inputs: readonly Value[], shape: readonly number[]): Value {
    const key = `${this.prefix}.${layer.op}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    const name = `${key}${count}`;
    const sources = inputs.length === 1 ? [inputs[0].node] : inputs.map((i) => i.node);
    const { label } = this;
    const place = label === undefined ? { name, inputs: sources } : { name, inputs: sources, block: label };
    // Not a spread, which takes twice as long: a search builds several graphs of dozens of nodes for each proposal.
    this.nodes.push(Object.assign(place, layer));
    const grid = shape.length === 2 ? inputs[0].grid : undefined;
    return grid === undefined ? { node: name, shape } : { node: name, shape, grid };
  }
}

/** Number of channels: the last axis. */
export function channels(x: Value): number {
  return x.shape[x.shape.length - 1];
}

function gridOf(x: Value): readonly number[] {
  if (x.shape.length !== 3) throw new Error(`${x.node} is no grid: [${x.shape.join(', ')}]`);
  return x.shape;
}
