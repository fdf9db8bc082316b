import { NasDistillError } from '../core/errors.js';
import { violations } from '../costs/budgets.js';
import type { Trial } from '../store/types.js';
import type { SearchParts } from './SearchParts.js';
import { refined } from './telling.js';

/** The candidates that the sampler proposes, one after the other, up to the study's number of trials; each is stored as a trial. */
export class NewTrials {
  private proposed: number;
  private exhausted = false;

  /** @param past the trials stored so far @param next the number of the next one */
  constructor(
    private readonly parts: SearchParts,
    past: readonly Trial[],
    private next: number,
  ) {
    this.proposed = past.filter((trial) => trial.origin !== 'baseline').length;
  }

  /** Why no more come, if none do. */
  get over(): 'trials' | 'exhausted' | undefined {
    if (this.proposed >= this.parts.config.trials) return 'trials';
    return this.exhausted ? 'exhausted' : undefined;
  }

  /** Undefined if the study has all its trials, or the sampler finds no other architecture. */
  async propose(): Promise<Trial | undefined> {
    const { parts } = this;
    const { study, config, store, sampler } = parts;
    if (this.over !== undefined) return undefined;
    const turn = this.proposed + 1;
    parts.reseed(`${config.seed}/ask/${turn}`);
    const proposal = sampler.ask();
    if (proposal === undefined) {
      this.exhausted = true;
      return undefined;
    }
    const architecture = await refined(parts, proposal, `${config.seed}/refine/${turn}`);
    const { spec, costs } = parts.build(architecture);
    const excess = violations(costs, parts.budgets);
    if (excess.some((v) => v > 0))
      throw new NasDistillError('INTERNAL', `sampler ${config.sampler} proposed an architecture over the budget`);
    const architectureId = parts.space.id(architecture);
    parts.seen.add(architectureId);
    this.proposed = turn;
    // Before the trial is stored: whoever finds it there knows whom it inherits from.
    parts.relatives?.choose(this.next, parts.space.encode(architecture));
    const trial = store.createTrial(study, { origin: 'search', architectureId, architecture, spec, costs });
    this.next = trial.number + 1;
    return trial;
  }
}
