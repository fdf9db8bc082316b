import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { NasDistillError } from '../../../core/errors.js';
import { readSlice } from '../../../core/fileSlices.js';
import { wholeOf } from './wholeOf.js';

const { DataType, DataLocation } = onnxProto.onnx.TensorProto;

/** Bytes of one element as raw data; types that are missing here are left to onnxruntime. */
const elementBytes: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: 4,
  [DataType.UINT8]: 1,
  [DataType.INT8]: 1,
  [DataType.UINT16]: 2,
  [DataType.INT16]: 2,
  [DataType.INT32]: 4,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
  [DataType.FLOAT16]: 2,
  [DataType.DOUBLE]: 8,
  [DataType.UINT32]: 4,
  [DataType.UINT64]: 8,
  [DataType.BFLOAT16]: 2,
};

const floats: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.FLOAT16, DataType.DOUBLE, DataType.BFLOAT16]);

/** Every tensor of a graph: initialisers and constants, inner graphs included. */
export function* tensorsOf(graph: Onnx.IGraphProto): Generator<{ tensor: Onnx.ITensorProto; isWeight: boolean }> {
  for (const tensor of graph.initializer ?? []) yield { tensor, isWeight: true };
  for (const node of graph.node ?? []) {
    for (const attribute of node.attribute ?? []) {
      if (attribute.t) yield { tensor: attribute.t, isWeight: false };
      for (const tensor of attribute.tensors ?? []) yield { tensor, isWeight: false };
      if (attribute.g) yield* tensorsOf(attribute.g);
      for (const inner of attribute.graphs ?? []) yield* tensorsOf(inner);
    }
  }
}

/** Number of values of a tensor if they are parameters, else 0. */
export function parametersOf(tensor: Onnx.ITensorProto): number {
  return floats.has(tensor.dataType ?? 0) ? countOf(tensor) : 0;
}

function countOf({ dims }: Onnx.ITensorProto): number {
  return (dims ?? []).map(wholeOf).reduce((a, b) => a * b, 1);
}

/**
 * Holds a tensor's size against its data and takes in what lies in a file beside the model. Nothing is read before the
 * sizes fit, and no path may leave the model's directory.
 * @returns whether its data was taken from another file
 * @throws NasDistillError MODEL naming the tensor
 */
export function settleTensor(path: string, tensor: Onnx.ITensorProto): boolean {
  const name = tensor.name || 'constant';
  const refuse = (what: string) =>
    new NasDistillError('MODEL', `${path}: tensor "${name}" ${what}`, {
      hint: 'The file is damaged or was cut short: export it again.',
    });
  const dims = (tensor.dims ?? []).map(wholeOf);
  const count = countOf(tensor);
  if (dims.some((size) => size < 0) || !Number.isSafeInteger(count)) throw refuse(`has the shape [${dims.join(', ')}]`);
  const bytes = elementBytes[tensor.dataType ?? 0];
  const isExternal = tensor.dataLocation === DataLocation.EXTERNAL;
  if (bytes === undefined) {
    if (isExternal) throw refuse('lies in another file and is of a type that is not known');
    return false;
  }
  if (isExternal) {
    tensor.rawData = readExternal(path, name, tensor.externalData ?? [], count * bytes);
    tensor.dataLocation = DataLocation.DEFAULT;
    tensor.externalData = [];
    return true;
  }
  const raw = tensor.rawData?.length ?? 0;
  const values =
    (tensor.floatData?.length ?? 0) +
    (tensor.int32Data?.length ?? 0) +
    (tensor.int64Data?.length ?? 0) +
    (tensor.doubleData?.length ?? 0) +
    (tensor.uint64Data?.length ?? 0);
  if (values > 0 ? values !== count : raw !== count * bytes) {
    const held = values > 0 ? `${values} values` : `${raw} bytes`;
    const needed = values > 0 ? `${count} values` : `${count * bytes} bytes`;
    throw refuse(`holds ${held}, its shape [${dims.join(', ')}] needs ${needed}`);
  }
  return false;
}

function readExternal(
  path: string,
  name: string,
  entries: readonly Onnx.IStringStringEntryProto[],
  expected: number,
): Uint8Array {
  const refuse = (what: string, hint: string) =>
    new NasDistillError('MODEL', `${path}: the data of tensor "${name}" ${what}`, { hint });
  const value = (key: string) => entries.find((entry) => entry.key === key)?.value ?? undefined;
  const location = value('location') ?? '';
  const root = realpathSync(dirname(path));
  const file = join(root, location);
  const outside = 'External data must lie in the directory of the model.';
  if (location === '' || !file.startsWith(root + sep)) throw refuse(`lies outside: "${location}"`, outside);
  if (!existsSync(file)) throw refuse(`is missing: ${file}`, 'Copy it there, or export with external_data=False.');
  if (!realpathSync(file).startsWith(root + sep)) throw refuse(`lies outside: "${location}" is a link`, outside);
  const offset = Number(value('offset') ?? 0);
  const length = value('length') === undefined ? expected : Number(value('length'));
  const size = statSync(file).size;
  if (length !== expected || !Number.isSafeInteger(offset) || offset < 0 || offset + length > size) {
    throw refuse(
      `is ${length} bytes at ${offset} of ${file} (${size} bytes), ${expected} are needed`,
      'The file was cut short or belongs to another model: export again.',
    );
  }
  return readSlice(file, offset, length);
}
