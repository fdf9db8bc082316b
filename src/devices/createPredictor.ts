import { NasDistillError } from '../core/errors.js';
import { cannotRun, type WeightFormat } from '../costs/CostModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { DeviceProfile } from './DeviceProfile.js';
import { sumFeatures } from './fitLatency.js';
import { precisionFor, rooflineMs } from './roofline.js';

/** Latency of a model on a device, from its architecture alone: microseconds to ask, and always the same answer. */
export interface LatencyPredictor {
  /**
   * Milliseconds of one inference; `cannotRun` for each kind of layer that the device cannot run on top.
   * @throws NasDistillError CONFIG for a layer that was never measured on it
   */
  predict(spec: ModelSpec): number;
  /** Layers and activations of the model that the device cannot run, such as `layer_norm` or `activation gelu`. */
  unsupported(spec: ModelSpec): string[];
}

/** @param name how the user calls the device, for messages @throws NasDistillError INFEASIBLE if it cannot compute such weights */
export function createPredictor(name: string, profile: DeviceProfile, weights: WeightFormat): LatencyPredictor {
  if (profile.kind === 'measured') {
    const times = new Map(Object.entries(profile.times));
    return {
      predict: (spec) => {
        const { ms, unknown } = sumFeatures(spec, times);
        if (unknown.size === 0) return ms;
        throw new NasDistillError('CONFIG', `device ${name} was measured without ${[...unknown].join(', ')}`, {
          hint: 'Measure it again with the space that has it: nas-distill device measure --space FILE',
        });
      },
      unsupported: () => [],
    };
  }
  const precision = precisionFor(profile.gmacs, weights);
  if (precision === undefined) {
    const able = Object.keys(profile.gmacs);
    throw new NasDistillError('INFEASIBLE', `device ${name} computes in ${able.join(' and ')}, not in ${weights}`, {
      hint: `Search for it with --weights ${able[0]}, or aim at another device.`,
    });
  }
  const { layers, activations } = profile.unsupported;
  const unsupported = (spec: ModelSpec): string[] => {
    const found = new Set<string>();
    for (const node of spec.nodes) {
      if (layers.includes(node.op)) found.add(node.op);
      if (node.op === 'activation' && activations.includes(node.function)) found.add(`activation ${node.function}`);
    }
    return [...found];
  };
  return {
    predict: (spec) => {
      const missing = unsupportedNodes(spec, layers, activations);
      return rooflineMs(spec, profile, precision) + cannotRun * missing;
    },
    unsupported,
  };
}

function unsupportedNodes(spec: ModelSpec, layers: readonly string[], activations: readonly string[]): number {
  if (layers.length === 0 && activations.length === 0) return 0;
  let count = 0;
  for (const node of spec.nodes) {
    if (layers.includes(node.op) || (node.op === 'activation' && activations.includes(node.function))) count++;
  }
  return count;
}
