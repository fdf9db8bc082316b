import type { StoredTensor } from '../../StoredTensor.js';
import type { OnnxGraph } from './OnnxGraph.js';

/** TensorProto.DataType.FLOAT, as Cast wants it. */
const float = 1;

/** Names of the initialisers that hold a weight of this format, without their values. */
export function initialiserNames(name: string, format: StoredTensor['format']): string[] {
  return format === 'uint8' ? [name, `${name}/scale`, `${name}/zero_point`] : [name];
}

/**
 * Adds a weight as named initialisers and returns the tensor that holds its float32 values. uint8 is written out as
 * (weight - zero_point) * scale and not as DequantizeLinear: onnxruntime turns that, before a MatMul, into MatMulNBits,
 * which rounds the *activations* to 8 bits too (logits off by 5e-3, differently on every CPU). The plain form is exact
 * everywhere, and folded when the file is loaded, so that it costs nothing when it runs.
 */
export function storedWeight(graph: OnnxGraph, name: string, stored: StoredTensor): string {
  const { format, shape, data } = stored;
  const weight = graph.constant(format, shape, data, name);
  switch (format) {
    case 'float32':
      return weight;
    case 'float16':
      return graph.op('Cast', [weight], { to: float });
    case 'uint8': {
      const [, scaleName, zeroName] = initialiserNames(name, format);
      const scale = graph.constant('float32', [], [stored.scale], scaleName);
      const zero = graph.constant('uint8', [], [stored.zeroPoint], zeroName);
      const levels = graph.op('Cast', [weight], { to: float });
      return graph.op('Mul', [graph.op('Sub', [levels, graph.op('Cast', [zero], { to: float })]), scale]);
    }
  }
}
