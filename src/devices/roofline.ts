import { layers } from '../models/layers/registry.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { WeightFormat } from '../costs/CostModel.js';
import type { RooflineProfile } from './DeviceProfile.js';
import { runLayers, sizeOf, type RunLayer } from './fusion.js';

const bytesOf: Readonly<Record<WeightFormat, number>> = { float32: 4, float16: 2, int8: 1 };
/** Kernels of layers that are more than one: q, k, v, scores, softmax, mix, output of attention. */
const kernelsOf: Readonly<Record<string, number>> = { attention: 7 };

/**
 * The precision that a device computes a model of these weights in: theirs, or the next wider one, to which weights are
 * converted when they are loaded. Undefined if it only has narrower ones.
 */
export function precisionFor(gmacs: RooflineProfile['gmacs'], weights: WeightFormat): WeightFormat | undefined {
  const wider: Readonly<Record<WeightFormat, readonly WeightFormat[]>> = {
    int8: ['int8', 'float16', 'float32'],
    float16: ['float16', 'float32'],
    float32: ['float32'],
  };
  return wider[weights].find((precision) => gmacs[precision] !== undefined);
}

/**
 * Milliseconds of one inference by the roofline (Williams, Waterman, Patterson 2009): each kernel takes as long as its
 * arithmetic or its memory traffic, whichever is longer, and the time to launch it.
 */
export function rooflineMs(spec: ModelSpec, profile: RooflineProfile, precision: WeightFormat): number {
  const { gmacs, bandwidth, launch, overhead, efficiency, batch } = profile;
  const peak = (gmacs[precision] ?? NaN) * profile.threads * 1e6;
  const bytesPerMs = bandwidth * 1e6;
  let ms = overhead / 1e3;
  for (const layer of runLayers(spec)) {
    if (layer.free) continue;
    const share = layer.node.op === 'depthwise_conv2d' ? efficiency.depthwise : efficiency.dense;
    const { macs, values, weights } = workOf(layer);
    const compute = (batch * macs) / (peak * share);
    const traffic = ((batch * values + weights) * bytesOf[precision]) / bytesPerMs;
    ms += Math.max(compute, traffic) + ((kernelsOf[layer.node.op] ?? 1) * launch) / 1e3;
  }
  return ms;
}

/** Multiply-accumulates, activation values read and written, and weights read. */
function workOf({ node, inputs, output }: RunLayer): { macs: number; values: number; weights: number } {
  const entry = layers[node.op];
  const stored = entry.params?.(node, inputs) ?? [];
  return {
    macs: entry.macs?.(node, inputs, output) ?? 0,
    values:
      inputs.reduce((sum, shape) => sum + sizeOf(shape), 0) +
      sizeOf(output) +
      2 * (entry.workspace?.(node, inputs) ?? 0),
    weights: stored.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  };
}
