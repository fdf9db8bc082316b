// The one door to TensorFlow.js: all numerics are written once in these ops and run by any engine.
// The side effect of tfjs-layers is meant: in Node it is what registers the gradients of all ops (tfjs-core alone has none).
import '@tensorflow/tfjs-layers';
import './gradientFixes.js';

export * from '@tensorflow/tfjs-core';
// A named export goes before those of `export *`.
export {
  dropout,
  multinomial,
  rand,
  randomGamma,
  randomNormal,
  randomStandardNormal,
  randomUniform,
  randomUniformInt,
  truncatedNormal,
} from './randomOps.js';
