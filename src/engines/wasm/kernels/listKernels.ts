// Functions of all of a model's tensors at once, over our own module.
import { z } from 'zod';
import { fusedKernels } from '../../fusedLayers.js';
import type { KernelConfig, TensorInfo } from '../../tf.js';
import { sizeOf } from '../simd/SimdKernels.js';
import { simdKernel } from './simdKernel.js';

const adamAttributes = z.object({
  count: z.number(),
  beta1: z.number(),
  beta2: z.number(),
  eps: z.number(),
  weightDecay: z.number(),
});
const clipAttributes = z.object({ count: z.number(), maxNorm: z.number() });

export function listKernels(): KernelConfig[] {
  return [adamW(), clip()];
}

/** The moments of parameter i lie behind those of the ones before it. */
function adamW(): KernelConfig {
  return simdKernel(fusedKernels.adamW, (given, attrs, simd) => {
    const { count, beta1, beta2, eps, weightDecay } = adamAttributes.parse(attrs);
    const one = (name: string) => simd.floats(simd.at(given(name)), 1)[0];
    const [c1, c2, lr] = [one('c1'), one('c2'), one('lr')];
    const [m, v] = [given('m'), given('v')];
    const [newM, newV] = [simd.output(m.shape), simd.output(v.shape)];
    const out: TensorInfo[] = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      const p = given(`p${i}`);
      const newP = simd.output(p.shape);
      simd.call.adamW({
        p: simd.at(p),
        g: simd.at(given(`g${i}`)),
        m: simd.at(m) + at,
        v: simd.at(v) + at,
        newP: simd.at(newP),
        newM: simd.at(newM) + at,
        newV: simd.at(newV) + at,
        count: sizeOf(p),
        beta1,
        beta2,
        rest1: 1 - beta1,
        rest2: 1 - beta2,
        keep: 1 - lr * weightDecay,
        rate: (lr * Math.sqrt(c2)) / c1,
        small: eps * Math.sqrt(c2),
      });
      at += 4 * sizeOf(p);
      out.push(newP);
    }
    return [...out, newM, newV];
  });
}

/** Gradients times maxNorm / norm where the norm is above it; a NaN makes all of them NaN. */
function clip(): KernelConfig {
  return simdKernel(fusedKernels.clip, (given, attrs, simd) => {
    const { count, maxNorm } = clipAttributes.parse(attrs);
    const grads = Array.from({ length: count }, (_, i) => given(`g${i}`));
    const out = grads.map((grad) => simd.output(grad.shape));
    const norm = simd.zeros([]);
    const sum = simd.at(norm);
    // Each gradient as one row, whose squares are summed in blocks.
    for (const grad of grads) simd.call.addSquares({ x: simd.at(grad), count: sizeOf(grad), target: sum });
    const value = Math.sqrt(simd.floats(sum, 1)[0]);
    simd.floats(sum, 1)[0] = value;
    const factor = value <= maxNorm ? 1 : maxNorm / value;
    grads.forEach((grad, i) => simd.call.scale({ x: simd.at(grad), y: simd.at(out[i]), count: sizeOf(grad), factor }));
    return [...out, norm];
  });
}
