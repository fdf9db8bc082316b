import { inferShapes, inputShapes } from '../models/inferShapes.js';
import type { Shape } from '../models/layers/LayerEntry.js';
import { layers } from '../models/layers/registry.js';
import type { ModelSpec } from '../models/ModelSpec.js';

/** What all costs of a model are computed from. */
export interface ModelAnalysis {
  /** Stored values in tensors of rank two and more: kernels, embeddings, tokens. */
  readonly matrixValues: number;
  /** How many such tensors there are. */
  readonly matrices: number;
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
  let matrices = 0;
  let vectorValues = 0;
  let macs = 0;
  const steps: Step[] = [];
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
    steps.push({ name: node.name, reads: node.inputs, size: sizeOf(output), view: entry.view === true, workspace });
  }
  const analysis = {
    matrixValues,
    matrices,
    vectorValues,
    macs,
    peakValues: peakOf(sizeOf(spec.input), steps, spec.logits),
  };
  known.set(spec, analysis);
  return analysis;
}

interface Step {
  readonly name: string;
  readonly reads: readonly string[];
  readonly size: number;
  /** Shares the buffer of its first input. */
  readonly view: boolean;
  readonly workspace: number;
}

/**
 * Most activation values alive at once when the steps run in their order: a buffer lives from the step that writes it to
 * the last step that reads it. A step's inputs, its output and its own temporaries are alive together, because no layer is
 * assumed to work in place. Views (reshape, and dropout at inference) share their input's buffer.
 */
function peakOf(inputSize: number, steps: readonly Step[], logits: string): number {
  // Buffer 0 is the model's input, buffer i + 1 is what step i writes.
  const bufferOf = new Map<string, number>([['input', 0]]);
  const lastUse = new Int32Array(steps.length + 1).fill(-1);
  const sizes = new Float64Array(steps.length + 1);
  sizes[0] = inputSize;
  for (let i = 0; i < steps.length; i++) {
    const { name, reads, size, view } = steps[i];
    let buffer = i + 1;
    for (let k = 0; k < reads.length; k++) {
      const read = bufferOf.get(reads[k]) ?? 0;
      lastUse[read] = i;
      if (view && k === 0) buffer = read;
    }
    bufferOf.set(name, buffer);
    if (buffer === i + 1) {
      lastUse[buffer] = i;
      sizes[buffer] = size;
    }
  }
  lastUse[bufferOf.get(logits) ?? 0] = steps.length;

  let live = inputSize;
  let peak = live;
  for (let i = 0; i < steps.length; i++) {
    live += sizes[i + 1];
    peak = Math.max(peak, live + steps[i].workspace);
    for (const read of steps[i].reads) live -= release(bufferOf.get(read) ?? 0, i);
    live -= release(i + 1, i);
  }
  return peak;

  function release(buffer: number, step: number): number {
    if (lastUse[buffer] !== step) return 0;
    lastUse[buffer] = -1;
    return sizes[buffer];
  }
}

function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}
