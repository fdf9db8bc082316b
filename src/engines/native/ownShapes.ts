// What the operators in install/kernels return, by their inputs' shapes: TensorFlow's C API does not let them say it themselves.
import { fusedKernels } from '../fusedLayers.js';
import { sizeOf } from '../hostTensors.js';
import type { OpAttribute } from './TensorflowBackend.js';

export type Shape = readonly number[];
/** All of them return float32. */
type Rule = (inputs: readonly Shape[], attributes: Attributes) => readonly Shape[];
interface Attributes {
  integer(name: string): number;
  integers(name: string): readonly number[];
}

const last = (shape: Shape): number => shape[shape.length - 1];
const withLast = (shape: Shape, size: number): Shape => [...shape.slice(0, -1), size];
/** The size of the summed axis of a weight, [.., C, N]. */
const rowsOf = (w: Shape): number => w[w.length - 2];

const rules: Readonly<Record<string, Rule>> = {
  [fusedKernels.hardSwish]: ([x]) => [x],
  [fusedKernels.hardSwishGrad]: ([, x]) => [x],
  [fusedKernels.gelu]: ([x]) => [x],
  [fusedKernels.geluGrad]: ([, x]) => [x],
  NasDistillMaxPool: ([x], attributes) => [slid(x, attributes)],
  NasDistillMaxPoolGrad: ([x]) => [x],
  [fusedKernels.layerNorm]: ([x]) => [x, x, [sizeOf(x) / last(x)]],
  [fusedKernels.layerNormGrad]: ([, xhat, gamma]) => [xhat, gamma, gamma],
  [fusedKernels.batchNorm]: ([x, gamma]) => [x, gamma, gamma],
  [fusedKernels.batchNormGrad]: ([, x, gamma]) => [x, gamma, gamma],
  [fusedKernels.scale]: ([x]) => [x],
  [fusedKernels.addBias]: ([x]) => [x],
  [fusedKernels.gate]: ([x]) => [x],
  [fusedKernels.gateGrad]: ([, x, gate]) => [x, gate],
  [fusedKernels.planeMean]: ([x]) => [[x[0], last(x)]],
  [fusedKernels.planeMeanGrad]: (_inputs, attributes) => [attributes.integers('shape')],
  [fusedKernels.dense]: ([x, w]) => [withLast(x, last(w))],
  [fusedKernels.denseGradInput]: ([dy, w]) => [withLast(dy, rowsOf(w))],
  [fusedKernels.denseGradWeights]: ([x, dy]) => [[last(x), last(dy)], [last(dy)]],
  NasDistillPointGradFilter: ([x, dy]) => [[1, 1, last(x), last(dy)]],
  [fusedKernels.attention]: ([q], attributes) => [q, [q[0], attributes.integer('heads'), q[1], q[1]]],
  [fusedKernels.attentionGrad]: ([, , q]) => [q, q, q],
  NasDistillDepthwise: ([x], attributes) => [slid(x, attributes)],
  NasDistillDepthwiseGradInput: ([dy], attributes) => [slid(dy, attributes)],
  NasDistillDepthwiseGradFilter: ([x], attributes) => [[...attributes.integers('window').slice(0, 2), last(x), 1]],
  [fusedKernels.adamW]: (inputs, attributes) => {
    const count = attributes.integer('N');
    return [...inputs.slice(0, count), inputs[2 * count], inputs[2 * count + 1]];
  },
  [fusedKernels.sgd]: (inputs, attributes) => {
    const count = attributes.integer('N');
    return [...inputs.slice(0, count), inputs[2 * count]];
  },
  [fusedKernels.clip]: (inputs) => [...inputs, []],
  [fusedKernels.average]: (inputs, attributes) => [inputs[attributes.integer('N')]],
};

/** A window over an image, [N, H, W, C]; the attribute's last two numbers are the result's height and width. */
function slid(image: Shape, attributes: Attributes): Shape {
  return [image[0], ...attributes.integers('window').slice(-2), last(image)];
}

/** The shapes that an operator of our own returns; undefined for one of TensorFlow's. */
export function ownShapes(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Shape[],
): readonly Shape[] | undefined {
  if (!Object.hasOwn(rules, name)) return undefined;
  const integers = (wanted: string): readonly number[] => {
    const value = attributes.find((attribute) => attribute.name === wanted)?.value;
    if (typeof value === 'number') return [value];
    if (typeof value === 'object') return value;
    throw new TypeError(`${name} has no integers ${wanted}`);
  };
  return rules[name](inputs, { integers, integer: (wanted) => integers(wanted)[0] });
}
