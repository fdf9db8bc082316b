import { join } from 'node:path';
import { exported } from './exported.js';

/** The input of an exported student: its name, what a batch is called, and the lines that make one. */
export interface UsedInput {
  readonly name: string;
  readonly batch: string;
  readonly python: readonly string[];
}

/** Lines of code that load an exported student. @param customLayers whether it holds layers of nas-distill/layers */
export function usage(dir: string, customLayers: boolean, input: UsedInput): string[] {
  const onnx = JSON.stringify(join(dir, exported.onnx));
  return [
    '# Python',
    ...input.python,
    `session = onnxruntime.InferenceSession(${onnx})`,
    `logits, = session.run(["logits"], {"${input.name}": ${input.batch}})`,
    '// JavaScript: onnxruntime-node',
    `const session = await ort.InferenceSession.create(${onnx});`,
    '// JavaScript: TF.js, the folder served over HTTP',
    ...(customLayers ? ["import 'nas-distill/layers';"] : []),
    `const model = await tf.loadLayersModel('${exported.model}');`,
  ];
}
