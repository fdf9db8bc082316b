/** Files of an exported student, below its directory. */
export const exported = {
  model: 'model.json',
  weights: 'weights.bin',
  onnx: 'model.onnx',
  card: 'MODEL_CARD.md',
  facts: 'model-card.json',
  study: 'study.json',
} as const;

/** The files that are the model. */
export const modelFiles = [exported.model, exported.weights, exported.onnx] as const;
