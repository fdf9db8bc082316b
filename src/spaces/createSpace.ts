import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import { architectureIds } from './architectureId.js';
import { ChoiceGraph } from './ChoiceGraph.js';
import type { Architecture, ChoiceValue, SearchSpace } from './SearchSpace.js';
import { buildModel, samplesRead } from './buildModel.js';
import type { SpaceDefinition } from './language/definition.js';
import { lossesOf } from './lossesOf.js';
import { mixingsOf, trainingChoiceOf } from './trainingChoiceOf.js';

type Values = Readonly<Record<string, ChoiceValue>>;

/** The search space of a definition. */
export function createSpace(definition: SpaceDefinition): SearchSpace {
  const { defaults, ...shape } = definition;
  const graph = new ChoiceGraph(definition.choices, (names) => new Error(`circular choices: ${names.join(', ')}`));
  const { choices } = graph;
  const encodedLength = choices.reduce((sum, c) => sum + c.values.length, 0);

  const draw = (values: Values, rng: Rng): Architecture => ({
    choices: graph.complete((c) =>
      Object.hasOwn(values, c.name) && c.values.includes(values[c.name]) ? values[c.name] : rng.pick(c.values),
    ),
  });

  function mutate(parent: Architecture, rng: Rng): Architecture {
    const active = choices.filter((c) => Object.hasOwn(parent.choices, c.name) && c.values.length > 1);
    if (active.length === 0) return parent;
    const forced = rng.pick(active);
    const values: Record<string, ChoiceValue> = { ...parent.choices };
    for (const choice of active) {
      const changes = choice === forced || rng.uniform() < 1 / active.length;
      if (changes) values[choice.name] = rng.pick(choice.values.filter((v) => v !== parent.choices[choice.name]));
    }
    return draw(values, rng);
  }

  function crossover(a: Architecture, b: Architecture, rng: Rng): Architecture {
    const values: Record<string, ChoiceValue> = {};
    for (const { name } of choices) {
      const holders = [a, b].filter((x) => Object.hasOwn(x.choices, name));
      if (holders.length > 0) values[name] = rng.pick(holders).choices[name];
    }
    return draw(values, rng);
  }

  function validate(architecture: Architecture): void {
    const given = architecture.choices;
    const fail = (message: string) => {
      throw new NasDistillError('SPACE', `architecture is not of the space ${definition.name}: ${message}`, {
        hint: 'It was made by another version of the space; a study keeps the space that it began with.',
      });
    };
    const expected = graph.complete((c) => {
      if (!Object.hasOwn(given, c.name)) fail(`the choice ${c.name} is missing`);
      if (!c.values.includes(given[c.name])) fail(`${c.name} cannot be ${JSON.stringify(given[c.name])}`);
      return given[c.name];
    });
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(expected, name)) fail(`the choice ${name} does not exist or is inactive`);
    }
  }

  function encode(architecture: Architecture): Float64Array {
    const out = new Float64Array(encodedLength);
    let offset = 0;
    for (const choice of choices) {
      if (Object.hasOwn(architecture.choices, choice.name)) {
        const index = choice.values.indexOf(architecture.choices[choice.name]);
        if (index >= 0) out[offset + index] = 1;
      }
      offset += choice.values.length;
    }
    return out;
  }

  return {
    name: definition.name,
    description: definition.description,
    samples: samplesRead(definition, definition.baseline),
    digest: digestOf({ ...shape, description: '' }),
    choices: choices.map(({ name, values, affects }) => ({ name, values, affects })),
    reference: { choices: definition.baseline },
    count: () => graph.count(),
    *enumerate() {
      for (const values of graph.enumerate()) yield { choices: values };
    },
    sample: (rng) => draw({}, rng),
    complete: draw,
    mutate,
    crossover,
    encode,
    id: architectureIds(choices),
    validate,
    toModelSpec(architecture, context) {
      validate(architecture);
      return buildModel(definition, architecture.choices, context);
    },
    losses(architecture) {
      return lossesOf(definition, architecture.choices);
    },
    recipe({ choices: values }) {
      const losses = lossesOf(definition, values);
      const training = trainingChoiceOf(definition, values);
      return { ...(losses === undefined ? {} : { losses }), ...(training === undefined ? {} : { training }) };
    },
    mixings: mixingsOf(definition),
    ...(defaults === undefined ? {} : { defaults }),
    baseline: (widthMultiplier, context) => buildModel(definition, definition.baseline, context, widthMultiplier),
  };
}
