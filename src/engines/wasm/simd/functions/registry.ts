import { addFilterGradient, packPlanes } from './filterGradient.js';
import * as columns from './columns.js';
import * as elementwise from './elementwise.js';
import { multiply, pack } from './product.js';
import { addDepthwiseGradient, copyRows, maxPoolGradient } from './windows.js';

/** Everything that the module exports. */
export const functions = {
  ...columns,
  ...elementwise,
  pack,
  multiply,
  packPlanes,
  addFilterGradient,
  maxPoolGradient,
  copyRows,
  addDepthwiseGradient,
};
