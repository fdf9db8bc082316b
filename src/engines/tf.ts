// The one door to TensorFlow.js: all numerics are written once in these ops and run by any engine.
export * from '@tensorflow/tfjs-core';
