/**
 * The layers that an exported model may hold beside tfjs's own. Importing this file (`import 'nas-distill/layers'`)
 * registers them, so that tf.loadLayersModel knows them.
 */
import { serialization } from '../engines/tf.js';
import { EntryLayer } from './EntryLayer.js';
import { activation } from './layers/activation.js';
import { attention } from './layers/attention.js';
import { classToken } from './layers/classToken.js';
import { conv2d } from './layers/conv2d.js';
import { depthwiseConv2d } from './layers/depthwiseConv2d.js';
import { embedding } from './layers/embedding.js';
import { globalAvgPool } from './layers/globalAvgPool.js';
import { globalMaxPool } from './layers/globalMaxPool.js';
import { gru } from './layers/gru.js';
import { layerScale } from './layers/layerScale.js';
import { lstm } from './layers/lstm.js';
import { positionEmbedding } from './layers/positionEmbedding.js';
import { resize } from './layers/resize.js';
import { takeToken } from './layers/takeToken.js';
import { tokenMask } from './layers/tokenMask.js';

type Config = serialization.ConfigDict;

export class HardSwish extends EntryLayer {
  static className = 'NasDistillHardSwish';
  constructor(config: Config) {
    super(activation, { op: 'activation', function: 'hard_swish' }, [], config);
  }
}

export class HardSigmoid extends EntryLayer {
  static className = 'NasDistillHardSigmoid';
  constructor(config: Config) {
    super(activation, { op: 'activation', function: 'hard_sigmoid' }, [], config);
  }
}

export class GroupedConv2d extends EntryLayer {
  static className = 'NasDistillGroupedConv2D';
  constructor(config: Config) {
    super(
      conv2d,
      { op: 'conv2d' },
      ['filters', 'kernel', 'stride', 'padding', 'useBias', 'dilation', 'groups'],
      config,
    );
  }
}

/** tfjs-layers' own forgets its dilation. */
export class DilatedDepthwiseConv2d extends EntryLayer {
  static className = 'NasDistillDilatedDepthwiseConv2D';
  constructor(config: Config) {
    super(depthwiseConv2d, { op: 'depthwise_conv2d' }, ['kernel', 'stride', 'padding', 'useBias', 'dilation'], config);
  }
}

export class Resize extends EntryLayer {
  static className = 'NasDistillResize';
  constructor(config: Config) {
    super(resize, { op: 'resize' }, ['height', 'width'], config);
  }
}

export class ClassToken extends EntryLayer {
  static className = 'NasDistillClassToken';
  constructor(config: Config) {
    super(classToken, { op: 'class_token' }, [], config);
  }
}

export class PositionEmbedding extends EntryLayer {
  static className = 'NasDistillPositionEmbedding';
  constructor(config: Config) {
    super(positionEmbedding, { op: 'position_embedding' }, [], config);
  }
}

export class SelfAttention extends EntryLayer {
  static className = 'NasDistillSelfAttention';
  constructor(config: Config) {
    super(attention, { op: 'attention' }, ['heads', 'headSize'], config);
  }
}

export class TakeToken extends EntryLayer {
  static className = 'NasDistillTakeToken';
  constructor(config: Config) {
    super(takeToken, { op: 'take_token' }, ['index'], config);
  }
}

export class LayerScale extends EntryLayer {
  static className = 'NasDistillLayerScale';
  constructor(config: Config) {
    super(layerScale, { op: 'layer_scale' }, ['init'], config);
  }
}

export class TokenEmbedding extends EntryLayer {
  static className = 'NasDistillTokenEmbedding';
  constructor(config: Config) {
    super(embedding, { op: 'embedding' }, ['vocabulary', 'width', 'unknown'], config);
  }
}

export class TokenMask extends EntryLayer {
  static className = 'NasDistillTokenMask';
  constructor(config: Config) {
    super(tokenMask, { op: 'token_mask' }, [], config);
  }
}

export class Lstm extends EntryLayer {
  static className = 'NasDistillLstm';
  constructor(config: Config) {
    super(lstm, { op: 'lstm' }, ['units', 'bidirectional'], config);
  }
}

export class Gru extends EntryLayer {
  static className = 'NasDistillGru';
  constructor(config: Config) {
    super(gru, { op: 'gru' }, ['units', 'bidirectional'], config);
  }
}

export class MaskedMean extends EntryLayer {
  static className = 'NasDistillMaskedMean';
  constructor(config: Config) {
    super(globalAvgPool, { op: 'global_avg_pool' }, [], config);
  }
}

export class MaskedMax extends EntryLayer {
  static className = 'NasDistillMaskedMax';
  constructor(config: Config) {
    super(globalMaxPool, { op: 'global_max_pool' }, [], config);
  }
}

/** All of them. */
export const customLayers = [
  HardSwish,
  HardSigmoid,
  GroupedConv2d,
  DilatedDepthwiseConv2d,
  Resize,
  ClassToken,
  PositionEmbedding,
  SelfAttention,
  TakeToken,
  LayerScale,
  TokenEmbedding,
  TokenMask,
  Lstm,
  Gru,
  MaskedMean,
  MaskedMax,
] as const;

for (const layer of customLayers) serialization.registerClass(layer);
