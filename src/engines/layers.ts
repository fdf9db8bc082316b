// The one door to tfjs-layers. Only for export and import of models in its format: models are trained as plain functions.
export * from '@tensorflow/tfjs-layers';
