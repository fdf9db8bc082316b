import { createHash } from 'node:crypto';
import { bindingPatches, bindingSource } from './bindingSource.js';
import { api } from './kernels/api.js';
import { batchNorm } from './kernels/batchNorm.js';
import { depthwise } from './kernels/depthwise.js';
import { elementwise } from './kernels/elementwise.js';
import { gates } from './kernels/gates.js';
import { lists } from './kernels/lists.js';
import { normed } from './kernels/normed.js';
import { normedConvolutions } from './kernels/normedConvolutions.js';
import { norms } from './kernels/norms.js';
import { pooling } from './kernels/pooling.js';
import { products } from './kernels/products.js';
import { registration } from './kernels/registration.js';
import { scaled } from './kernels/scaled.js';

/**
 * TensorFlow operators of our own, for the CPU, where TensorFlow's are slow or many: in an eager step each operator costs some
 * 15 microseconds beside its work, so that a layer that is one is worth as much as a faster one. Through the C API for kernels,
 * which TensorFlow keeps stable. Loops over channels are written so that compilers vectorise them, for three generations of x86
 * at once.
 */
export const kernelsSource = [
  api,
  elementwise,
  pooling,
  norms,
  lists,
  products,
  normed,
  depthwise,
  batchNorm,
  gates,
  normedConvolutions,
  scaled,
  registration,
].join('');

/** Tells which operators and which binding an installed engine was compiled with. */
export const operatorsDigest = createHash('sha256')
  .update(kernelsSource)
  .update(bindingSource)
  .update(JSON.stringify(bindingPatches))
  .digest('hex')
  .slice(0, 16);
