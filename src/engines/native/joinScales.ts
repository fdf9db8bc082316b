import { fusedKernels } from '../fusedLayers.js';
import { Calls } from './Calls.js';
import { activationNumber, activations } from './joinNorms.js';
import type { RecordedOperator } from './planOf.js';
import { attribute } from './TensorflowBackend.js';

/** Operators of convolutions, by what follows them. */
const makers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [fusedKernels.scale]: {
    [fusedKernels.dense]: 'NasDistillDenseScaled',
    NasDistillDepthwise: 'NasDistillDepthwiseScaled',
  },
  [fusedKernels.addBias]: {
    [fusedKernels.dense]: 'NasDistillDenseBiased',
    NasDistillDepthwise: 'NasDistillDepthwiseBiased',
  },
};

/**
 * What is done with each value of a convolution - a bias, or batch norm by its moving averages - is done with the activation behind
 * it in one pass, and by the convolution itself where that is an operator of our own.
 */
export function joinScales(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  return joinMakers(joinActivations(operators, results), results);
}

function joinActivations(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const calls = new Calls(operators, results);
  for (const scale of calls.named(...Object.keys(makers))) {
    const [y] = scale.outputs;
    const readers = calls.onlyReaders(y, ...Object.keys(activations), 'ReluGrad', 'Relu6Grad');
    const [forward, ...more] = readers.filter(({ name }) => Object.hasOwn(activations, name));
    if (forward === undefined || more.length > 0) continue;
    const backward = readers.filter((call) => call !== forward);
    // These two gradients know as much from the activation's result.
    if (backward.some(({ name, inputs }) => name !== `${forward.name}Grad` || inputs[0] === y)) continue;
    const [z] = forward.outputs;
    const others = scale.attributes.filter(({ name }) => name !== 'activation');
    const attributes = [...others, attribute.integer('activation', activationNumber(forward.name))];
    calls.replace(scale, { ...scale, attributes, outputs: [z] });
    calls.replace(forward);
    for (const call of backward) calls.replace(call, { ...call, inputs: [call.inputs[0], z] });
  }
  return calls.result();
}

function joinMakers(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const calls = new Calls(operators, results);
  for (const scale of calls.named(...Object.keys(makers))) {
    const [x, ...numbers] = scale.inputs;
    const names = makers[scale.name];
    const maker = calls.maker(x, ...Object.keys(names));
    if (maker === undefined || calls.onlyReaders(x, scale.name).length !== 1) continue;
    calls.replace(maker);
    calls.replace(scale, {
      name: names[maker.name],
      attributes: [...maker.attributes, ...scale.attributes],
      inputs: [...maker.inputs, ...numbers],
      outputs: scale.outputs,
    });
  }
  return calls.result();
}
