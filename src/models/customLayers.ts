/**
 * The layers that an exported model may hold beside tfjs's own. Importing this file (`import 'nas-distill/layers'`)
 * registers them, so that tf.loadLayersModel knows them.
 */
import { serialization } from '../engines/tf.js';
import { EntryLayer } from './EntryLayer.js';
import { activation } from './layers/activation.js';
import { attention } from './layers/attention.js';
import { classToken } from './layers/classToken.js';
import { layerScale } from './layers/layerScale.js';
import { positionEmbedding } from './layers/positionEmbedding.js';
import { resize } from './layers/resize.js';
import { takeToken } from './layers/takeToken.js';

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

/** All of them. */
export const customLayers = [
  HardSwish,
  HardSigmoid,
  Resize,
  ClassToken,
  PositionEmbedding,
  SelfAttention,
  TakeToken,
  LayerScale,
] as const;

for (const layer of customLayers) serialization.registerClass(layer);
