import { layers } from '../models/layers/registry.js';
import type { NodeOf } from '../models/layers/LayerEntry.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { runLayers, sizeOf, type RunLayer } from './fusion.js';

/**
 * Version of what the features mean. A measured profile holds a time for each; one of other features cannot be read.
 * Raise it with every change below.
 */
export const featureVersion = 1;

/** Adds an amount of a feature: a count, or elements or multiply-accumulates of one kind of layer. */
export type AddFeature = (name: string, amount: number) => void;

/**
 * What a model's latency is made of: for each kind of layer how often it runs (dispatch), the values that it writes
 * (bandwidth), its multiply-accumulates as they are and as padded to vector registers, rows and tiles (compute). The latency is
 * a sum of these with a time for each, all of them non-negative: an additive roofline. Layers of one kind but of
 * another memory layout ([H, W, C] or [T, C]) are kinds of their own. The feature with the bare name of a layer counts it.
 */
export function addFeatures(spec: ModelSpec, add: AddFeature): void {
  add('run', 1);
  add('input', sizeOf(spec.input));
  for (const layer of runLayers(spec)) {
    if (!layer.free) addLayer(layer, add);
    else if (layer.node.op === 'activation' && layer.node.function !== 'linear') {
      add(`fused ${layer.node.function}`, 1);
      add(`fused ${layer.node.function}.out`, sizeOf(layer.output));
    }
  }
}

function addLayer(layer: RunLayer, add: AddFeature): void {
  const { node, inputs, output } = layer;
  switch (node.op) {
    case 'conv2d':
      return addConvolution(node, layer, add);
    case 'depthwise_conv2d':
      return addDepthwise(node, layer, add);
    case 'dense': {
      const out = sizeOf(output);
      const channels = inputs[0][inputs[0].length - 1];
      const kind = out === node.units ? 'dense' : 'dense of tokens';
      add(kind, 1);
      add(`${kind}.macs`, (out / node.units) * channels * up(node.units, 16));
      add(`${kind}.out`, out);
      add(`${kind}.weights`, channels * node.units);
      return;
    }
    case 'attention': {
      const [tokens, channels] = inputs[0];
      const inner = node.heads * (node.headSize ?? channels / node.heads);
      add('attention', 1);
      add('attention.projections', 4 * tokens * channels * up(inner, 16));
      add('attention.products', 2 * inner * tokens * up(tokens, 16));
      add('attention.softmax', node.heads * tokens * tokens);
      add('attention.out', tokens * inner);
      add('attention.weights', 4 * channels * inner);
      return;
    }
    case 'activation':
      return addPlain(`${node.function} of rank ${output.length}`, layer, add);
    case 'layer_norm':
      add(`layer_norm of rank ${output.length}.rows`, sizeOf(output) / output[output.length - 1]);
      return addPlain(`layer_norm of rank ${output.length}`, layer, add);
    case 'add':
    case 'multiply':
      return addPlain(`${node.op} of rank ${output.length}`, layer, add);
    case 'global_avg_pool':
    case 'avg_pool':
    case 'max_pool':
      add(node.op, 1);
      add(`${node.op}.in`, sizeOf(inputs[0]));
      return;
    case 'lstm':
    case 'gru':
      add(`${node.op}.steps`, inputs[0][0]);
      return addPlain(node.op, layer, add);
    default:
      return addPlain(node.op, layer, add);
  }
}

/** Any layer: how often, what it writes and, if it has them, its multiply-accumulates and its weights. */
function addPlain(kind: string, { node, inputs, output }: RunLayer, add: AddFeature): void {
  const entry = layers[node.op];
  add(kind, 1);
  add(`${kind}.out`, sizeOf(output));
  if (entry.macs) {
    add(`${kind}.macs`, entry.macs(node, inputs, output));
    const weights = entry.params?.(node, inputs) ?? [];
    add(
      `${kind}.weights`,
      weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    );
  }
}

/**
 * Runtimes compute convolutions in tiles: vectors of 8 or 16 channels, blocks of up to 64 filters, about 6 positions of a row
 * at a time. What does not fill a tile costs as much as what does.
 */
function addConvolution(node: NodeOf<'conv2d'>, { inputs, output }: RunLayer, addWhole: AddFeature): void {
  // Groups are convolutions of their own, one after the other, in one kernel.
  const { groups = 1 } = node;
  const add: AddFeature = (name, amount) => addWhole(name, amount * groups);
  const channels = inputs[0][2] / groups;
  const [height, width] = output;
  const filters = output[2] / groups;
  const window = node.kernel ** 2;
  const kind =
    node.kernel === 1 ? (node.stride === 1 ? 'conv 1x1' : 'conv 1x1 strided') : channels < 8 ? 'conv of image' : 'conv';
  const values = height * width * filters;
  addWhole(kind, 1);
  add(`${kind}.macs`, height * width * up(channels, 8) * up(filters, 16) * window);
  add(`${kind}.out`, values);
  add(`${kind}.weights`, up(channels, 8) * up(filters, 16) * window);
  add(`${kind}.rows`, (height * filters * up(channels, 8) * node.kernel) / 256);
  const family = node.kernel === 1 ? 'convs 1x1' : 'convs';
  add(`${family}.macs`, values * channels * window);
  add(`${family}.rows`, ((height * up(filters, 64) * up(channels, 16)) / 1024) * window);
  add(`${family}.tiles`, up(filters, 64) * height * up(width, 6) * channels * window);
  if (node.stride > 1) add(`${family}.strided`, height * width * up(filters, 16) * channels * window);
  if (filters % 16 !== 0) {
    addWhole('repack', 1);
    add('repack.out', values);
  }
}

function addDepthwise(node: NodeOf<'depthwise_conv2d'>, { output }: RunLayer, add: AddFeature): void {
  const [height, width, channels] = output;
  const padded = up(channels, 16);
  add('depthwise conv', 1);
  add('depthwise conv.macs', height * width * padded * node.kernel ** 2);
  add('depthwise conv.out', height * width * padded);
  add('depthwise conv.rows', (height * padded * node.kernel) / 16);
  add('depthwise conv.tiles', height * up(width, 6) * padded * node.kernel ** 2);
  if (node.stride > 1) add('depthwise conv.strided', height * width * padded * node.kernel ** 2);
}

function up(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}
