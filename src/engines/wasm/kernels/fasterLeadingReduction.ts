import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { getKernel, type KernelConfig, type TensorInfo } from '../../tf.js';
import { simdKernels, type SimdKernels } from '../simd/SimdKernels.js';

const attributes = z.looseObject({
  axis: z.union([z.number(), z.array(z.number())]).nullish(),
  keepDims: z.boolean().nullish(),
});

/**
 * Sum and Mean over neighbouring axes that are not the last one, as statistics over a batch and pooling over positions need
 * them: row by row, where the backend's own kernel transposes first. Other reductions go to that kernel.
 */
export function fasterLeadingReduction(kernelName: 'Sum' | 'Mean'): KernelConfig {
  const original = getKernel(kernelName, 'wasm');
  if (!original) throw new NasDistillError('INTERNAL', `tfjs-backend-wasm has no ${kernelName}`);
  return {
    ...original,
    kernelFunc: (call) => {
      const { axis, keepDims } = attributes.parse(call.attrs);
      const x = call.inputs.x;
      if (!x) throw new NasDistillError('INTERNAL', `${kernelName} needs an input`);
      const axes = neighbours(axis, x.shape.length);
      if (!axes || x.dtype !== 'float32' || x.shape.includes(0)) return original.kernelFunc(call);
      return reduce(simdKernels(), x, axes, kernelName === 'Mean', keepDims ?? false);
    },
  };
}

function reduce(
  simd: SimdKernels,
  x: TensorInfo,
  { from, to }: { from: number; to: number },
  mean: boolean,
  keepDims: boolean,
): TensorInfo {
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const [before, reduced, after] = [x.shape.slice(0, from), x.shape.slice(from, to), x.shape.slice(to)];
  const [outer, rows, columns] = [before, reduced, after].map(size);
  const out = simd.zeros([...before, ...(keepDims ? reduced.map(() => 1) : []), ...after]);
  const [source, target] = [simd.at(x), simd.at(out)];
  for (let i = 0; i < outer; i++) {
    const [at, to] = [source + 4 * i * rows * columns, target + 4 * i * columns];
    simd.call.columnSums({ x: at, rows, columns, target: to });
  }
  if (mean) {
    const values = simd.floats(target, outer * columns);
    for (let i = 0; i < values.length; i++) values[i] /= rows;
  }
  return out;
}

/** The reduced axes, from and up to but without, if they lie side by side and the last axis is not among them. */
function neighbours(
  axis: number | number[] | null | undefined,
  rank: number,
): { from: number; to: number } | undefined {
  if (axis === undefined || axis === null) return undefined;
  const axes = [axis].flat().map((a) => (a < 0 ? a + rank : a));
  axes.sort((a, b) => a - b);
  const [from] = axes;
  if (axes.length === 0 || !axes.every((a, i) => a === from + i)) return undefined;
  const to = from + axes.length;
  return to < rank ? { from, to } : undefined;
}
