import { NasDistillError } from '../../../core/errors.js';
import { Attrs } from '../attrs.js';
import { namingLayer } from '../../layerScope.js';
import type { StoredTensor } from '../../StoredTensor.js';
import type { TraceGraph, TraceNode } from '../ir.js';
import { kernels } from '../kernels/index.js';
import { dropUnread } from './dropUnread.js';
import { Lowering } from './Lowering.js';
import { OnnxGraph } from './OnnxGraph.js';
import type { NodeRule } from './rules/NodeRule.js';
import { storedWeight } from './storedWeight.js';

export interface LoweringOptions {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The traced batch size that becomes symbolic; see OnnxGraph. */
  readonly batch?: number;
  /** Channels in a block; see Lowering. */
  readonly block?: number;
  /** What each node goes through; none for graphs that onnxruntime's optimiser will see. */
  readonly rules?: readonly NodeRule[];
  /** Values for inputs that become named initialisers instead of graph inputs, as they are stored. */
  readonly parameters?: Readonly<Record<string, StoredTensor>>;
}

/** Turns recorded kernels into ONNX nodes, kernel by kernel. */
export function lowerGraph(graph: TraceGraph, options: LoweringOptions): OnnxGraph {
  const onnx = new OnnxGraph(options.batch, options.rules);
  const to = new Lowering(onnx, options.block);
  graph.inputs.forEach((v, i) => {
    const name = options.inputNames[i];
    const stored = options.parameters?.[name];
    if (stored === undefined) onnx.input(name, v.dtype, v.shape);
    to.set(v, stored === undefined ? name : storedWeight(onnx, name, stored));
  });
  for (const node of graph.nodes) {
    // What a pass put in has no origin of its own: it serves the node that follows or precedes it.
    onnx.origin = node.outputs[0].origin ?? onnx.origin;
    try {
      lowerNode(node, to);
    } catch (error) {
      throw namingLayer(error, onnx.origin);
    }
  }
  onnx.origin = undefined;
  graph.outputs.forEach((v, i) => onnx.output(options.outputNames[i], to.get(v), v.dtype, v.shape));
  if (onnx.isFinal) dropUnread(onnx);
  return onnx;
}

function lowerNode(node: TraceNode, to: Lowering): void {
  const entry = kernels[node.kernel];
  if (entry === undefined) {
    throw new NasDistillError('ENGINE_UNSUPPORTED', `operator ${node.kernel} has no lowering to ONNX`);
  }
  entry.lower({
    in: (name) => {
      const v = node.inputs[name];
      if (v === undefined) throw new NasDistillError('INTERNAL', `kernel ${node.kernel} lacks its input ${name}`);
      return v;
    },
    optional: (name) => node.inputs[name],
    list: Object.values(node.inputs),
    attrs: new Attrs(node.kernel, node.attrs),
    out: node.outputs[0],
    outs: node.outputs,
    to,
    graph: to.graph,
  });
}
