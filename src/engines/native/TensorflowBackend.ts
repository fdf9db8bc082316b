import { NasDistillError } from '../../core/errors.js';
import { findBackend, type DataType, type KernelBackend, type Tensor, type TensorInfo } from '../tf.js';

/** The name that tfjs-node gives its backend; its kernels are registered under it. */
export const tensorflowBackend = 'tensorflow';

/** One attribute of a TensorFlow operator, as the binding takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | string | boolean | readonly number[];
}

/** What an operator returned: the number of a tensor on TensorFlow's side, its shape, and TensorFlow's number for its type. */
export interface OpResult {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** A recorded step: see `install/planSource`. Tensors have places: the inputs' first, then the constants', then the results'. */
export interface PlanDescription {
  readonly operators: readonly {
    readonly name: string;
    readonly attributes: readonly OpAttribute[];
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    /** Places that nothing reads any more afterwards. */
    readonly released: readonly number[];
  }[];
  readonly places: number;
  readonly inputs: number;
  /** Numbers of tensors, of which the plan keeps its own reference. */
  readonly constants: readonly number[];
  readonly outputs: readonly number[];
}
/** A plan on the binding's side. */
export type PlanHandle = object;

/** A graph on the binding's side that is never run: it infers shapes; see `install/shapesSource`. */
export type ShapesHandle = object;
/** A value of such a graph; `shape` is null where it depends on values. */
export interface ShapeValue {
  readonly id: number;
  readonly shape: number[] | null;
  readonly dtype: number;
}

/** The compiled binding: TensorFlow's version and enumerations, and the calls that this folder uses itself. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  isUsingGpuDevice(): boolean;
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): OpResult[];
  /** The array is TensorFlow's from then on. */
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  /** A copy. */
  tensorDataSync(id: number): unknown;
  getNumOfTensors(): number;
  createPlan(description: PlanDescription): PlanHandle;
  /** @returns numbers of the outputs' tensors, which belong to the caller */
  runPlan(plan: PlanHandle, inputs: readonly number[]): number[];
  deletePlan(plan: PlanHandle): void;
  createShapes(): ShapesHandle;
  addShape(shapes: ShapesHandle, shape: readonly number[], dtype: number): ShapeValue;
  /** @param id of a tensor; the values of a small one are known to the graph */
  addConstant(shapes: ShapesHandle, id: number): ShapeValue;
  /** As `executeOp`, over values of the graph. */
  inferOp(
    shapes: ShapesHandle,
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): ShapeValue[];
  deleteShapes(shapes: ShapesHandle): void;
}

/** The part of tfjs-node's backend that is used here: any TensorFlow operator can be run by name. */
export interface TensorflowBackend extends KernelBackend {
  readonly binding: TensorflowBinding;
  /** A tensor of tfjs for one on TensorFlow's side, which is deleted with it. */
  createOutputTensor(result: OpResult): Tensor;
  /** Numbers of the tensors on TensorFlow's side. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    count: number,
  ): Tensor[];
  /** @returns the model's number in this process */
  loadSavedModelMetaGraph(path: string, tags: string): number;
  /** @param infos the inputs' tensors in the graph, and their types by TensorFlow's names */
  runSavedModel(
    id: number,
    inputs: readonly TensorInfo[],
    infos: readonly { readonly name: string; readonly tfDtype: string }[],
    outputs: readonly string[],
  ): Tensor[];
  deleteSavedModel(id: number): void;
}

/** The backend of this thread. @throws NasDistillError INTERNAL before the engine was opened */
export function tensorflow(): TensorflowBackend {
  const backend: unknown = findBackend(tensorflowBackend);
  if (!isTensorflow(backend)) throw new NasDistillError('INTERNAL', 'TensorFlow is not loaded in this thread');
  return backend;
}

function isTensorflow(backend: unknown): backend is TensorflowBackend {
  return typeof backend === 'object' && backend !== null && 'executeMultipleOutputs' in backend;
}

/** Attributes by TensorFlow's names. */
export const attribute = {
  float32: (name: string): OpAttribute => ({ name, type: binding().TF_ATTR_TYPE, value: binding().TF_FLOAT }),
  type: (name: string, dtype: DataType): OpAttribute => {
    const types: Partial<Record<DataType, number>> = { float32: binding().TF_FLOAT, int32: binding().TF_INT32, bool: binding().TF_BOOL }; // prettier-ignore
    const value = types[dtype];
    if (value === undefined)
      throw new NasDistillError('ENGINE_UNSUPPORTED', `tensors of type ${dtype} are not supported`);
    return { name, type: binding().TF_ATTR_TYPE, value };
  },
  float: (name: string, value: number): OpAttribute => ({ name, type: binding().TF_ATTR_FLOAT, value }),
  bool: (name: string, value: boolean): OpAttribute => ({ name, type: binding().TF_ATTR_BOOL, value }),
  integer: (name: string, value: number): OpAttribute => ({ name, type: binding().TF_ATTR_INT, value }),
  integers: (name: string, value: readonly number[]): OpAttribute => ({ name, type: binding().TF_ATTR_INT, value }),
  text: (name: string, value: string): OpAttribute => ({ name, type: binding().TF_ATTR_STRING, value }),
};

function binding(): TensorflowBinding {
  return tensorflow().binding;
}
