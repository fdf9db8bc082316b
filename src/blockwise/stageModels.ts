import { NasDistillError } from '../core/errors.js';
import { inferShapes } from '../models/inferShapes.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Architecture, ChoiceValue, SearchSpace } from '../spaces/SearchSpace.js';

/** One stage of an architecture as a model of its own. */
export interface StageModel {
  readonly stage: string;
  /** Shape of what comes in: the image, for the first stage, which brings its stem along. */
  readonly input: readonly number[];
  /** Absent where the stage is left out: what comes in goes out. */
  readonly spec?: ModelSpec;
}

/** Names of a model's stages in order. */
export function stagesOf(spec: ModelSpec): string[] {
  return Object.keys(spec.taps).filter((tap) => /^stage\d+$/.test(tap));
}

/**
 * Cuts a stage out of a model: its nodes, reading from where the stage before ended.
 * @throws NasDistillError SPACE for a stage that reads from more than one place, which no block of its own can
 */
export function cutStage(spec: ModelSpec, stage: string): StageModel {
  const stages = stagesOf(spec);
  const before = stages[stages.indexOf(stage) - 1];
  const entry = before === undefined ? 'input' : spec.taps[before];
  const input = inferShapes(spec).get(entry) ?? [];
  const exit = spec.taps[stage];
  if (exit === entry) return { stage, input };
  const from = entry === 'input' ? 0 : spec.nodes.findIndex(({ name }) => name === entry) + 1;
  const to = spec.nodes.findIndex(({ name }) => name === exit) + 1;
  const own = spec.nodes.slice(from, to);
  const inside = new Set(own.map(({ name }) => name));
  const nodes = own.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => {
      if (inside.has(name)) return name;
      if (name === entry) return 'input';
      throw new NasDistillError('SPACE', `${stage} reads ${name}, which lies before its own input`, {
        hint: 'Blockwise scoring needs stages that follow one another.',
      });
    }),
  }));
  // A model ends in a vector; a stage need not: it is read at its tap.
  const end = { name: 'end', op: 'global_avg_pool', inputs: [exit] } as const;
  return { stage, input, spec: { input, nodes: [...nodes, end], logits: end.name, taps: { [stage]: exit } } };
}

/** The choices of an architecture that decide a stage: its own, the stem's for the first, and those of the whole space. */
export function choicesOf(
  space: Pick<SearchSpace, 'choices'>,
  { choices }: Architecture,
  stage: string,
  first: boolean,
): Record<string, ChoiceValue> {
  const decides = (name: string) => {
    const [owner] = name.split('.');
    return !name.includes('.') || owner === stage || (first && owner === 'stem');
  };
  return Object.fromEntries(
    space.choices
      .filter(({ name, affects }) => affects === 'architecture' && Object.hasOwn(choices, name) && decides(name))
      .map(({ name }) => [name, choices[name]]),
  );
}

/** Text that is equal for equal choices of a stage. */
export function keyOf(choices: Readonly<Record<string, ChoiceValue>>): string {
  return Object.entries(choices)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(' ');
}

/** Refuses spaces whose stages cannot be taught one by one. @throws NasDistillError SPACE */
export function requireStages(space: SearchSpace, spec: ModelSpec): void {
  if (space.samples === 'texts') {
    throw new NasDistillError('SPACE', `space ${space.name} is for texts: its stages have no maps to be taught by`, {
      hint: 'Blockwise scoring is for spaces of images: mobile-cnn, resnet-convnext, tiny-vit, attention-fusion.',
    });
  }
  if (stagesOf(spec).length >= 2) return;
  throw new NasDistillError(
    'SPACE',
    `space ${space.name} has ${stagesOf(spec).length} stages: there are no blocks to score`,
    {
      hint: 'Blockwise scoring needs two stages or more.',
    },
  );
}
