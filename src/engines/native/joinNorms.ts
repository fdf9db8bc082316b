import { fusedKernels } from '../fusedLayers.js';
import { Calls } from './Calls.js';
import type { RecordedOperator } from './planOf.js';
import { attribute, type OpAttribute } from './TensorflowBackend.js';

/** Operators that only plans call: nothing in tfjs asks for them. Their inputs and outputs are told in install/kernels. */
export const joined = {
  moments: 'NasDistillMoments',
  normActivate: 'NasDistillNormActivate',
  normSlopes: 'NasDistillNormSlopes',
  normActivateGrad: 'NasDistillNormActivateGrad',
  denseMoments: 'NasDistillDenseMoments',
  depthwiseMoments: 'NasDistillDepthwiseMoments',
  normDepthwiseMoments: 'NasDistillNormDepthwiseMoments',
  normPointGrad: 'NasDistillNormPointGrad',
  normDepthwiseGrad: 'NasDistillNormDepthwiseGrad',
  normDepthwiseNormGrad: 'NasDistillNormDepthwiseNormGrad',
} as const;

/** Activations that these can have behind a norm, with their numbers there and the operators of their gradients. */
export const activations: Readonly<Record<string, { readonly number: number; readonly gradient: string }>> = {
  Relu: { number: 1, gradient: 'ReluGrad' },
  Relu6: { number: 2, gradient: 'Relu6Grad' },
  [fusedKernels.hardSwish]: { number: 3, gradient: fusedKernels.hardSwishGrad },
};
export const activationNumber = (name: string): number => activations[name].number;
const gradients = Object.values(activations).map(({ gradient }) => gradient);

/**
 * Joins batch norm in training with its neighbours, which only the list of calls shows: the activation behind it, the convolution
 * before it (which sums up the statistics while its results are in the cache), the depthwise one behind it, and the same in their
 * gradients. What lies between is computed again where it is needed, instead of being written and read.
 */
export function joinNorms(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const rules = [splitNorms, joinBefore, joinBehind, joinPointGradients];
  return rules.reduce<RecordedOperator[]>(
    (list, rule) => {
      const calls = new Calls(list, results);
      rule(calls);
      return calls.result();
    },
    [...operators],
  );
}

/** Batch norm becomes its statistics and the rest, with the activation behind it; its gradient likewise. */
function splitNorms(calls: Calls): void {
  for (const norm of calls.named(fusedKernels.batchNorm)) {
    const [x, gamma, beta] = norm.inputs;
    const [y, mean, variance] = norm.outputs;
    const activation = activationOf(calls, y);
    const number = activation ? activations[activation.name].number : 0;
    const attributes = [...norm.attributes, attribute.integer('activation', number)];
    const statistics = [mean, variance, gamma, beta];
    calls.replace(
      norm,
      { name: joined.moments, attributes: [], inputs: [x], outputs: [mean, variance] },
      { name: joined.normActivate, attributes, inputs: [x, ...statistics], outputs: activation?.outputs ?? [y] },
    );
    if (activation) calls.replace(activation);
    for (const gradient of calls.readers(mean, fusedKernels.batchNormGrad)) {
      const [dy] = gradient.inputs;
      const [dx, dgamma, dbeta] = gradient.outputs;
      const above = activation && calls.maker(dy, activations[activation.name].gradient);
      const inputs = [above ? above.inputs[0] : dy, x, ...statistics];
      if (above) calls.replace(above);
      calls.replace(
        gradient,
        { name: joined.normSlopes, attributes, inputs, outputs: [dgamma, dbeta] },
        { name: joined.normActivateGrad, attributes, inputs: [...inputs, dgamma, dbeta], outputs: [dx] },
      );
    }
  }
}

/** The activation that alone reads a norm's result, beside its own gradients, whose results go to that norm's. */
function activationOf(calls: Calls, y: number): RecordedOperator | undefined {
  const readers = calls.onlyReaders(y, ...Object.keys(activations), ...gradients);
  const [forward, ...more] = readers.filter(({ name }) => Object.hasOwn(activations, name));
  if (forward === undefined || more.length > 0) return undefined;
  const fitting = readers.every((call) => {
    if (call === forward) return true;
    const below = calls.onlyReaders(call.outputs[0], fusedKernels.batchNormGrad);
    return (
      call.name === activations[forward.name].gradient &&
      call.inputs[0] !== y &&
      below.length === 1 &&
      calls.maker(below[0].inputs[3], fusedKernels.batchNorm)?.outputs[0] === y
    );
  });
  return fitting ? forward : undefined;
}

/** Statistics are summed up by the convolution or dense layer that makes the values. */
function joinBefore(calls: Calls): void {
  const names: Readonly<Record<string, string>> = {
    [fusedKernels.dense]: joined.denseMoments,
    NasDistillDepthwise: joined.depthwiseMoments,
  };
  for (const moments of calls.named(joined.moments)) {
    const maker = calls.maker(moments.inputs[0], ...Object.keys(names));
    if (maker === undefined) continue;
    calls.replace(moments);
    calls.replace(maker, { ...maker, name: names[maker.name], outputs: [...maker.outputs, ...moments.outputs] });
  }
}

/** A depthwise convolution normalises and activates its image itself, and so do its gradients. */
function joinBehind(calls: Calls): void {
  for (const norm of calls.named(joined.normActivate)) {
    const [z] = norm.outputs;
    const readers = calls.onlyReaders(z, joined.depthwiseMoments, 'NasDistillDepthwiseGradFilter');
    const [forward, ...others] = readers.filter(({ name }) => name === joined.depthwiseMoments);
    const [ofFilter, ...more] = readers.filter(({ name }) => name !== joined.depthwiseMoments);
    if (forward === undefined || others.length > 0 || more.length > 0 || forward.inputs[0] !== z) continue;
    const w = forward.inputs[1];
    const behind = { name: joined.normDepthwiseMoments, attributes: [...norm.attributes, ...forward.attributes], inputs: [...norm.inputs, w], outputs: forward.outputs }; // prettier-ignore
    if (ofFilter !== undefined) {
      const dy = ofFilter.inputs[1];
      const ofImage = calls.readers(dy, 'NasDistillDepthwiseGradInput').find(({ inputs }) => inputs[1] === w);
      const slopes = ofImage && calls.onlyReaders(ofImage.outputs[0], joined.normSlopes, joined.normActivateGrad);
      const sums = slopes?.find(({ name }) => name === joined.normSlopes);
      const fits =
        sums &&
        slopes?.length === 2 &&
        slopes.every(({ inputs }) => norm.inputs.every((id, i) => inputs[i + 1] === id));
      if (ofImage === undefined || sums === undefined || !fits) continue;
      joinDepthwiseGradients(calls, { norm, dy, w, ofFilter, ofImage, sums });
    }
    calls.replace(norm);
    calls.replace(forward, behind);
  }
}

function joinDepthwiseGradients(
  calls: Calls,
  given: { norm: RecordedOperator; dy: number; w: number } & Record<'ofFilter' | 'ofImage' | 'sums', RecordedOperator>,
): void {
  const { norm, dy, w, ofFilter, ofImage, sums } = given;
  const outputs = [ofImage.outputs[0], ofFilter.outputs[0], ...sums.outputs];
  const attributes = [...norm.attributes, windowOf(ofFilter)];
  const above = calls.onlyReaders(dy, ofFilter.name, ofImage.name).length === 2 ? calls.maker(dy, joined.normActivateGrad) : undefined; // prettier-ignore
  calls.replace(sums);
  if (above === undefined) {
    const first = calls.list.indexOf(ofFilter) < calls.list.indexOf(ofImage) ? ofFilter : ofImage;
    for (const call of [ofFilter, ofImage]) calls.replace(call);
    calls.replace(first, { name: joined.normDepthwiseGrad, attributes, inputs: [dy, ...norm.inputs, w], outputs });
    return;
  }
  for (const call of [ofFilter, ofImage]) calls.replace(call);
  const [dz, ...after] = above.inputs;
  const attributesAfter = above.attributes.map((one) => ({ ...one, name: `${one.name}_after` }));
  calls.replace(above, {
    name: joined.normDepthwiseNormGrad,
    attributes: [...attributes, ...attributesAfter],
    inputs: [dz, ...norm.inputs, w, ...after],
    outputs,
  });
}

function windowOf(call: RecordedOperator): OpAttribute {
  const window = call.attributes.find(({ name }) => name === 'window');
  if (window === undefined) throw new Error(`${call.name} has no window`);
  return window;
}

/** Both gradients of a convolution over points read the gradient of the norm behind it piece by piece. */
function joinPointGradients(calls: Calls): void {
  for (const norm of calls.named(joined.normActivateGrad)) {
    const readers = calls.onlyReaders(norm.outputs[0], fusedKernels.denseGradInput, 'NasDistillPointGradFilter');
    const ofInput = readers.find(({ name }) => name === fusedKernels.denseGradInput);
    const ofFilter = readers.find(({ name }) => name === 'NasDistillPointGradFilter');
    if (readers.length !== 2 || ofInput === undefined || ofFilter === undefined) continue;
    for (const call of readers) calls.replace(call);
    calls.replace(norm, {
      name: joined.normPointGrad,
      attributes: norm.attributes,
      inputs: [...norm.inputs, ofFilter.inputs[0], ofInput.inputs[1]],
      outputs: [ofInput.outputs[0], ofFilter.outputs[0]],
    });
  }
}
