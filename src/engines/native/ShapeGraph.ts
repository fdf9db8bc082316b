import { NasDistillError } from '../../core/errors.js';
import { ownShapes } from './ownShapes.js';
import type { OpAttribute, OpResult, ShapesHandle, ShapeValue, TensorflowBinding } from './TensorflowBackend.js';

/**
 * Results for whose shapes TensorFlow's word is nothing worth: what batch norm keeps for its own gradient is as the device likes,
 * and two results of that gradient are fillers. Nothing else reads them.
 */
const opaqueResults: Readonly<Record<string, readonly number[]>> = {
  FusedBatchNormV3: [5],
  FusedBatchNormGradV3: [3, 4],
};

/** A value of the graph whose shape is known. */
type Known = ShapeValue & { readonly shape: number[] };

/**
 * Infers what operators return, without computing: TensorFlow's own from its shape functions, ours from `ownShapes`. Tensors are
 * known by their numbers; those that exist nowhere else have numbers below zero.
 */
export class ShapeGraph {
  readonly #graph: ShapesHandle;
  readonly #known = new Map<number, Known>();

  constructor(private readonly binding: TensorflowBinding) {
    this.#graph = binding.createShapes();
  }

  /** A tensor that does not exist, of this shape and type (a number of TensorFlow's). */
  add(shape: readonly number[], dtype: number): OpResult {
    return this.#named(known(this.binding.addShape(this.#graph, shape, dtype), 'a placeholder'));
  }

  /** A tensor that exists is what was inferred; its values are not to be looked at. */
  equate(id: number, inferred: OpResult): void {
    this.#known.set(id, this.#of(inferred.id));
  }

  /**
   * What `executeOp` would return, as tensors that do not exist. Inputs that were not added are constants.
   * @throws NasDistillError ENGINE_UNSUPPORTED where a shape depends on values that a step computes
   */
  infer(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): OpResult[] {
    const given = inputs.map((id) => this.#of(id));
    const own = ownShapes(name, attributes, given.map(({ shape }) => shape)); // prettier-ignore
    if (own !== undefined) {
      if (own.length !== outputs) throw new NasDistillError('INTERNAL', `${name} has ${own.length} outputs, ${outputs} are asked for`); // prettier-ignore
      return own.map((shape) => this.add(shape, this.binding.TF_FLOAT));
    }
    const numbers = given.map(({ id }) => id);
    return this.binding
      .inferOp(this.#graph, name, attributes, numbers, outputs)
      .map((value, i) => this.#named(isOpaque(name, i) ? { ...value, shape: [0] } : known(value, name)));
  }

  dispose(): void {
    this.binding.deleteShapes(this.#graph);
  }

  /** The backend takes -1 for a tensor that it has not handed over yet. */
  #named(value: Known): OpResult {
    const id = -2 - value.id;
    this.#known.set(id, value);
    return { id, shape: [...value.shape], dtype: value.dtype };
  }

  #of(id: number): Known {
    const former = this.#known.get(id);
    if (former !== undefined) return former;
    const constant = known(this.binding.addConstant(this.#graph, id), 'a constant');
    this.#known.set(id, constant);
    return constant;
  }
}

/** Whether the shape that is inferred for this result says nothing. */
export function isOpaque(name: string, output: number): boolean {
  return Object.hasOwn(opaqueResults, name) && opaqueResults[name].includes(output);
}

function known(value: ShapeValue, what: string): Known {
  if (value.shape !== null) return { ...value, shape: value.shape };
  throw new NasDistillError('ENGINE_UNSUPPORTED', `${what}: the shape of its result depends on values`, {
    hint: "A step's shapes must follow from its inputs' shapes.",
  });
}
