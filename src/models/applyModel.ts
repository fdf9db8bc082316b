import { NasDistillError } from '../core/errors.js';
import type { Tensors } from '../engines/Engine.js';
import { inLayer } from '../engines/layerScope.js';
import type { Tensor } from '../engines/tf.js';
import type { LayerContext } from './layers/LayerEntry.js';
import { layers } from './layers/registry.js';
import type { ModelSpec, NodeSpec } from './ModelSpec.js';
import { noiseName } from './noise.js';

export interface ApplyOptions {
  /** Batch norm uses the batch's statistics, dropout and drop path drop. */
  readonly training: boolean;
  /** What noiseSpecs lists; read only when training. */
  readonly noise: Tensors;
  /** Measures the statistics of batch norms anew, but for those of the nodes that it skips ({@link LayerContext.recalibrate}). */
  readonly recalibrate?: { readonly share: Tensor; readonly skips: (node: string) => boolean };
}

export interface ModelOutputs {
  /** [B, classes]. */
  readonly logits: Tensor;
  /** By tap name, batch in front. */
  readonly taps: Tensors;
  /** By `node/name`: the statistics' new values when training or recalibrating, else empty. */
  readonly statistics: Tensors;
}

/**
 * Runs a model as a function of its values: pure and traceable, in the ops of engines/tf, inside the caller's tidy.
 * @param variables trainable values and statistics by `node/name` (more may be in there)
 * @param image [B, ...spec.input]
 * @throws NasDistillError INTERNAL if a value, a noise feed or an input is missing
 */
export function applyModel(spec: ModelSpec, variables: Tensors, image: Tensor, options: ApplyOptions): ModelOutputs {
  const values = new Map<string, Tensor>([['input', image]]);
  const statistics: Tensors = {};
  for (const node of spec.nodes) {
    const context = contextOf(node, variables, options, statistics, values);
    const inputs = node.inputs.map((name) => required(values.get(name), `input '${name}' of node '${node.name}'`));
    values.set(
      node.name,
      inLayer(node.name, () => layers[node.op].apply(node, inputs, context)),
    );
  }
  const taps = Object.fromEntries(
    Object.entries(spec.taps).map(([tap, target]) => [tap, required(values.get(target), `tap '${tap}'`)]),
  );
  return { logits: required(values.get(spec.logits), 'logits'), taps, statistics };
}

function contextOf(
  node: NodeSpec,
  variables: Tensors,
  options: ApplyOptions,
  statistics: Tensors,
  values: Map<string, Tensor>,
): LayerContext {
  const { training, recalibrate } = options;
  return {
    training,
    ...(recalibrate && !recalibrate.skips(node.name) ? { recalibrate: recalibrate.share } : {}),
    param: (name) => required(variables[`${node.name}/${name}`], `value '${node.name}/${name}'`),
    noise: () => required(options.noise[noiseName(node.name)], `feed '${noiseName(node.name)}'`),
    setStatistic: (name, value) => {
      statistics[`${node.name}/${name}`] = value;
    },
    setExtra: (name, value) => {
      values.set(`${node.name}/${name}`, value);
    },
  };
}

function required(value: Tensor | undefined, what: string): Tensor {
  if (!value) throw new NasDistillError('INTERNAL', `model: ${what} is missing`);
  return value;
}
