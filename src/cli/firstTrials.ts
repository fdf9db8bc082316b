import { NasDistillError } from '../core/errors.js';
import type { FinishedTrial } from '../samplers/Sampler.js';
import { enqueue } from '../search/enqueue.js';
import { readArchitectures } from '../search/readArchitectures.js';
import { warmFacts, warmStart, warmTrials, type WarmFacts } from '../search/warmStart.js';
import type { TrialStore } from '../store/types.js';
import type { Io } from './Io.js';
import type { StudyGround } from './openStudy.js';

/** What a study begins with, besides what its sampler proposes. */
export interface FirstTrials {
  /** To be stored with a new study. */
  readonly facts: { readonly warmStart?: WarmFacts };
  readonly warm: readonly FinishedTrial[];
  /** Stores the architectures that are to be trained first; the study exists by now. */
  store(): void;
}

/**
 * Reads `--enqueue` and `--warm-start`, so that what is wrong with them shows before anything is stored. A study that goes on
 * is told what it was told when it began, whatever has become of the other study.
 * @throws NasDistillError CONFIG, INFEASIBLE, NOT_FOUND
 */
export function openFirstTrials(
  io: Io,
  store: TrialStore,
  name: string,
  ground: StudyGround,
  file: string | undefined,
): FirstTrials {
  const { config } = ground;
  const architectures = file === undefined ? [] : readArchitectures(file, { ...ground, seed: config.seed });
  const stored = store.study(name);
  const other = config.warmStart;
  const known = warmFacts.optional().parse(stored?.facts.warmStart);
  const started = stored === undefined && other !== undefined ? fromStudy(io, store, other, ground) : undefined;
  const facts = known ?? started?.facts;
  return {
    facts: facts === undefined ? {} : { warmStart: facts },
    warm: facts === undefined ? [] : warmTrials(facts, ground),
    store() {
      const first = [...architectures, ...(started?.first ?? [])];
      if (first.length === 0) return;
      const { added, known: before } = enqueue({ store, study: name, ...ground, build: ground.builder.build }, first);
      const left = before === 0 ? '' : `; in the study already: ${before}`;
      io.progress.info(
        `${added} ${added === 1 ? 'architecture waits' : 'architectures wait'} to be trained first${left}`,
      );
    },
  };
}

function fromStudy(io: Io, store: TrialStore, other: string, ground: StudyGround) {
  const source = store.study(other);
  if (source === undefined) {
    throw new NasDistillError('NOT_FOUND', `there is no study '${other}' to start from`, {
      hint: 'See all with: nas-distill studies',
    });
  }
  const found = warmStart(other, store.trials(other), ground);
  const unused = found.unused === 0 ? '' : `; ${found.unused} unfinished or of another space are of no use`;
  io.progress.info(`learning from study ${other}: ${found.facts.trials.length} trials${unused}`);
  const differs = ['data', 'epochs', 'trainImages'].filter(
    (key) => JSON.stringify(source.settings[key]) !== JSON.stringify(Reflect.get(ground.config, key)),
  );
  if (differs.length > 0) {
    io.progress.warn(`study ${other} had other ${differs.join(', ')}: its accuracies are not of this study's kind`);
  }
  return found;
}
