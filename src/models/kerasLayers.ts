import { layers as keras, type SymbolicTensor } from '../engines/layers.js';
import {
  ClassToken,
  DilatedDepthwiseConv2d,
  GroupedConv2d,
  Gru,
  HardSigmoid,
  HardSwish,
  LayerScale,
  Lstm,
  MaskedMax,
  MaskedMean,
  PositionEmbedding,
  Resize,
  SelfAttention,
  TakeToken,
  TokenEmbedding,
  TokenMask,
} from './customLayers.js';
import { batchNormEpsilon, batchNormMomentum } from './layers/batchNorm.js';
import { layerNormEpsilon } from './layers/layerNorm.js';
import type { NodeOf, Shape } from './layers/LayerEntry.js';
import type { LayerOp, NodeSpec } from './ModelSpec.js';

type KerasLayer = InstanceType<typeof keras.Layer>;
export type BuiltLayer = { readonly layer: KerasLayer; readonly output: SymbolicTensor };
type Build<Node extends NodeSpec> = {
  build(node: Node, inputs: SymbolicTensor[], shapes: { input: Shape; output: Shape }): BuiltLayer;
}['build'];

// Zeros: the values are set right after, and drawing random ones would only cost time.
const zero = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

function one(layer: KerasLayer, inputs: SymbolicTensor[]): BuiltLayer {
  const output = layer.apply(inputs.length === 1 ? inputs[0] : inputs);
  return { layer, output: output as SymbolicTensor };
}

function pooling(
  Layer: typeof keras.averagePooling2d | typeof keras.maxPooling2d,
): Build<NodeOf<'avg_pool' | 'max_pool'>> {
  return ({ name, size, stride, padding }, inputs) =>
    one(Layer({ name, poolSize: size, strides: stride, padding }), inputs);
}

function recurrent(Layer: typeof Lstm | typeof Gru): Build<NodeOf<'lstm' | 'gru'>> {
  return ({ name, units, bidirectional }, inputs) => one(new Layer({ name, units, bidirectional }), inputs);
}

function activationLayer({ name, function: fn }: NodeOf<'activation'>): KerasLayer {
  switch (fn) {
    case 'hard_swish':
      return new HardSwish({ name });
    case 'hard_sigmoid':
      return new HardSigmoid({ name });
    case 'silu':
      return keras.activation({ name, activation: 'swish' });
    default:
      return keras.activation({ name, activation: fn });
  }
}

/** How each layer is written in tfjs-layers: its own layer where that computes the same, else one of ours. */
export const kerasLayers = {
  conv2d: ({ name, filters, kernel, stride, padding, useBias, dilation = 1, groups = 1 }, inputs) => {
    // tfjs-layers has no groups.
    if (groups > 1) {
      const config = { name, filters, kernel, stride, padding, useBias, dilation, groups };
      return one(new GroupedConv2d(config), inputs);
    }
    const dilated = dilation > 1 ? { dilationRate: dilation } : {};
    return one(
      keras.conv2d({ name, filters, kernelSize: kernel, strides: stride, padding, useBias, ...dilated, ...zero }),
      inputs,
    );
  },
  depthwise_conv2d: ({ name, kernel, stride, padding, useBias, dilation = 1 }, inputs) => {
    if (dilation > 1) {
      return one(new DilatedDepthwiseConv2d({ name, kernel, stride, padding, useBias, dilation }), inputs);
    }
    const zeros = { depthwiseInitializer: 'zeros', biasInitializer: 'zeros' } as const;
    return one(
      keras.depthwiseConv2d({ name, kernelSize: kernel, strides: stride, padding, useBias, ...zeros }),
      inputs,
    );
  },
  dense: ({ name, units, useBias }, inputs) => one(keras.dense({ name, units, useBias, ...zero }), inputs),
  batch_norm: ({ name, momentum = batchNormMomentum, epsilon = batchNormEpsilon }, inputs) =>
    one(keras.batchNormalization({ name, momentum, epsilon }), inputs),
  layer_norm: ({ name, epsilon = layerNormEpsilon }, inputs) =>
    one(keras.layerNormalization({ name, epsilon }), inputs),
  activation: (node, inputs) => one(activationLayer(node), inputs),
  add: ({ name }, inputs) => one(keras.add({ name }), inputs),
  multiply: ({ name }, inputs) => one(keras.multiply({ name }), inputs),
  concat: ({ name }, inputs) => one(keras.concatenate({ name, axis: -1 }), inputs),
  embedding: ({ name, vocabulary, width, unknown }, inputs) =>
    one(new TokenEmbedding({ name, vocabulary, width, ...(unknown === undefined ? {} : { unknown }) }), inputs),
  token_mask: ({ name }, inputs) => one(new TokenMask({ name }), inputs),
  conv1d: ({ name, filters, kernel, useBias }, inputs) =>
    one(keras.conv1d({ name, filters, kernelSize: kernel, padding: 'same', useBias, ...zero }), inputs),
  lstm: recurrent(Lstm),
  gru: recurrent(Gru),
  global_max_pool: ({ name }, inputs) =>
    one(inputs.length > 1 ? new MaskedMax({ name }) : keras.globalMaxPooling1d({ name }), inputs),
  global_avg_pool: ({ name, keepDims }, inputs, { input, output }) => {
    if (inputs.length > 1) return one(new MaskedMean({ name }), inputs);
    const args = { name: keepDims ? `${name}_mean` : name };
    const mean = one(
      input.length === 3
        ? keras.globalAveragePooling2d({ ...args, dataFormat: 'channelsLast' })
        : keras.globalAveragePooling1d(args),
      inputs,
    );
    return keepDims ? one(keras.reshape({ name, targetShape: [...output] }), [mean.output]) : mean;
  },
  avg_pool: pooling(keras.averagePooling2d),
  max_pool: pooling(keras.maxPooling2d),
  reshape: ({ name, shape }, inputs) => one(keras.reshape({ name, targetShape: [...shape] }), inputs),
  transpose: ({ name }, inputs) => one(keras.permute({ name, dims: [2, 1] }), inputs),
  resize: ({ name, height, width }, inputs) => one(new Resize({ name, height, width }), inputs),
  class_token: ({ name }, inputs) => one(new ClassToken({ name }), inputs),
  position_embedding: ({ name }, inputs) => one(new PositionEmbedding({ name }), inputs),
  attention: ({ name, heads, headSize }, inputs) =>
    one(new SelfAttention(headSize === undefined ? { name, heads } : { name, heads, headSize }), inputs),
  take_token: ({ name, index }, inputs) => one(new TakeToken({ name, index }), inputs),
  layer_scale: ({ name, init }, inputs) => one(new LayerScale({ name, init }), inputs),
  dropout: ({ name, rate }, inputs) => one(keras.dropout({ name, rate }), inputs),
  // Stochastic depth is dropout with one number for each sample; null, which the typing forgot, stands for the batch.
  drop_path: ({ name, rate }, inputs, { output }) =>
    one(keras.dropout({ name, rate, noiseShape: [null, ...output.map(() => 1)] as number[] }), inputs),
} as const satisfies { [Op in LayerOp]: Build<NodeOf<Op>> };
