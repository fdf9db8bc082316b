import type { Rng } from '../core/rng.js';
import type { HostTensor, HostTensors } from '../engines/Engine.js';
import { inferShapes } from '../models/inferShapes.js';
import type { ModelSpec, NodeSpec } from '../models/ModelSpec.js';
import { initialise } from '../models/parameters.js';
import { blockName, blocksOf, type Block } from './blocksOf.js';
import { isEven, isIdentity, joined, widthMap, type ChannelMap } from './ChannelMap.js';
import { copyTensor, type Axis } from './copyTensor.js';

/** What a candidate begins with. */
export interface Inherited {
  /** All of its values: weights and statistics. */
  readonly values: HostTensors;
  /** Share of them that came from the relative. */
  readonly share: number;
  /** Whether it computes what the relative does, apart from the noise on repeated channels. */
  readonly preserving: boolean;
}

/** Axes of the tensors of each layer that is widened by channel; the others are copied where they overlap. */
const axes: Partial<Record<NodeSpec['op'], Readonly<Record<string, readonly Axis[]>>>> = {
  conv2d: { kernel: ['centre', 'centre', 'in', 'out'], bias: ['out'] },
  conv1d: { kernel: ['centre', 'in', 'out'], bias: ['out'] },
  depthwise_conv2d: { kernel: ['centre', 'centre', 'out', 'slice'], bias: ['out'] },
  dense: { kernel: ['in', 'out'], bias: ['out'] },
  batch_norm: { gamma: ['out'], beta: ['out'], moving_mean: ['out'], moving_variance: ['out'] },
  layer_norm: { gamma: ['out'], beta: ['out'] },
  layer_scale: { scale: ['out'] },
  position_embedding: { table: ['slice', 'out'], embedding: ['slice', 'out'] },
  embedding: { table: ['slice', 'out'] },
};
/** Of filters in groups, which read no channel but their group's: as they are, where they overlap. */
const groupedAxes: readonly Axis[] = ['centre', 'centre', 'slice', 'slice'];
/** Layers with a width of their own; all others have their first input's channels. */
const mapped: readonly string[] = ['conv2d', 'conv1d', 'dense', 'embedding'];
/** Layers over all channels at once: they compute the same only if no channel is there twice. */
const mixed: readonly string[] = [
  'attention',
  'lstm',
  'gru',
  'class_token',
  'reshape',
  'transpose',
  'position_embedding',
];

/**
 * A candidate's first values from those of a relative: blocks of the same name and form are inherited, wider (channels
 * repeated, their readers' weights shared out: Net2WiderNet) or narrower (the first channels), kernels from their middle; a
 * block that is new and has a shortcut begins as the identity (Net2DeeperNet by a last scale of zero); everything else
 * begins anew. Departs from arXiv:1511.05641 in repeating channels in turn instead of at random, as both sides of a shortcut
 * must agree.
 * @param rng first values of what is new, shares and noise; undefined noise for exact copies
 */
export function inheritWeights(
  child: ModelSpec,
  parent: { readonly spec: ModelSpec; readonly values: HostTensors },
  rng: Rng,
  noisy = true,
): Inherited {
  const fresh = initialise(child, rng.fork('weights'));
  const values: Record<string, HostTensor> = { ...fresh.trainable, ...fresh.statistics };
  const [own, theirs] = [blocksOf(child), blocksOf(parent.spec)];
  const shapes = { own: inferShapes(child), theirs: inferShapes(parent.spec) };
  const parentNodes = new Map(parent.spec.nodes.map((node) => [node.name, node]));
  const ownNodes = new Map(child.nodes.map((node) => [node.name, node]));
  const maps = new Map<string, ChannelMap>();
  const [inputChannels] = child.input.slice(-1);
  maps.set('input', widthMap(inputChannels, inputChannels, rng));
  let inherited = 0;
  let preserving = same(child.input, parent.spec.input);
  const lose = () => (preserving = false);
  for (const block of theirs.values()) {
    if (!own.has(block.name) && block.nodes.some((node) => paramsOf(parent.values, node).length > 0)) lose();
  }
  const width = (side: 'own' | 'theirs', name: string) => shapes[side].get(name)?.at(-1) ?? 0;

  for (const block of own.values()) {
    const relative = theirs.get(block.name);
    if (relative?.form !== block.form) {
      if (relative !== undefined || !beginAsIdentity(block, ownNodes, values, maps)) lose();
      continue;
    }
    for (const node of block.nodes) {
      const before = parentNodes.get(node.name);
      if (before === undefined) continue;
      if (!computesAlike(before, node)) lose();
      const input = maps.get(node.inputs[0]);
      const hasOwn = mapped.includes(node.op);
      let output = hasOwn ? widthMap(width('theirs', node.name), width('own', node.name), rng) : input;
      if (node.op === 'concat') {
        const sizes = node.inputs.map((name, i) => ({
          own: width('own', name),
          from: width('theirs', before.inputs[i]),
        }));
        output = joined(node.inputs.map((name) => maps.get(name)), sizes); // prettier-ignore
      }
      if (output !== undefined) maps.set(node.name, output);
      if (
        !carriesOver(node, input, output) ||
        !agree(
          node.inputs.map((name) => maps.get(name)),
          node,
        )
      )
        lose();
      for (const name of paramsOf(values, node)) {
        const source = Object.hasOwn(parent.values, name) ? parent.values[name] : undefined;
        if (source === undefined || source.shape.length !== values[name].shape.length) {
          lose();
          continue;
        }
        const slices = source.shape.map((): Axis => 'slice');
        const part = name.slice(node.name.length + 1);
        const known = isGrouped(node) && part === 'kernel' ? groupedAxes : (axes[node.op]?.[part] ?? slices);
        const copied = copyTensor({
          fresh: values[name],
          parent: source,
          axes: known,
          input,
          output,
          rng: noisy ? rng.fork(`noise/${name}`) : undefined,
        });
        values[name] = copied.tensor;
        inherited += copied.inherited;
      }
    }
  }
  const total = Object.values(values).reduce((sum, { data }) => sum + data.length, 0);
  return { values, share: total === 0 ? 0 : inherited / total, preserving };
}

/** Whether a layer's result is the relative's, channel by channel, given that of its input. */
function carriesOver(node: NodeSpec, input: ChannelMap | undefined, output: ChannelMap | undefined): boolean {
  if (node.op === 'token_mask') return true;
  if (output === undefined) return false;
  if (node.op !== 'embedding' && input === undefined) return false;
  if (output.source.length < output.from || output.source.includes(-1)) return false;
  if (node.op === 'layer_norm') return isEven(output);
  if (isGrouped(node)) return input !== undefined && isIdentity(input) && isIdentity(output);
  return !mixed.includes(node.op) || isIdentity(output);
}

function isGrouped(node: NodeSpec): boolean {
  return node.op === 'conv2d' && (node.groups ?? 1) > 1;
}

/** Whether the sides of a sum or product have the same channels in the same places. */
function agree(inputs: readonly (ChannelMap | undefined)[], { op }: NodeSpec): boolean {
  if (op !== 'add' && op !== 'multiply') return true;
  return inputs.every((map) => map !== undefined && same([...map.source], [...(inputs[0]?.source ?? [])]));
}

/** Whether two nodes of one name do the same but for their widths; a larger kernel may be a smaller one among zeros. */
function computesAlike(before: NodeSpec, now: NodeSpec): boolean {
  const plain = (node: NodeSpec) =>
    JSON.stringify({ ...node, block: 0, inputs: 0, filters: 0, units: 0, kernel: 0, name: 0 });
  if (now.op === 'lstm' || now.op === 'gru') return JSON.stringify(before) === JSON.stringify(now);
  const kernels = 'kernel' in before && 'kernel' in now && now.kernel < before.kernel;
  const sizes = 'shape' in before && 'shape' in now;
  return !kernels && (sizes || plain(before) === plain(now));
}

function paramsOf(values: HostTensors, node: NodeSpec): string[] {
  return Object.keys(values).filter((name) => name.slice(0, name.lastIndexOf('/')) === node.name);
}

/**
 * Makes a new block compute its own input, where it is a sum of that and branches: their last scale becomes zero, which training
 * may move. True if it did; the block's output then has its input's channels.
 */
function beginAsIdentity(
  block: Block,
  all: ReadonlyMap<string, NodeSpec>,
  values: Record<string, HostTensor>,
  maps: Map<string, ChannelMap>,
): boolean {
  const nodes = new Map(block.nodes.map((node) => [node.name, node]));
  const outside = block.nodes.flatMap(({ inputs }) => inputs.filter((name) => blockName(name) !== block.name));
  const [entry] = outside;
  const map = maps.get(entry);
  if (map === undefined || outside.some((name) => name !== entry)) return false;
  const alike = new Set([entry]);
  const rectified = (node: NodeSpec | undefined) =>
    node?.op === 'activation' && (node.function === 'relu' || node.function === 'relu6') ? node.function : undefined;
  for (const node of block.nodes) {
    // What was rectified in the same way before passes unchanged.
    const again = rectified(node) !== undefined && rectified(node) === rectified(all.get(entry));
    if (again && alike.has(node.inputs[0])) alike.add(node.name);
    if (node.op !== 'add' || node.inputs.length !== 2) continue;
    const branch = node.inputs.find((name) => !alike.has(name));
    if (branch === undefined || !node.inputs.some((name) => alike.has(name))) continue;
    let last = nodes.get(branch);
    while (last !== undefined && paramsOf(values, last).length === 0) last = nodes.get(last.inputs[0]);
    if (last === undefined) continue;
    const scales = paramsOf(values, last).filter((name) => !/moving_/.test(name));
    for (const name of scales) values[name] = { ...values[name], data: new Float32Array(values[name].data.length) };
    alike.add(node.name);
  }
  const end = block.nodes[block.nodes.length - 1].name;
  if (!alike.has(end)) return false;
  maps.set(end, map);
  return true;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
