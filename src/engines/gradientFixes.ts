// Gradients that tfjs 4.22 lacks or gets wrong, registered for every engine (tfjs's own are replaced).
import {
  add,
  broadcast_util,
  cast,
  greaterEqual,
  less,
  lessEqual,
  greater,
  mul,
  registerGradient,
  reshape,
  rsqrt,
  step,
  sub,
  sum,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** The gradient of a broadcast input: summed over the axes that were added or stretched. */
function sumTo(gradient: Tensor, like: Tensor): Tensor {
  const axes = broadcast_util.getReductionAxes(like.shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, like.shape);
}

/** tfjs forgets that inputs may have been broadcast, and fails. */
function registerBinary(
  kernelName: string,
  byA: (a: Tensor, b: Tensor) => Tensor,
  byB: (a: Tensor, b: Tensor) => Tensor,
): void {
  registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
      if (Array.isArray(dy)) throw new Error(`${kernelName} has one output`);
      const [a, b] = saved;
      return { a: () => sumTo(mul(dy, byA(a, b)), a), b: () => sumTo(mul(dy, byB(a, b)), b) };
    },
  });
}

registerBinary('Maximum', (a, b) => cast(greaterEqual(a, b), 'float32'), (a, b) => cast(less(a, b), 'float32')); // prettier-ignore
registerBinary('Minimum', (a, b) => cast(lessEqual(a, b), 'float32'), (a, b) => cast(greater(a, b), 'float32')); // prettier-ignore
registerBinary(
  'SquaredDifference',
  (a, b) => mul(2, sub(a, b)),
  (a, b) => mul(2, sub(b, a)),
);

// A comparison is flat: its gradient is zero. tfjs has none, so that where(greater(x, 0), ...) cannot be differentiated.
for (const kernelName of ['Equal', 'NotEqual', 'Greater', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr']) {
  registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy: Tensor | Tensor[], saved: Tensor[]) => ({ a: () => flat(saved[0]), b: () => flat(saved[1]) }),
  });
}
registerGradient({
  kernelName: 'LogicalNot',
  inputsToSave: ['x'],
  gradFunc: (_dy: Tensor | Tensor[], saved: Tensor[]) => ({ x: () => flat(saved[0]) }),
});

function flat(input: Tensor): Tensor {
  return cast(zerosLike(input), 'float32');
}

// tfjs tiles the statistics to the shape of x and sums late; by broadcasting and summing first it is far cheaper.
// With r = 1 / sqrt(variance + eps): dx = dy*r*scale, d offset = sum dy, d scale = r * sum dy*(x - mean),
// d mean = -r*scale * sum dy, d variance = -r^3*scale/2 * sum dy*(x - mean).
registerGradient({
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  gradFunc: (dy: Tensor | Tensor[], saved: Tensor[], attrs) => {
    if (Array.isArray(dy)) throw new Error('FusedBatchNorm has one output');
    const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
    const r = rsqrt(add(variance, Number(attrs.varianceEpsilon)));
    const scaledR = scale ? mul(r, scale) : r;
    const total = sumTo(dy, mean);
    const weighted = sumTo(mul(dy, sub(x, mean)), mean);
    return {
      x: () => mul(dy, scaledR),
      mean: () => mul(total, mul(scaledR, -1)),
      variance: () => mul(weighted, mul(mul(scaledR, mul(r, r)), -0.5)),
      scale: () => mul(weighted, r),
      offset: () => total,
    };
  },
});

// tfjs compares, casts and multiplies; steps are cheaper, and flat at 6 as at 0.
registerGradient({
  kernelName: 'Relu6',
  inputsToSave: ['x'],
  gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
    if (Array.isArray(dy)) throw new Error('Relu6 has one output');
    const [x] = saved;
    return { x: () => mul(dy, mul(step(x), step(sub(6, x)))) };
  },
});
