import { inferShapes, inputShapes } from '../models/inferShapes.js';
import type { Shape } from '../models/layers/LayerEntry.js';
import { layers } from '../models/layers/registry.js';
import type { ModelSpec } from '../models/ModelSpec.js';

/** What all costs of a model are computed from. */
export interface ModelAnalysis {
  /** Stored values in tensors of rank two and more: kernels, embeddings, tokens. */
  readonly matrixValues: number;
  /** Stored values in vectors: biases, norms and their statistics, scales. */
  readonly vectorValues: number;
  readonly macs: number;
  /** Most activation values alive at once. */
  readonly peakValues: number;
}

const known = new WeakMap<ModelSpec, ModelAnalysis>();

/** One pass over the model; kept for each spec object. @throws NasDistillError MODEL if the shapes do not fit */
export function analyse(spec: ModelSpec): ModelAnalysis {
  const before = known.get(spec);
  if (before) return before;
  const shapes = inferShapes(spec);
  let matrixValues = 0;
  let vectorValues = 0;
  let macs = 0;
  for (const node of spec.nodes) {
    const entry = layers[node.op];
    if (!entry.params && !entry.macs) continue;
    const inputs = inputShapes(node, shapes);
    for (const { shape } of entry.params?.(node, inputs) ?? []) {
      if (shape.length >= 2) matrixValues += sizeOf(shape);
      else vectorValues += sizeOf(shape);
    }
    macs += entry.macs?.(node, inputs, shapes.get(node.name) ?? []) ?? 0;
  }
  const analysis = { matrixValues, vectorValues, macs, peakValues: peakValues(spec, shapes) };
  known.set(spec, analysis);
  return analysis;
}

/**
 * Most activation values alive at once when the nodes run in their order: a buffer lives from the node that writes it to
 * the last node that reads it. A node's inputs, its output and its own temporaries are alive together, because no layer is
 * assumed to work in place. Views (reshape, and dropout at inference) share their input's buffer.
 */
function peakValues(spec: ModelSpec, shapes: ReadonlyMap<string, Shape>): number {
  // The buffer that a name's values lie in, and the last node to read each buffer.
  const bufferOf = new Map<string, string>([['input', 'input']]);
  const lastUse = new Map<string, number>([['input', -1]]);
  spec.nodes.forEach((node, i) => {
    for (const input of node.inputs) lastUse.set(bufferOf.get(input) ?? input, i);
    const view = layers[node.op].view === true;
    const buffer = view ? (bufferOf.get(node.inputs[0]) ?? node.name) : node.name;
    bufferOf.set(node.name, buffer);
    if (!view) lastUse.set(buffer, i);
  });
  const logits = bufferOf.get(spec.logits);
  if (logits !== undefined) lastUse.set(logits, spec.nodes.length);
  const freed: string[][] = spec.nodes.map(() => []);
  for (const [buffer, last] of lastUse) if (last >= 0 && last < freed.length) freed[last].push(buffer);

  let live = sizeOf(spec.input);
  let peak = live;
  spec.nodes.forEach((node, i) => {
    const entry = layers[node.op];
    if (!entry.view) live += sizeOf(shapes.get(node.name) ?? []);
    const workspace = entry.workspace ? entry.workspace(node, inputShapes(node, shapes)) : 0;
    peak = Math.max(peak, live + workspace);
    for (const buffer of freed[i]) live -= sizeOf(shapes.get(buffer) ?? []);
  });
  return peak;
}

function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}
