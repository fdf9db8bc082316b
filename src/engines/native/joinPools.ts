import { fusedKernels } from '../fusedLayers.js';
import { Calls } from './Calls.js';
import { activationNumber } from './joinNorms.js';
import type { RecordedOperator } from './planOf.js';

/** Activations that never turn an order round, so that a maximum may be taken before them: none, ReLU, ReLU6. */
const monotone = [0, activationNumber('Relu'), activationNumber('Relu6')];

/**
 * Max pooling takes the maxima before the bias and the activation, where nobody else reads these (outside of training), and its
 * gradient goes through the ReLU before it.
 */
export function joinPools(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const calls = new Calls(operators, results);
  for (const biased of calls.named(fusedKernels.addBias)) {
    const activation = biased.attributes.find(({ name }) => name === 'activation')?.value;
    const [pool, ...more] = calls.onlyReaders(biased.outputs[0], 'NasDistillMaxPool');
    if (pool === undefined || more.length > 0 || typeof activation !== 'number' || !monotone.includes(activation))
      continue;
    calls.replace(biased);
    calls.replace(pool, {
      name: 'NasDistillMaxPoolBiased',
      attributes: [...pool.attributes, ...biased.attributes],
      inputs: biased.inputs,
      outputs: pool.outputs,
    });
  }
  for (const relu of calls.named('ReluGrad')) {
    const [dx, z] = relu.inputs;
    const pool = calls.maker(dx, 'NasDistillMaxPoolGrad');
    if (pool === undefined || pool.inputs[0] !== z || calls.onlyReaders(dx, 'ReluGrad').length !== 1) continue;
    calls.replace(pool);
    calls.replace(relu, { ...pool, name: 'NasDistillMaxPoolReluGrad', outputs: relu.outputs });
  }
  return calls.result();
}
