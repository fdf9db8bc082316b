import type { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import { initializers, layers as tfjsLayers } from '../engines/layers.js';
import { tidy, type serialization, type Tensor } from '../engines/tf.js';
import type { LayerEntry, Shape } from './layers/LayerEntry.js';
import type { NodeSpec } from './ModelSpec.js';

type Config = serialization.ConfigDict;
type LayerVariable = ReturnType<InstanceType<typeof tfjsLayers.Layer>['addWeight']>;

/**
 * A layer of this project as a serialisable layer of tfjs-layers: its options are its config (checked as any data from
 * outside), its weights and its function are those of the registry's entry. At inference only, as exports are.
 */
export abstract class EntryLayer extends tfjsLayers.Layer {
  readonly #entry: LayerEntry;
  readonly #node: NodeSpec;
  readonly #options: Config;
  readonly #values = new Map<string, LayerVariable>();

  /**
   * @param fixed what the class says of the node: its op, and options that are no config
   * @param options names of the options that are config
   * @throws NasDistillError MODEL for a config that the layer's schema refuses
   */
  protected constructor(entry: LayerEntry, fixed: Config, options: readonly string[], config: Config) {
    super({ name: typeof config.name === 'string' ? config.name : undefined });
    this.#entry = entry;
    this.#options = pick(config, options);
    this.#node = parseNode(entry.schema, { name: 'layer', inputs: ['x'], ...fixed, ...this.#options });
  }

  override build(inputShape: (number | null)[] | (number | null)[][]): void {
    for (const param of this.#entry.params?.(this.#node, shapesOf(inputShape)) ?? []) {
      // Zeros: the values come from a file or from toLayersModel.
      const variable = this.addWeight(param.name, [...param.shape], 'float32', initializers.zeros());
      this.#values.set(param.name, variable);
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    const [first] = listOf(inputShape);
    return [first[0], ...this.#entry.outputShape(this.#node, shapesOf(inputShape))];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() =>
      this.#entry.apply(this.#node, Array.isArray(inputs) ? inputs : [inputs], {
        training: false,
        param: (name) => {
          const variable = this.#values.get(name);
          if (!variable) throw new NasDistillError('INTERNAL', `layer ${this.name}: it has no weight '${name}'`);
          return variable.read();
        },
        noise: () => {
          throw new NasDistillError('INTERNAL', `layer ${this.name}: an exported layer draws no noise`);
        },
        setStatistic: () => undefined,
        setExtra: () => undefined,
      }),
    );
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.#options };
  }
}

/** tfjs writes an absent option as null. */
function pick(config: Config, names: readonly string[]): Config {
  return Object.fromEntries(
    names.filter((name) => config[name] !== null && config[name] !== undefined).map((name) => [name, config[name]]),
  );
}

function parseNode(schema: z.ZodType<NodeSpec>, data: Config): NodeSpec {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new NasDistillError('MODEL', `layer ${String(data.op)}: ${issue.path.map(String).join('.')}: ${issue.message}`);
}

/** tfjs gives one shape, or a list of them. */
function listOf(shapes: (number | null)[] | (number | null)[][]): (number | null)[][] {
  const several = shapes.filter((shape): shape is (number | null)[] => Array.isArray(shape));
  return several.length > 0 ? several : [shapes.filter((size): size is number | null => !Array.isArray(size))];
}

function shapesOf(shapes: (number | null)[] | (number | null)[][]): Shape[] {
  return listOf(shapes).map((shape) =>
    shape.slice(1).map((size) => {
      if (size === null) throw new NasDistillError('MODEL', 'a layer of nas-distill needs sizes that are known');
      return size;
    }),
  );
}
