import type { LayerOp } from '../ModelSpec.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { attention } from './attention.js';
import { batchNorm } from './batchNorm.js';
import { classToken } from './classToken.js';
import { concat } from './concat.js';
import { conv1d } from './conv1d.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthwiseConv2d } from './depthwiseConv2d.js';
import { dropout } from './dropout.js';
import { dropPath } from './dropPath.js';
import { embedding } from './embedding.js';
import { globalAvgPool } from './globalAvgPool.js';
import { globalMaxPool } from './globalMaxPool.js';
import { gru } from './gru.js';
import type { LayerEntry } from './LayerEntry.js';
import { layerNorm } from './layerNorm.js';
import { layerScale } from './layerScale.js';
import { lstm } from './lstm.js';
import { multiply } from './multiply.js';
import { avgPool, maxPool } from './pool.js';
import { positionEmbedding } from './positionEmbedding.js';
import { reshape } from './reshape.js';
import { resize } from './resize.js';
import { takeToken } from './takeToken.js';
import { tokenMask } from './tokenMask.js';
import { transpose } from './transpose.js';

/** Every kind of layer. A new one is one file and one line here (and its options in ModelSpec). */
export const layers: Readonly<Record<LayerOp, LayerEntry>> = {
  conv2d,
  depthwise_conv2d: depthwiseConv2d,
  dense,
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  activation,
  add,
  multiply,
  concat,
  embedding,
  token_mask: tokenMask,
  conv1d,
  lstm,
  gru,
  global_avg_pool: globalAvgPool,
  global_max_pool: globalMaxPool,
  avg_pool: avgPool,
  max_pool: maxPool,
  reshape,
  transpose,
  resize,
  class_token: classToken,
  position_embedding: positionEmbedding,
  attention,
  take_token: takeToken,
  layer_scale: layerScale,
  dropout,
  drop_path: dropPath,
};
