import { NasDistillError } from '../../core/errors.js';
import { findBackend, type KernelBackend, type Tensor, type TensorInfo } from '../tf.js';

/** The name that tfjs-node gives its backend; its kernels are registered under it. */
export const tensorflowBackend = 'tensorflow';

/** One attribute of a TensorFlow operator, as the binding takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | string | boolean | readonly number[];
}

/** The compiled binding: TensorFlow's version and its enumerations. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  isUsingGpuDevice(): boolean;
}

/** The part of tfjs-node's backend that is used here: any TensorFlow operator can be run by name. */
export interface TensorflowBackend extends KernelBackend {
  readonly binding: TensorflowBinding;
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
  float: (name: string, value: number): OpAttribute => ({ name, type: binding().TF_ATTR_FLOAT, value }),
  bool: (name: string, value: boolean): OpAttribute => ({ name, type: binding().TF_ATTR_BOOL, value }),
  integer: (name: string, value: number): OpAttribute => ({ name, type: binding().TF_ATTR_INT, value }),
  integers: (name: string, value: readonly number[]): OpAttribute => ({ name, type: binding().TF_ATTR_INT, value }),
  text: (name: string, value: string): OpAttribute => ({ name, type: binding().TF_ATTR_STRING, value }),
};

function binding(): TensorflowBinding {
  return tensorflow().binding;
}
