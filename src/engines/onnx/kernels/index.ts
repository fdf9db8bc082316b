import { activationKernels } from './activations.js';
import { batchNormKernels } from './batchNorm.js';
import { binaryKernels } from './binary.js';
import { constantKernels } from './constants.js';
import { convolutionKernels } from './convolution.js';
import { depthwiseKernels } from './depthwise.js';
import { geluKernels } from './gelu.js';
import { hardSwishKernels } from './hardSwish.js';
import { indexingKernels } from './indexing.js';
import { layerNormKernels } from './layerNorm.js';
import { matmulKernels } from './matmul.js';
import { normalisationKernels } from './normalisation.js';
import { pointNormKernels } from './pointNorm.js';
import { poolingKernels } from './pooling.js';
import { recurrentKernels } from './recurrent.js';
import { reductionKernels } from './reductions.js';
import { resizeKernels } from './resize.js';
import { shapeKernels } from './shapes.js';
import type { KernelTable } from './types.js';
import { unaryKernels } from './unary.js';

/** Every tfjs kernel that a step may use. A new kernel is one entry in its family's file. */
export const kernels: KernelTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...activationKernels,
  ...reductionKernels,
  ...shapeKernels,
  ...constantKernels,
  ...indexingKernels,
  ...matmulKernels,
  ...convolutionKernels,
  ...depthwiseKernels,
  ...poolingKernels,
  ...normalisationKernels,
  ...batchNormKernels,
  ...pointNormKernels,
  ...hardSwishKernels,
  ...geluKernels,
  ...layerNormKernels,
  ...resizeKernels,
  ...recurrentKernels,
};
