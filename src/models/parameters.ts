import type { Rng } from '../core/rng.js';
import type { HostTensor, HostTensors } from '../engines/Engine.js';
import { inferShapes, inputShapes } from './inferShapes.js';
import { drawInitial } from './Initialiser.js';
import type { LayerParam } from './layers/LayerEntry.js';
import { layers } from './layers/registry.js';
import type { ModelSpec } from './ModelSpec.js';

const known = new WeakMap<ModelSpec, readonly LayerParam[]>();

/** Every stored tensor of a model, named `node/name`, in the order of the nodes. float32 all of them. */
export function parameterSpecs(spec: ModelSpec): readonly LayerParam[] {
  const before = known.get(spec);
  if (before) return before;
  const shapes = inferShapes(spec);
  const specs = spec.nodes.flatMap((node) => {
    const params = layers[node.op].params?.(node, inputShapes(node, shapes)) ?? [];
    return params.map((param) => ({ ...param, name: `${node.name}/${param.name}` }));
  });
  known.set(spec, specs);
  return specs;
}

/** Values of a model: what training changes by gradients, and the statistics that it averages. */
export interface ModelValues {
  readonly trainable: HostTensors;
  readonly statistics: HostTensors;
}

/**
 * New values for a model. Each parameter has its own stream of random numbers, so a layer starts equal in two models that
 * differ elsewhere.
 */
export function initialise(spec: ModelSpec, rng: Rng): ModelValues {
  const trainable: Record<string, HostTensor> = {};
  const statistics: Record<string, HostTensor> = {};
  for (const param of parameterSpecs(spec)) {
    const size = param.shape.reduce((product, n) => product * n, 1);
    const data = drawInitial(param.init, size, param.init.kind === 'constant' ? rng : rng.fork(param.name));
    (param.trainable ? trainable : statistics)[param.name] = { shape: param.shape, dtype: 'float32', data };
  }
  return { trainable, statistics };
}
