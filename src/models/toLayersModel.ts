import { NasDistillError } from '../core/errors.js';
import type { HostTensors } from '../engines/Engine.js';
import { input as inputLayer, model, type LayersModel, type SymbolicTensor } from '../engines/layers.js';
import { tensor, tidy } from '../engines/tf.js';
import { inferShapes, inputShapes } from './inferShapes.js';
import { inputType } from './modelInput.js';
import { kerasLayers, type BuiltLayer } from './kerasLayers.js';
import { layers } from './layers/registry.js';
import type { Shape } from './layers/LayerEntry.js';
import type { ModelSpec, NodeSpec } from './ModelSpec.js';

export interface LayersModelOptions {
  /** Taps to put out after the logits, in this order; none if absent. */
  readonly taps?: readonly string[];
}

/**
 * A model with its values as a tf.LayersModel, for saving in tfjs's format; the active backend holds its weights, and the
 * caller disposes it. Layers keep the nodes' names. Loading what was saved needs `import 'nas-distill/layers'`.
 * @param values by `node/name`: trainable values and statistics
 * @throws NasDistillError INTERNAL if a value is missing or misshapen, USAGE for a tap that is no node's output
 */
export function toLayersModel(spec: ModelSpec, values: HostTensors, options: LayersModelOptions = {}): LayersModel {
  const shapes = inferShapes(spec);
  const dtype = inputType(spec);
  const image = inputLayer({ shape: [...spec.input], name: 'input', dtype });
  const outputs = new Map<string, SymbolicTensor>([['input', image]]);
  for (const node of spec.nodes) {
    const inputs = node.inputs.map((name) => found(outputs.get(name), `node '${name}'`));
    const { layer, output } = build(node, inputs, {
      input: inputShapes(node, shapes)[0],
      output: shapes.get(node.name) ?? [],
    });
    setWeights(node, layer, inputShapes(node, shapes), values);
    outputs.set(node.name, output);
  }
  const taps = (options.taps ?? []).map((tap) => {
    const output = Object.hasOwn(spec.taps, tap) ? outputs.get(spec.taps[tap]) : undefined;
    if (output) return output;
    throw new NasDistillError('USAGE', `tap '${tap}' is not the output of a layer`, {
      hint: `Taps of this model: ${Object.keys(spec.taps).join(', ')}.`,
    });
  });
  const logits = found(outputs.get(spec.logits), 'logits');
  // A name of its own: tfjs numbers unnamed models, and what is saved should not depend on how many there were.
  return model({ inputs: image, outputs: taps.length > 0 ? [logits, ...taps] : logits, name: 'model' });
}

type AnyBuild = {
  build(node: NodeSpec, inputs: SymbolicTensor[], shapes: { input: Shape; output: Shape }): BuiltLayer;
}['build'];

function build(node: NodeSpec, ...rest: [SymbolicTensor[], { input: Shape; output: Shape }]): BuiltLayer {
  // Each entry takes its own kind of node; the key makes sure that it gets it.
  const entry: AnyBuild = kerasLayers[node.op];
  return entry(node, ...rest);
}

function setWeights(node: NodeSpec, layer: BuiltLayer['layer'], inputs: Shape[], values: HostTensors): void {
  const params = layers[node.op].params?.(node, inputs) ?? [];
  if (params.length === 0) return;
  tidy(() => {
    const weights = params.map(({ name, shape }) => {
      const value = found(values[`${node.name}/${name}`], `value '${node.name}/${name}'`);
      if (value.shape.join() !== shape.join()) {
        throw new NasDistillError(
          'INTERNAL',
          `model: value '${node.name}/${name}' is [${value.shape.join(', ')}], expected [${shape.join(', ')}]`,
        );
      }
      return tensor(value.data, [...shape], 'float32');
    });
    layer.setWeights(weights);
  });
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NasDistillError('INTERNAL', `model: ${what} is missing`);
  return value;
}
