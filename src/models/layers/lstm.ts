// Hochreiter & Schmidhuber, Neural Computation 9(8), 1997, with the forget gate of Gers et al., 2000:
//   i, f, o = sigmoid(x W + h R + b);  g = tanh(x W + h R + b);  c' = f * c + i * g;  h' = o * tanh(c')
// The forget gate begins open, at sigmoid(1) (Jozefowicz et al., ICML 2015): 1 is added to its bias.
import {
  add,
  concat,
  customGrad,
  matMul,
  mul,
  sigmoid,
  square,
  stack,
  sub,
  tanh,
  tensor1d,
  unstack,
} from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { hasRecurrence } from '../../engines/recurrence.js';
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

const gates = 4;

/**
 * Long short-term memory, one or both directions. Columns of the weights: input, forget and output gate, candidate.
 * A mask sets the cell to zero where padding is, so that the way back begins at the text's last token; padding stands at
 * the end.
 */
export const lstm = recurrentLayer(
  'lstm',
  gates,
  () => [],
  (node, inputs, context) => {
    const [x] = inputs;
    const mask = inputs.length > 1 ? inputs[1] : undefined;
    const directions = directionsOf(node);
    const bias = add(context.param('bias'), openForgetGate(node.units, directions));
    const [kernel, recurrent] = [context.param('kernel'), context.param('recurrent')];
    if (!context.training && hasRecurrence()) {
      return wholeRecurrence({ op: 'lstm', x, mask, kernel, recurrent, bias, order: [0, 2, 1, 3] });
    }
    const projected = toSteps(project(x, kernel, bias), directions);
    return fromSteps(unroll(projected, recurrent, maskSteps(mask, directions)));
  },
);

function openForgetGate(units: number, directions: number): Tensor {
  const values = new Float32Array(directions * gates * units);
  for (let d = 0; d < directions; d++) values.fill(1, (d * gates + 1) * units, (d * gates + 2) * units);
  return tensor1d(values);
}

/**
 * All steps: projected [T, D, B, 4n] and recurrent [D, n, 4n] -> h [T, D, B, n]. The gradient is written down
 * (backpropagation through time), so that the one of the recurrent weights is one product over all steps.
 */
function unroll(projected: Tensor, recurrent: Tensor, mask: readonly Tensor[] | undefined): Tensor {
  const n = recurrent.shape[1] ?? 0;
  const run = customGrad((...args) => {
    const save = saver(args);
    const steps = unstack(projected);
    const outputs: Tensor[] = [];
    const saved: Tensor[] = [];
    let h: Tensor | undefined;
    let c: Tensor | undefined;
    for (const [t, own] of steps.entries()) {
      const all = h === undefined ? own : add(own, matMul(h, recurrent));
      const gate = sigmoid(columns(all, 0, 3 * n));
      const g = tanh(columns(all, 3 * n, 4 * n));
      const [i, f, o] = [columns(gate, 0, n), columns(gate, n, 2 * n), columns(gate, 2 * n, 3 * n)];
      const fresh = mul(i, g);
      const cell = c === undefined ? fresh : add(mul(f, c), fresh);
      c = mask === undefined ? cell : mul(cell, mask[t]);
      const squashed = tanh(c);
      h = mul(o, squashed);
      outputs.push(h);
      saved.push(gate, g, i, f, o, c, squashed);
    }
    save([recurrent, ...outputs, ...saved, ...(mask ?? [])]);
    return {
      value: stack(outputs),
      gradFunc: (dy: Tensor | Tensor[], kept: Tensor[]) => backward(single(dy), kept),
    };
  });
  return run(projected, recurrent);
}

const perStep = 7;

/** d projected and d recurrent. `kept`: the recurrent weights, h of all steps, then seven tensors of each step, then its mask. */
function backward(dy: Tensor, kept: readonly Tensor[]): Tensor[] {
  const [recurrent] = kept;
  const count = dy.shape[0];
  const h = kept.slice(1, 1 + count);
  const at = (t: number) => kept.slice(1 + count + perStep * t, 1 + count + perStep * (t + 1));
  const masks = kept.slice(1 + count * (1 + perStep));
  const outer = unstack(dy);
  const dAll: Tensor[] = [];
  let dh: Tensor | undefined;
  let dc: Tensor | undefined;
  for (let t = count - 1; t >= 0; t--) {
    const [gate, g, i, f, o, , squashed] = at(t);
    const dOut: Tensor = dh === undefined ? outer[t] : add(outer[t], dh);
    const through = mul(mul(dOut, o), sub(1, square(squashed)));
    const sum: Tensor = dc === undefined ? through : add(through, dc);
    const dCell = masks.length === 0 ? sum : mul(sum, masks[t]);
    const before = t === 0 ? undefined : at(t - 1)[5];
    const dForget = before === undefined ? mul(f, 0) : mul(dCell, before);
    const dGates = mul(concat([mul(dCell, g), dForget, mul(dOut, squashed)], 2), mul(gate, sub(1, gate)));
    const d = concat([dGates, mul(mul(dCell, i), sub(1, square(g)))], 2);
    dAll[t] = d;
    if (t > 0) {
      dh = matMul(d, recurrent, false, true);
      dc = mul(dCell, f);
    }
  }
  const dRecurrent =
    count === 1 ? mul(recurrent, 0) : matMul(joined(h.slice(0, -1)), joined(dAll.slice(1)), true, false);
  return [stack(dAll), dRecurrent];
}
