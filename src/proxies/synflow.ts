// Tanaka, Kunin, Yamins, Ganguli: Pruning neural networks without any data, arXiv:2006.05467, equation 2, as a proxy in
// arXiv:2101.08134: R = sum of the outputs for an input of ones, every weight w replaced by |w|; score = sum of w * dR/dw.
// Given in logarithms, as R grows exponentially with the depth. Norms are left out, as in the proxy's code; departures:
// activations are left out, too (but for gates, which are bounded: they keep 0.5), as relu6 would cut the flow; and the input
// is 2^-60, with which R, of the first degree in the input, stays within float32 for deep students. Texts: their own tokens.
import type { HostTensor, StepFunction } from '../engines/Engine.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import { sum } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { parameterSpecs } from '../models/parameters.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { ProxyEntry } from './ProxyEntry.js';

const exponent = -60;
const passed = ['batch_norm', 'layer_norm', 'dropout', 'drop_path'];
const gates = ['sigmoid', 'hard_sigmoid', 'tanh'];

/** The same graph without norms, noise and activations. */
export function linearised(spec: ModelSpec): ModelSpec {
  const stands = new Map<string, string>();
  const real = (name: string) => stands.get(name) ?? name;
  const nodes = spec.nodes.flatMap((node) => {
    const out = passed.includes(node.op) || (node.op === 'activation' && !gates.includes(node.function));
    if (out) stands.set(node.name, real(node.inputs[0]));
    return out ? [] : [{ ...node, inputs: node.inputs.map(real) }];
  });
  return { ...spec, nodes, logits: real(spec.logits), taps: {} };
}

export const synflow: ProxyEntry = {
  summary: 'how much flows through the network, whatever the data (in logarithms)',
  paper: 'arXiv:2006.05467',
  teacher: false,
  score: async (model) => {
    const spec = linearised(model.spec);
    const specs = parameterSpecs(spec);
    const values = Object.fromEntries(
      specs.map(({ name, shape }): [string, HostTensor] => {
        const data = Float32Array.from(model.weights[name].data, Math.abs);
        return [name, { shape, dtype: 'float32', data }];
      }),
    );
    const texts = spec.inputKind === 'tokens';
    const size = spec.input.reduce((a, b) => a * b, 1);
    const shape = [1, ...spec.input];
    const image: HostTensor = texts
      ? { shape, dtype: 'int32', data: model.batch.image.data.slice(0, size) }
      : { shape, dtype: 'float32', data: new Float32Array(size).fill(2 ** exponent) };
    const step: StepFunction = (state, feeds) => {
      const { grads } = lossAndGradients(state, (inner) => {
        const { logits } = applyModel(spec, inner, feeds.image, { training: false, noise: {} });
        return { loss: sum(logits) };
      });
      return { outputs: grads };
    };
    const gradients = await model.run(spec, step, values, { image });
    let flow = 0;
    for (const { name } of specs) {
      if (values[name].shape.length > 1) values[name].data.forEach((w, i) => (flow += w * gradients[name].data[i]));
    }
    return Number.isFinite(flow) && flow > 0 ? Math.log(flow) - (texts ? 0 : exponent * Math.LN2) : undefined;
  },
};
