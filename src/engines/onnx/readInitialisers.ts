import { readFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';
import { NasDistillError, messageOf } from '../../core/errors.js';

/**
 * The bytes of every initialiser of an ONNX file written by exportOnnx, by name.
 * @throws NasDistillError VERIFICATION if the file cannot be read as a model
 */
export function readInitialisers(path: string): Map<string, number> {
  try {
    const { graph } = onnxProto.onnx.ModelProto.decode(readFileSync(path));
    return new Map((graph?.initializer ?? []).map(({ name, rawData }) => [name ?? '', rawData?.length ?? 0]));
  } catch (error) {
    throw new NasDistillError('VERIFICATION', `${path}: not an ONNX model: ${messageOf(error)}`, { cause: error });
  }
}
