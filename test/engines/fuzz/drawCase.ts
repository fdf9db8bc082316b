import { createRng, type Rng } from '../../../src/core/rng.js';
import { createTrainingStep, type TrainingStep } from '../../../src/distillation/trainingStep.js';
import type { HostTensor, HostTensors } from '../../../src/engines/Engine.js';
import type { ModelSpec } from '../../../src/models/ModelSpec.js';
import { fillNoise } from '../../../src/models/noise.js';
import { parseStudyConfig } from '../../../src/search/StudyConfig.js';
import { trainingOf } from '../../../src/search/trainingOf.js';
import { listSpaces, loadSpace } from '../../../src/spaces/loadSpace.js';
import type { Architecture, ModelContext, SearchSpace } from '../../../src/spaces/SearchSpace.js';
import { resnextSpace } from './resnextSpace.js';

/** A random architecture of a shipped space with a training of a few steps: everything follows from `name`. */
export interface FuzzCase {
  /** Space, seed and number: enough to draw it again. */
  readonly name: string;
  readonly spec: ModelSpec;
  readonly training: TrainingStep;
  /** Name of the optimiser's first moment, which after one step is the gradient times a number. */
  readonly moment: string;
  /** Feeds of each step. */
  readonly batches: readonly HostTensors[];
  /** What a person needs to see what it is. */
  readonly description: string;
}

const steps = 4;
const spaces = [...listSpaces().map((name) => loadSpace(name)), resnextSpace];

/**
 * Case `number` of a seed; the spaces take turns, so that as many cases as spaces visit each once.
 * @param draw another one: the same architecture and batch size with other weights and samples
 */
export function drawCase(seed: string, number: number, draw = 0): FuzzCase {
  const space = spaces[number % spaces.length];
  const name = `${space.name} ${seed}/${number}`;
  const rng = createRng(`fuzz/${name}`);
  const architecture = space.sample(rng.fork('architecture'));
  const { context, spec } = drawModel(space, architecture, rng.fork('context'));
  const batch = 4 + rng.int(5);
  const optimiser = rng.pick(['adamw', 'adam', 'sgd']);
  const config = trainingOf(parseStudyConfig({}), space.recipe(architecture));
  const training = createTrainingStep({
    spec,
    // The losses, clipping and smoothing of a study without settings, or what the space itself chose.
    config: {
      ...config,
      clipNorm: rng.pick([null, config.clipNorm]),
      optimiser: { name: optimiser, options: optimiser === 'adam' ? {} : { weightDecay: 0 } },
    },
    batch,
    classes: context.classes,
    imageShape: context.input,
    teacher: { classes: context.classes, taps: {} },
    rng: rng.fork(`weights/${draw}`),
  });
  const batches = Array.from({ length: steps }, (_, i) => drawFeeds(training, context, rng.fork(`feeds/${draw}/${i}`)));
  return {
    name,
    spec,
    training,
    moment: optimiser === 'sgd' ? 'velocity' : 'm',
    batches,
    description: JSON.stringify({ ...context, batch, optimiser, ...architecture.choices }),
  };
}

/** Sizes that fit the architecture: not every image can be cut into its patches, not every text is long enough. */
function drawModel(
  space: SearchSpace,
  architecture: Architecture,
  rng: Rng,
): { context: ModelContext; spec: ModelSpec } {
  const classes = 2 + rng.int(9);
  if (space.samples === 'texts') {
    const context = { input: [9 + rng.int(12)], classes, vocabulary: { size: 50 + rng.int(200), unknown: 1 } };
    return { context, spec: space.toModelSpec(architecture, context) };
  }
  const sides = rng.shuffle([8, 9, 11, 12, 14, 16, 28]);
  const channels = rng.pick([1, 3]);
  const shapes = [...sides.map((side) => [side, side, channels]), [10, 14, channels], [28, 28, channels]];
  for (const input of rng.uniform() < 0.3 ? [...shapes].reverse() : shapes) {
    const context = { input, classes };
    try {
      return { context, spec: space.toModelSpec(architecture, context) };
    } catch (error) {
      // The last one is what every shipped space is made for.
      if (input === shapes[shapes.length - 1]) throw error;
    }
  }
  throw new Error('no size was tried');
}

function drawFeeds({ feeds, noise }: TrainingStep, { classes, vocabulary }: ModelContext, rng: Rng): HostTensors {
  const drawn: Record<string, HostTensor> = {};
  for (const [name, { shape, dtype }] of Object.entries(feeds)) {
    const length = shape.reduce((a, b) => a * b, 1);
    if (dtype === 'int32') {
      const texts = name === 'image' && vocabulary !== undefined;
      const data = Int32Array.from({ length }, () => (texts ? 1 + rng.int(vocabulary.size - 1) : rng.int(classes)));
      if (texts) padded(data, shape[1], rng);
      drawn[name] = { shape, dtype, data };
      continue;
    }
    const data = Float32Array.from({ length }, () => rng.normal());
    if (name === 'lr') data[0] = 2e-3;
    if (name === 'teacher') data.forEach((value, i) => (data[i] = 3 * value));
    if (noise.includes(name)) fillNoise(data, rng);
    drawn[name] = { shape, dtype, data };
  }
  return drawn;
}

/** Cuts texts to different lengths, one token at least, with zeros behind. */
function padded(ids: Int32Array, tokens: number, rng: Rng): void {
  for (let row = 0; row < ids.length; row += tokens) {
    ids.fill(0, row + 1 + rng.int(tokens), row + tokens);
  }
}
