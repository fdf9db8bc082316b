import type { Origin } from '../layerScope.js';
import type { OnnxGraph, OnnxNode } from './lowering/OnnxGraph.js';

/** What the operators of one layer cost in one step; parts of a step that are no layers stand in brackets. */
export interface LayerTime {
  /** The model's name for it; or `(loss)`, `(optimiser)`, `(step)` for the rest, `(runtime)` for what onnxruntime put in itself. */
  readonly layer: string;
  readonly forward_ms: number;
  readonly backward_ms: number;
  /** Of all operators' time, 0 to 1. */
  readonly share: number;
}

/**
 * Node names that say what a node is part of, to be read back from a profile: what the runtime fuses keeps the name of one of
 * its nodes, and what it lays out anew is called after its output.
 */
export class NamedOrigins {
  private readonly byName = new Map<string, Origin>();
  private readonly names = new Map<OnnxNode, string>();

  constructor({ nodes }: OnnxGraph) {
    nodes.forEach((node, i) => {
      const { origin = { layer: '(step)', pass: 'forward' }, outputs } = node;
      this.names.set(node, `node${i}`);
      for (const name of [`node${i}`, ...outputs]) this.byName.set(name, origin);
    });
  }

  nameOf(node: OnnxNode): string | undefined {
    return this.names.get(node);
  }

  /** @param name as the runtime has it; it may have added to ours */
  originOf(name: string): Origin {
    const own = /^(node|t)\d+(?=_|$)/.exec(name)?.[0];
    return (own === undefined ? undefined : this.byName.get(own)) ?? { layer: '(runtime)', pass: 'forward' };
  }
}

/** By layer, dearest first. */
export function layerTimes(nodes: readonly { readonly origin: Origin; readonly ms: number }[]): LayerTime[] {
  const total = nodes.reduce((sum, { ms }) => sum + ms, 0);
  const layers = new Map<string, { forward: number; backward: number }>();
  for (const { origin, ms } of nodes) {
    const sums = layers.get(origin.layer) ?? { forward: 0, backward: 0 };
    sums[origin.pass] += ms;
    layers.set(origin.layer, sums);
  }
  return [...layers]
    .map(([layer, { forward, backward }]) => ({
      layer,
      forward_ms: forward,
      backward_ms: backward,
      share: (forward + backward) / total,
    }))
    .sort((a, b) => b.share - a.share);
}
