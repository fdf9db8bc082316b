import type { BlockEntry } from './BlockEntry.js';
import { attention } from './attention.js';
import { bigru } from './bigru.js';
import { bilstm } from './bilstm.js';
import { conv } from './conv.js';
import { convnext } from './convnext.js';
import { embedding } from './embedding.js';
import { fusedMbconv } from './fusedMbconv.js';
import { identity } from './identity.js';
import { invertedResidual } from './invertedResidual.js';
import { patches } from './patches.js';
import { resnetBasic } from './resnetBasic.js';
import { resnetBottleneck } from './resnetBottleneck.js';
import { resnext } from './resnext.js';
import { separable } from './separable.js';
import { textCnn } from './textCnn.js';
import { textConv } from './textConv.js';
import { textTransformer } from './textTransformer.js';
import { vit } from './vit.js';

/** Every block that a space may name. A new block is one file and one line here. */
export const blocks = {
  conv,
  separable,
  inverted_residual: invertedResidual,
  fused_mbconv: fusedMbconv,
  resnet_basic: resnetBasic,
  resnet_bottleneck: resnetBottleneck,
  resnext,
  convnext,
  attention,
  vit,
  patches,
  identity,
  embedding,
  bilstm,
  bigru,
  text_cnn: textCnn,
  text_conv: textConv,
  text_transformer: textTransformer,
} satisfies Record<string, BlockEntry>;
export type BlockName = keyof typeof blocks;

export function isBlockName(name: unknown): name is BlockName {
  return typeof name === 'string' && Object.hasOwn(blocks, name);
}
