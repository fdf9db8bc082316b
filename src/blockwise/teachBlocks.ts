import type { Rng } from '../core/rng.js';
import type { Engine } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';
import type { TaughtBlock } from './BlockTable.js';
import { choicesOf, cutStage, keyOf } from './stageModels.js';
import { trainStage, type StageLesson } from './trainStage.js';

/** Architectures drawn to find the different blocks of a stage. */
const draws = 3000;

/**
 * Different blocks of a stage, at most `count`, in an order that depends on the seed alone: more of them are taught by going on.
 * Everything else in the architectures is the reference's, so that all are taught behind the same width.
 */
export function blocksToTeach(
  space: SearchSpace,
  stage: string,
  first: boolean,
  count: number,
  rng: Rng,
): Architecture[] {
  const found = new Map<string, Architecture>();
  for (let i = 0; i < draws && found.size < count; i++) {
    const draw = rng.fork(`${stage}/${i}`);
    const own = choicesOf(space, space.sample(draw), stage, first);
    const architecture = space.complete({ ...space.reference.choices, ...own }, draw);
    const key = keyOf(choicesOf(space, architecture, stage, first));
    if (!found.has(key)) found.set(key, architecture);
  }
  return [...found.values()];
}

/** Teaches what of a stage's blocks was not taught before, one after the other; each is handed out as soon as it is known. */
export async function teachBlocks(options: {
  space: SearchSpace;
  stage: string;
  first: boolean;
  architectures: readonly Architecture[];
  build(architecture: Architecture): ModelSpec;
  lesson: StageLesson;
  steps: number;
  engine: Engine;
  rng: Rng;
  known: readonly TaughtBlock[];
  onBlock(block: TaughtBlock): void;
  signal?: AbortSignal;
}): Promise<void> {
  const { space, stage, first, architectures, build, lesson, steps, engine, rng, known, onBlock, signal } = options;
  const done = new Set(known.map(({ choices }) => keyOf(choices)));
  for (const architecture of architectures) {
    if (signal?.aborted) return;
    const choices = choicesOf(space, architecture, stage, first);
    const key = keyOf(choices);
    if (done.has(key)) continue;
    const model = cutStage(build(architecture), stage);
    const error = await trainStage({ stage: model, lesson, steps, engine, rng: rng.fork(key) });
    onBlock({ choices, error });
  }
}
