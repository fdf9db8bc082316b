import { join } from 'node:path';
import { exported } from './exported.js';

/** Lines of code that load an exported student. @param customLayers whether it holds layers of nas-distill/layers */
export function usage(dir: string, customLayers: boolean): string[] {
  const onnx = JSON.stringify(join(dir, exported.onnx));
  return [
    '# Python',
    `session = onnxruntime.InferenceSession(${onnx})`,
    'logits, = session.run(["logits"], {"image": images})',
    '// JavaScript: onnxruntime-node',
    `const session = await ort.InferenceSession.create(${onnx});`,
    '// JavaScript: TF.js, the folder served over HTTP',
    ...(customLayers ? ["import 'nas-distill/layers';"] : []),
    `const model = await tf.loadLayersModel('${exported.model}');`,
  ];
}
