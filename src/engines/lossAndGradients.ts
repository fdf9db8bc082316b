import { NasDistillError } from '../core/errors.js';
import type { Tensors } from './Engine.js';
import { keep, valueAndGrads, type Scalar, type Tensor } from './tf.js';

/**
 * The loss, its gradients by the named parameters, and other values computed on the way (logits, batch statistics),
 * which tfjs's own `valueAndGrads` would free. For use inside a StepFunction.
 */
export function lossAndGradients(
  params: Tensors,
  compute: (params: Tensors) => { loss: Tensor; aux?: Tensors },
): { loss: Scalar; grads: Tensors; aux: Tensors } {
  const names = Object.keys(params);
  let kept: Tensors | undefined;
  const lossOf = (...values: Tensor[]) => {
    const { loss, aux } = compute(Object.fromEntries(names.map((name, i) => [name, values[i]])));
    if (loss.rank !== 0) throw new NasDistillError('INTERNAL', `the loss has shape [${loss.shape.join(',')}], not []`);
    kept = mapTensors(aux ?? {}, (value) => keep(value.clone()));
    return loss as Scalar;
  };
  const { value, grads } = valueAndGrads(lossOf)(names.map((name) => params[name]));
  if (!kept) throw new NasDistillError('INTERNAL', 'the loss was not computed');
  // What was kept moves into the caller's scope: a copy by reference that is freed with the rest of the step.
  const aux = mapTensors(kept, (held) => {
    const value = held.clone();
    held.dispose();
    return value;
  });
  return { loss: value as Scalar, grads: Object.fromEntries(names.map((name, i) => [name, grads[i]])), aux };
}

function mapTensors(tensors: Tensors, change: (tensor: Tensor) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}
