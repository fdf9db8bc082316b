import { inferShapes, inputShapes } from './inferShapes.js';
import type { Shape } from './layers/LayerEntry.js';
import { layers } from './layers/registry.js';
import type { LayerOp, ModelSpec } from './ModelSpec.js';

/** One line of a model's table. */
export interface BlockSummary {
  readonly block: string;
  /** Its layers in order. */
  readonly ops: readonly LayerOp[];
  /** Of its last layer, without the batch. */
  readonly outputShape: Shape;
  /** Stored values, statistics included. */
  readonly params: number;
  /** Multiply-accumulates of one forward pass, batch 1. */
  readonly macs: number;
}

/** A model's blocks in order of appearance; a node without a block stands alone under its name. */
export function describe(spec: ModelSpec): BlockSummary[] {
  const shapes = inferShapes(spec);
  const blocks = new Map<string, BlockSummary>();
  for (const node of spec.nodes) {
    const entry = layers[node.op];
    const inputs = inputShapes(node, shapes);
    const outputShape = shapes.get(node.name) ?? [];
    const block = node.block ?? node.name;
    const before = blocks.get(block);
    const params = (entry.params?.(node, inputs) ?? []).reduce((sum, param) => sum + sizeOf(param.shape), 0);
    const macs = entry.macs?.(node, inputs, outputShape) ?? 0;
    blocks.set(block, {
      block,
      ops: [...(before?.ops ?? []), node.op],
      outputShape,
      params: params + (before?.params ?? 0),
      macs: macs + (before?.macs ?? 0),
    });
  }
  return [...blocks.values()];
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}
