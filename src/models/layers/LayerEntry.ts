import type { z } from 'zod';
import type { Tensor } from '../../engines/tf.js';
import type { Initialiser } from '../Initialiser.js';
import type { LayerOp, NodeSpec } from '../ModelSpec.js';

export type Shape = readonly number[];
export type NodeOf<Op extends LayerOp> = Extract<NodeSpec, { readonly op: Op }>;

/** One stored tensor of a layer. Those that are not trainable are statistics (moving averages). */
export interface LayerParam {
  /** Within the layer, such as `kernel`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initialiser;
  readonly trainable: boolean;
}

/** What a layer sees of the model that it is applied in. */
export interface LayerContext {
  readonly training: boolean;
  /**
   * Shape []. Where it is there, the layer's statistics are measured anew: it computes as outside training, but normalises by the batch,
   * and its statistics become (1 - share) of their old values and share of the batch's.
   */
  readonly recalibrate?: Tensor;
  /** A stored tensor of this layer. */
  param(name: string): Tensor;
  /** This layer's feed of uniform numbers in [0, 1). */
  noise(): Tensor;
  /** Hands out the new value of a statistic. */
  setStatistic(name: string, value: Tensor): void;
  /** Hands out an inner tensor that a tap may name as `node/name`. */
  setExtra(name: string, value: Tensor): void;
}

/**
 * Everything that is known about one kind of layer. Shapes are without the batch; `inputs` are the shapes (or tensors)
 * of the node's inputs in order. A new layer is one file with such an entry and one line in the registry.
 */
export interface LayerEntry<Node extends NodeSpec = NodeSpec> {
  /** Checks the node as data. */
  readonly schema: z.ZodType<Node>;
  /** Output shape, or throws ShapeMismatch. */
  outputShape(node: Node, inputs: readonly Shape[]): Shape;
  /** Stored tensors; none if absent. */
  params?(node: Node, inputs: readonly Shape[]): LayerParam[];
  /** Multiply-accumulates of convolutions and matrix products for one sample; 0 if absent. */
  macs?(node: Node, inputs: readonly Shape[], output: Shape): number;
  /** Elements of temporaries alive at once inside the layer, beside its inputs and its output; 0 if absent. */
  workspace?(node: Node, inputs: readonly Shape[]): number;
  /** True if the output is the input's memory at inference (no new buffer). */
  readonly view?: boolean;
  /** Inner tensors handed out by setExtra, with their shapes. */
  extras?(node: Node, inputs: readonly Shape[]): Readonly<Record<string, Shape>>;
  /** Shape, without the batch, of the uniform noise that training needs; undefined: none. */
  noise?(node: Node, inputs: readonly Shape[]): Shape | undefined;
  /** Pure and traceable; inputs and output with the batch in front. */
  apply(node: Node, inputs: readonly Tensor[], context: LayerContext): Tensor;
}
