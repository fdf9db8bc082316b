// Gradients that tfjs 4.22 lacks or gets wrong, registered for every engine (tfjs's own are replaced).
import {
  broadcast_util,
  cast,
  greaterEqual,
  less,
  lessEqual,
  greater,
  mul,
  registerGradient,
  reshape,
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
