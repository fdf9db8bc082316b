import { inferShapes, inputShapes } from '../models/inferShapes.js';
import type { Shape } from '../models/layers/LayerEntry.js';
import { layers } from '../models/layers/registry.js';
import type { LayerOp, ModelSpec } from '../models/ModelSpec.js';
import { leastPeak, type MemoryStep } from './liveness.js';

/** What all costs of a model are computed from. */
export interface ModelAnalysis {
  /** Stored values in tensors of rank two and more: kernels, embeddings, tokens. */
  readonly matrixValues: number;
  /** How many such tensors there are. */
  readonly matrices: number;
  /** Stored values in vectors: biases, norms and their statistics, scales. */
  readonly vectorValues: number;
  readonly macs: number;
  /** Most activation values alive at once, in the best order; see liveness.ts. */
  readonly peakValues: number;
}

/** Layers that a runtime writes over an input that nothing else reads: elementwise ones, and norms, row by row. */
const inPlace = new Set<LayerOp>([
  'activation',
  'add',
  'multiply',
  'batch_norm',
  'layer_norm',
  'layer_scale',
  'position_embedding',
]);

const known = new WeakMap<ModelSpec, ModelAnalysis>();

/** One pass over the model; kept for each spec object. @throws NasDistillError MODEL if the shapes do not fit */
export function analyse(spec: ModelSpec): ModelAnalysis {
  const before = known.get(spec);
  if (before) return before;
  const shapes = inferShapes(spec);
  let matrixValues = 0;
  let matrices = 0;
  let vectorValues = 0;
  let macs = 0;
  const steps: MemoryStep[] = [];
  const bufferOf = new Map<string, number>([['input', 0]]);
  for (const node of spec.nodes) {
    const entry = layers[node.op];
    const output = shapes.get(node.name) ?? [];
    let workspace = 0;
    if (entry.params || entry.macs || entry.workspace) {
      const inputs = inputShapes(node, shapes);
      for (const { shape } of entry.params?.(node, inputs) ?? []) {
        if (shape.length >= 2) {
          matrixValues += sizeOf(shape);
          matrices++;
        } else vectorValues += sizeOf(shape);
      }
      macs += entry.macs?.(node, inputs, output) ?? 0;
      workspace = entry.workspace?.(node, inputs) ?? 0;
    }
    steps.push({
      reads: node.inputs.map((name) => bufferOf.get(name) ?? 0),
      size: sizeOf(output),
      view: entry.view === true,
      inPlace: inPlace.has(node.op),
      workspace,
    });
    bufferOf.set(node.name, steps.length);
  }
  const analysis = {
    matrixValues,
    matrices,
    vectorValues,
    macs,
    peakValues: leastPeak(sizeOf(spec.input), steps, bufferOf.get(spec.logits) ?? 0),
  };
  known.set(spec, analysis);
  return analysis;
}

function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}
