// Cho et al., arXiv:1406.1078, in the form that cuDNN, PyTorch and Keras (reset_after) run:
//   z, r = sigmoid(x W + b + h R + c);  n = tanh(x W + b + r * (h R + c));  h' = (1 - z) * n + z * h
import {
  add,
  concat,
  customGrad,
  matMul,
  mul,
  reshape,
  sigmoid,
  square,
  stack,
  sub,
  sum,
  tanh,
  unstack,
  zerosLike,
} from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { hasRecurrence } from '../../engines/recurrence.js';
import { zeros } from '../Initialiser.js';
import { project } from './dense.js';
import {
  columns,
  directionsOf,
  fromSteps,
  joined,
  maskSteps,
  recurrentLayer,
  saver,
  single,
  toSteps,
} from './recurrent.js';
import { wholeRecurrence } from './wholeRecurrence.js';

const gates = 3;

/**
 * Gated recurrent unit, one or both directions. Columns of the weights: update gate, reset gate, candidate; the candidate's
 * recurrent part has a bias of its own. A mask sets the state to zero where padding is; padding stands at the end.
 */
export const gru = recurrentLayer(
  'gru',
  gates,
  (node) => [{ name: 'candidate_bias', shape: [directionsOf(node) * node.units], init: zeros, trainable: true }],
  (node, inputs, context) => {
    const [x] = inputs;
    const mask = inputs.length > 1 ? inputs[1] : undefined;
    const directions = directionsOf(node);
    const [kernel, recurrent, bias] = [context.param('kernel'), context.param('recurrent'), context.param('bias')];
    const candidate = reshape(context.param('candidate_bias'), [directions, 1, node.units]);
    if (!context.training && hasRecurrence()) {
      const gate = zerosLike(candidate);
      const inner = concat([gate, gate, candidate], 1);
      return wholeRecurrence({ op: 'gru', x, mask, kernel, recurrent, bias, inner, order: [0, 1, 2] });
    }
    const projected = toSteps(project(x, kernel, bias), directions);
    return fromSteps(unroll(projected, recurrent, candidate, maskSteps(mask, directions)));
  },
);

/** projected [T, D, B, 3n], recurrent [D, n, 3n], bias [D, 1, n] -> h [T, D, B, n]; see lstm.ts for its gradient's form. */
function unroll(projected: Tensor, recurrent: Tensor, bias: Tensor, mask: readonly Tensor[] | undefined): Tensor {
  const n = recurrent.shape[1] ?? 0;
  const run = customGrad((...args) => {
    const save = saver(args);
    const outputs: Tensor[] = [];
    const saved: Tensor[] = [];
    let h: Tensor | undefined;
    for (const [t, own] of unstack(projected).entries()) {
      const back = h === undefined ? undefined : matMul(h, recurrent);
      const open = columns(own, 0, 2 * n);
      const gate = sigmoid(back === undefined ? open : add(open, columns(back, 0, 2 * n)));
      const [z, r] = [columns(gate, 0, n), columns(gate, n, 2 * n)];
      const inner: Tensor = back === undefined ? bias : add(columns(back, 2 * n, 3 * n), bias);
      const fresh = tanh(add(columns(own, 2 * n, 3 * n), mul(r, inner)));
      // (1 - z) * n + z * h = n + z * (h - n)
      const past: Tensor = h === undefined ? mul(fresh, sub(1, z)) : add(fresh, mul(z, sub(h, fresh)));
      h = mask === undefined ? past : mul(past, mask[t]);
      outputs.push(h);
      saved.push(gate, z, r, inner, fresh);
    }
    save([recurrent, ...outputs, ...saved, ...(mask ?? [])]);
    return {
      value: stack(outputs),
      gradFunc: (dy: Tensor | Tensor[], kept: Tensor[]) => backward(single(dy), kept),
    };
  });
  return run(projected, recurrent, bias);
}

const perStep = 5;

/** d projected, d recurrent and d bias. `kept`: as in lstm.ts, five tensors of each step. */
function backward(dy: Tensor, kept: readonly Tensor[]): Tensor[] {
  const [recurrent] = kept;
  const count = dy.shape[0];
  const h = kept.slice(1, 1 + count);
  const at = (t: number) => kept.slice(1 + count + perStep * t, 1 + count + perStep * (t + 1));
  const masks = kept.slice(1 + count * (1 + perStep));
  const outer = unstack(dy);
  const dOwn: Tensor[] = [];
  const dBack: Tensor[] = [];
  let dh: Tensor | undefined;
  for (let t = count - 1; t >= 0; t--) {
    const [gate, z, r, inner, fresh] = at(t);
    const reached: Tensor = dh === undefined ? outer[t] : add(outer[t], dh);
    const d = masks.length === 0 ? reached : mul(reached, masks[t]);
    const before = t === 0 ? undefined : h[t - 1];
    const dUpdate = mul(d, before === undefined ? sub(0, fresh) : sub(before, fresh));
    const dFresh = mul(mul(d, sub(1, z)), sub(1, square(fresh)));
    const dGates = mul(concat([dUpdate, mul(dFresh, inner)], 2), mul(gate, sub(1, gate)));
    const dInner = mul(dFresh, r);
    dOwn[t] = concat([dGates, dFresh], 2);
    dBack[t] = concat([dGates, dInner], 2);
    if (t > 0) dh = add(mul(d, z), matMul(dBack[t], recurrent, false, true));
  }
  const n = recurrent.shape[1] ?? 0;
  const dRecurrent =
    count === 1 ? mul(recurrent, 0) : matMul(joined(h.slice(0, -1)), joined(dBack.slice(1)), true, false);
  const all = joined(dBack);
  return [stack(dOwn), dRecurrent, sum(columns(all, 2 * n, 3 * n), 1, true)];
}
