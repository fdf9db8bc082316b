import protobuf from 'protobufjs/light.js';
import { z } from 'zod';

/**
 * What is read of saved_model.pb: the fields of tensorflow/core/protobuf/{saved_model,meta_graph}.proto and
 * tensorflow/core/framework/{graph,node_def,function,attr_value,tensor_shape}.proto that are needed, by their numbers there.
 */
const fields = {
  nested: {
    SavedModel: { fields: { metaGraphs: { rule: 'repeated', type: 'MetaGraph', id: 2 } } },
    MetaGraph: {
      fields: {
        info: { type: 'Info', id: 1 },
        graph: { type: 'Graph', id: 2 },
        signatures: { keyType: 'string', type: 'Signature', id: 5 },
      },
    },
    Info: { fields: { tags: { rule: 'repeated', type: 'string', id: 4 }, version: { type: 'string', id: 5 } } },
    Graph: { fields: { nodes: { rule: 'repeated', type: 'Node', id: 1 }, library: { type: 'Library', id: 2 } } },
    Library: { fields: { functions: { rule: 'repeated', type: 'Func', id: 1 } } },
    Func: { fields: { signature: { type: 'OpDef', id: 1 }, nodes: { rule: 'repeated', type: 'Node', id: 3 } } },
    OpDef: { fields: { name: { type: 'string', id: 1 } } },
    Node: {
      fields: {
        name: { type: 'string', id: 1 },
        op: { type: 'string', id: 2 },
        inputs: { rule: 'repeated', type: 'string', id: 3 },
        attributes: { keyType: 'string', type: 'Attribute', id: 5 },
      },
    },
    Attribute: {
      fields: {
        list: { type: 'AttributeList', id: 1 },
        type: { type: 'int32', id: 6 },
        shape: { type: 'Shape', id: 7 },
        func: { type: 'FuncName', id: 10 },
      },
    },
    AttributeList: { fields: { funcs: { rule: 'repeated', type: 'FuncName', id: 9 } } },
    FuncName: { fields: { name: { type: 'string', id: 1 } } },
    Shape: {
      fields: { dims: { rule: 'repeated', type: 'Dim', id: 2 }, unknownRank: { type: 'bool', id: 3 } },
    },
    Dim: { fields: { size: { type: 'int64', id: 1 } } },
    Signature: {
      fields: {
        inputs: { keyType: 'string', type: 'TensorInfo', id: 1 },
        outputs: { keyType: 'string', type: 'TensorInfo', id: 2 },
      },
    },
    TensorInfo: {
      fields: {
        name: { type: 'string', id: 1 },
        dtype: { type: 'int32', id: 2 },
        shape: { type: 'Shape', id: 3 },
      },
    },
  },
};
const root = protobuf.Root.fromJSON(fields);

const shape = z.object({ dims: z.array(z.object({ size: z.number().default(0) })).default([]), unknownRank: z.boolean().default(false) }); // prettier-ignore
const funcName = z.object({ name: z.string().default('') });
const node = z.object({
  name: z.string().default(''),
  op: z.string().default(''),
  inputs: z.array(z.string()).default([]),
  attributes: z
    .record(
      z.string(),
      z.object({
        list: z.object({ funcs: z.array(funcName).default([]) }).optional(),
        type: z.number().optional(),
        shape: shape.optional(),
        func: funcName.optional(),
      }),
    )
    .default({}),
});
const tensorInfo = z.object({ name: z.string().default(''), dtype: z.number().default(0), shape: shape.optional() });
const metaGraph = z.object({
  info: z.object({ tags: z.array(z.string()).default([]), version: z.string().default('') }).optional(),
  graph: z.object({
    nodes: z.array(node).default([]),
    library: z
      .object({
        functions: z
          .array(z.object({ signature: z.object({ name: z.string().default('') }), nodes: z.array(node).default([]) }))
          .default([]),
      })
      .optional(),
  }),
  signatures: z
    .record(
      z.string(),
      z.object({
        inputs: z.record(z.string(), tensorInfo).default({}),
        outputs: z.record(z.string(), tensorInfo).default({}),
      }),
    )
    .default({}),
});
const savedModel = z.object({ metaGraphs: z.array(metaGraph).min(1) });

export type GraphNode = z.infer<typeof node>;
export type MetaGraph = z.infer<typeof metaGraph>;
export type TensorInfo = z.infer<typeof tensorInfo>;

/** Reads a saved_model.pb. @throws Error if it is none, or cut short */
export function decodeSavedModel(bytes: Uint8Array): MetaGraph[] {
  const type = root.lookupType('SavedModel');
  // Sizes of -1 (open) and the weights' shapes are all below 2^53.
  return savedModel.parse(type.toObject(type.decode(bytes), { longs: Number })).metaGraphs;
}
