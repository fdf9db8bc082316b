import onnxProto from 'onnx-proto';
import type { OnnxAttr, OnnxDType, OnnxGraph, OnnxNode, OnnxPort } from './OnnxGraph.js';
import { runOrder } from './runOrder.js';
import { isWebgpuGap, nodeName } from './webgpuGaps.js';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;

/** Opset of every graph written here: the first with reductions over axis tensors and scatter-add. */
export const opset = 18;
const irVersion = 8;

const dataTypes = {
  float32: onnx.TensorProto.DataType.FLOAT,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
  float16: onnx.TensorProto.DataType.FLOAT16,
  uint8: onnx.TensorProto.DataType.UINT8,
} as const satisfies Record<OnnxDType, number>;

/**
 * Serialises a graph as an ONNX ModelProto. `metadata` becomes the model's metadata_props. Without `nameOf`, nodes carry no
 * names unless they need one, so that equal graphs are equal bytes.
 */
export function encodeModel(
  graph: OnnxGraph,
  metadata: Readonly<Record<string, string>> = {},
  nameOf: (node: OnnxNode) => string | undefined = (n) => (isWebgpuGap(n) ? nodeName(n) : undefined),
): Uint8Array {
  const domains = [...new Set(graph.nodes.flatMap(({ domain }) => (domain === undefined ? [] : [domain])))];
  const { nodes, renamed } = withoutLastCopies(graph);
  const current = (name: string): string => renamed.get(name) ?? name;
  const model = onnx.ModelProto.create({
    irVersion,
    producerName: 'nas-distill',
    opsetImport: [{ domain: '', version: opset }, ...domains.map((domain) => ({ domain, version: 1 }))],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'step',
      node: (graph.isFinal ? runOrder(nodes) : nodes).map((n) => ({
        name: nameOf(n),
        opType: n.op,
        ...(n.domain === undefined ? {} : { domain: n.domain }),
        input: n.inputs.map(current),
        output: n.outputs.map(current),
        attribute: Object.entries(n.attrs).map(([name, value]) => attribute(name, value)),
      })),
      initializer: graph.initialisers.map((i) => ({
        name: i.name,
        dataType: dataTypes[i.dtype],
        dims: [...i.dims],
        rawData: i.bytes,
      })),
      input: graph.inputs.map(port),
      output: graph.outputs.map(port),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** A value that is copied to an output of the graph is that output, unless it is one already or no node's result. */
function withoutLastCopies(graph: OnnxGraph): { nodes: readonly OnnxNode[]; renamed: ReadonlyMap<string, string> } {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const made = new Set(graph.nodes.flatMap((n) => n.outputs));
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.filter(({ op, inputs: [value], outputs: [name] }) => {
    const copies =
      op === 'Identity' && outputs.has(name) && made.has(value) && !outputs.has(value) && !renamed.has(value);
    if (copies) renamed.set(value, name);
    return !copies;
  });
  return { nodes, renamed };
}

function attribute(name: string, value: OnnxAttr) {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: Buffer.from(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('floats' in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function port(p: OnnxPort) {
  const dim = p.dims?.map((d) => (d === null ? { dimParam: 'N' } : { dimValue: d }));
  const shape = dim === undefined ? {} : { shape: { dim } };
  return { name: p.name, type: { tensorType: { elemType: dataTypes[p.dtype], ...shape } } };
}
