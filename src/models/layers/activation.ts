import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { fusedOps } from '../../engines/fusedOps.js';
import {
  add,
  clipByValue,
  customGrad,
  erf,
  mul,
  relu,
  relu6,
  sigmoid,
  square,
  step,
  sub,
  tanh,
} from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { activations, type Activation } from '../ModelSpec.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { oneInput } from './ShapeMismatch.js';

const hardSigmoid = (x: Tensor) => clipByValue(add(mul(x, 1 / 6), 0.5), 0, 1);

/** x * hardSigmoid(x); d/dx = hardSigmoid(x) + x/6 where |x| < 3. Written down, it is half of the passes that autodiff makes. */
function hardSwish(x: Tensor): Tensor {
  const fused = fusedOps().hardSwish;
  if (fused) return fused(x);
  return customGrad((...args) => {
    const [input, save] = [x, args[args.length - 1]];
    if (typeof save !== 'function') throw new NasDistillError('INTERNAL', 'customGrad gave no save function');
    const gate = hardSigmoid(input);
    save([input, gate]);
    return {
      value: mul(input, gate),
      gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
        if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'an activation has one output');
        const [from, open] = saved;
        const inside = step(sub(9, square(from)));
        return mul(dy, add(open, mul(mul(from, inside), 1 / 6)));
      },
    };
  })(x);
}

/** The activation functions in tensor ops, all of them differentiable on every engine. */
export const activationFunctions = {
  linear: (x) => x,
  relu: (x) => relu(x),
  relu6: (x) => relu6(x),
  /** MobileNetV3 (arXiv:1905.02244, section 5.2): x * relu6(x + 3) / 6. */
  hard_swish: hardSwish,
  /** relu6(x + 3) / 6; not Keras 2's clip(0.2 x + 0.5). */
  hard_sigmoid: hardSigmoid,
  silu: (x) => mul(x, sigmoid(x)),
  /** The exact form, x * Phi(x) (arXiv:1606.08415); tfjs knows erf's gradient. */
  gelu: (x) => fusedOps().gelu?.(x) ?? mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
} as const satisfies Record<Activation, (x: Tensor) => Tensor>;

export const activation: LayerEntry<NodeOf<'activation'>> = {
  schema: nodeSchema('activation', { function: z.enum(activations) }),
  outputShape: (_node, inputs) => oneInput(inputs),
  apply: (node, [x]) => activationFunctions[node.function](x),
};
