// The one door to TensorFlow.js's GraphModel loader.
export { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
