import { inferShapes, inputShapes } from '../models/inferShapes.js';
import type { Shape } from '../models/layers/LayerEntry.js';
import type { ModelSpec, NodeSpec } from '../models/ModelSpec.js';

/** A layer of a model as a runtime sees it: what it reads, what it writes, and whether it is part of the layer before. */
export interface RunLayer {
  readonly node: NodeSpec;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Done by the kernel that writes its input, or not at all: no pass over memory of its own. */
  readonly free: boolean;
}

const convolutions = new Set<string>(['conv2d', 'depthwise_conv2d', 'conv1d']);
/** Activations that runtimes apply inside the kernel before. */
const fusable = new Set<string>(['relu', 'relu6', 'sigmoid', 'hard_sigmoid', 'tanh']);
/** What inference leaves out, or what only names the same memory anew. */
const absent = new Set<string>(['dropout', 'drop_path', 'reshape']);

/**
 * The layers in order. Batch norm is folded into a convolution before it, if nothing else reads that; simple activations
 * run inside it, as in onnxruntime, TFLite, Core ML and TensorRT alike.
 */
export function runLayers(spec: ModelSpec): RunLayer[] {
  const shapes = inferShapes(spec);
  const nodes = new Map(spec.nodes.map((node) => [node.name, node]));
  const readers = new Map<string, number>();
  for (const node of spec.nodes) for (const name of node.inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const ofConvolution = new Set<string>();
  return spec.nodes.map((node) => {
    const [from] = node.inputs;
    const before = nodes.get(from);
    const afterConvolution =
      before !== undefined && readers.get(from) === 1 && (convolutions.has(before.op) || ofConvolution.has(from));
    const folded = node.op === 'batch_norm' && afterConvolution && before.op !== 'activation';
    const inside =
      node.op === 'activation' && (node.function === 'linear' || (afterConvolution && fusable.has(node.function)));
    if (folded) ofConvolution.add(node.name);
    return {
      node,
      inputs: inputShapes(node, shapes),
      output: shapes.get(node.name) ?? [],
      free: folded || inside || absent.has(node.op),
    };
  });
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}
