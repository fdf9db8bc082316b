import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { NasDistillError, messageOf } from '../../../core/errors.js';
import { sha256 } from '../../../core/digest.js';
import type { ForeignGraph, ForeignPort } from '../../foreign/ForeignGraph.js';
import { parametersOf, settleTensor, tensorsOf } from './checkTensors.js';
import { wholeOf } from './wholeOf.js';

const { onnx } = onnxProto;

/** Limit of a protobuf, which an ONNX file is. */
const largest = 2 ** 31 - 1;

/** Operators that onnxruntime brings along are of these domains. */
const knownDomains: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/** An ONNX file of somebody else's, checked and in one piece. */
export interface ForeignModel extends ForeignGraph {
  readonly bytes: Uint8Array;
}

/**
 * Reads an ONNX file as data: header, sizes and operators are checked before a runtime sees it; weights in files beside it
 * are taken in.
 * @throws NasDistillError MODEL naming the file and what is wrong with it
 */
export function readForeignModel(path: string): ForeignModel {
  const model = decode(path);
  const graph = model.graph;
  if (!graph || (graph.node ?? []).length === 0 || wholeOf(model.irVersion) <= 0) throw notOnnx(path);
  let params = 0;
  let taken = 0;
  let external = false;
  for (const { tensor, isWeight } of tensorsOf(graph)) {
    external = settleTensor(path, tensor) || external;
    taken += tensor.rawData?.length ?? 0;
    if (taken > largest) throw new NasDistillError('MODEL', `${path}: its weights are more than 2 GB`);
    if (isWeight) params += parametersOf(tensor);
  }
  checkOperators(path, model, graph);
  const initialised = new Set((graph.initializer ?? []).map(({ name }) => name));
  // What onnx-proto does not know yet is lost where it encodes, so only a model that must be put together is.
  const bytes = external ? onnx.ModelProto.encode(model).finish() : readFileSync(path);
  const outputs = (graph.output ?? []).map(portOf);
  return {
    where: path,
    bytes,
    digest: sha256(bytes),
    params,
    producer: `${model.producerName || 'onnx'} ${model.producerVersion ?? ''}`.trim(),
    inputs: (graph.input ?? []).filter(({ name }) => !initialised.has(name)).map(portOf),
    outputs,
    values: (graph.node ?? []).flatMap(({ output, opType }) =>
      (output ?? []).filter((name) => name !== '').map((name) => ({ name, op: opType ?? '' })),
    ),
    open: async ({ wanted, threads }) => {
      const { openForeignModel } = await import('./openForeignModel.js');
      return openForeignModel({ where: path, bytes, outputs: outputs.map(({ name }) => name), wanted, threads });
    },
  };
}

function decode(path: string): Onnx.ModelProto {
  const { size } = statSync(path);
  if (size > largest) throw new NasDistillError('MODEL', `${path}: ${size} bytes, an ONNX file has 2 GB at most`);
  const first = Buffer.alloc(1);
  const file = openSync(path, 'r');
  readSync(file, first, 0, 1, 0);
  closeSync(file);
  // Field 1, a varint: every exporter writes the version first.
  if (size < 16 || first[0] !== 0x08) throw notOnnx(path);
  try {
    return onnx.ModelProto.decode(readFileSync(path));
  } catch (error) {
    throw notOnnx(path, error);
  }
}

function notOnnx(path: string, cause?: unknown): NasDistillError {
  const why = cause === undefined ? '' : ` (${messageOf(cause).split('\n')[0]})`;
  return new NasDistillError('MODEL', `${path}: not an ONNX model, or cut short${why}`, {
    hint: 'Export it again, from PyTorch with torch.onnx.export(model, (image,), "model.onnx").',
    ...(cause === undefined ? {} : { cause }),
  });
}

function checkOperators(path: string, model: Onnx.ModelProto, graph: Onnx.IGraphProto): void {
  // onnx-proto does not read the domain of a function of the model.
  const own = new Set((model.functions ?? []).map(({ name }) => name));
  for (const { domain, opType, name } of nodesOf(graph)) {
    if (knownDomains.has(domain ?? '') || own.has(opType)) continue;
    throw new NasDistillError('MODEL', `${path}: node "${name}" needs the operator ${domain}.${opType}`, {
      hint: 'Custom operators are code, a model is data: export it with standard ONNX operators only.',
    });
  }
}

function* nodesOf(graph: Onnx.IGraphProto): Generator<Onnx.INodeProto> {
  for (const node of graph.node ?? []) {
    yield node;
    for (const { g, graphs } of node.attribute ?? []) {
      if (g) yield* nodesOf(g);
      for (const inner of graphs ?? []) yield* nodesOf(inner);
    }
  }
}

function portOf({ name, type }: Onnx.IValueInfoProto): ForeignPort {
  const tensor = type?.tensorType;
  return {
    name: name ?? '',
    type: onnx.TensorProto.DataType[tensor?.elemType ?? 0] ?? 'UNDEFINED',
    dims: (tensor?.shape?.dim ?? []).map((dim) => {
      // A dimension that is named counts as open, one of size 0 as not known.
      const size = dim.dimParam ? 0 : wholeOf(dim.dimValue);
      return size > 0 ? size : null;
    }),
  };
}

/** The model with further values among its outputs. Protobufs that follow each other are one: lists grow, all else stays. */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return bytes;
  const more = onnx.ModelProto.encode({ graph: { output: names.map((name) => ({ name })) } }).finish();
  return Buffer.concat([bytes, more]);
}
