import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { violations } from '../costs/budgets.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { TrialJob } from '../executors/Executor.js';
import type { Trial, TrialOutcome } from '../store/types.js';
import { scaledCost } from './scaledCost.js';
import type { SearchParts, SearchSummary } from './SearchParts.js';
import { TrialPruner } from './TrialPruner.js';
import { TrialWaves } from './TrialWaves.js';

/**
 * The one loop where ask, budget, executor, store and tell meet. Every trial is stored before it runs and when it
 * ends; a search that died goes on from the store: trials in flight run again with the same number and seed, and the
 * sampler is told the others again in the order in which they ended.
 * @throws NasDistillError TRIALS_FAILING after too many failures in a row; the store keeps all trials.
 */
export async function runSearch(parts: SearchParts): Promise<SearchSummary> {
  const { study, config, store, executor, sampler, signal } = parts;
  store.requeueRunning(study);
  const past = store.trials(study);
  for (const trial of parts.warm ?? []) sampler.tell(trial);
  const waves = config.deterministic ? new TrialWaves(executor.workers, past) : undefined;
  const pruning = new TrialPruner(parts.pruner, config.epochs, parts.costObjective, waves !== undefined);
  replay(parts, past, waves, pruning);
  const queue = [...past.filter((trial) => trial.state === 'WAITING'), ...createBaselines(parts, past)];
  queue.sort((a, b) => a.number - b.number);
  const deadline = config.timeMs === undefined ? Infinity : Date.now() + config.timeMs;
  const running = new Set<Promise<void>>();
  let proposed = past.filter((trial) => trial.origin !== 'baseline').length;
  let failures = 0;
  let fault: unknown;
  let exhausted = false;
  let next = [...past, ...queue].reduce((last, trial) => Math.max(last, trial.number), 0) + 1;

  const stopping = () => fault !== undefined || signal?.aborted === true;

  const propose = async (): Promise<Trial | undefined> => {
    if (exhausted || proposed >= config.trials || Date.now() >= deadline) return undefined;
    parts.reseed(`${config.seed}/ask/${proposed + 1}`);
    const proposal = sampler.ask();
    if (proposal === undefined) {
      exhausted = true;
      return undefined;
    }
    const architecture = await refined(parts, proposal, `${config.seed}/refine/${proposed + 1}`);
    const { spec, costs } = parts.build(architecture);
    const excess = violations(costs, parts.budgets);
    if (excess.some((v) => v > 0))
      throw new NasDistillError('INTERNAL', `sampler ${config.sampler} proposed an architecture over the budget`);
    const architectureId = parts.space.id(architecture);
    parts.seen.add(architectureId);
    proposed++;
    // Before the trial is stored: whoever finds it there knows whom it inherits from.
    parts.relatives?.choose(next, parts.space.encode(architecture));
    const trial = store.createTrial(study, { origin: 'search', architectureId, architecture, spec, costs });
    next = trial.number + 1;
    return trial;
  };

  const finish = (trial: Trial, outcome: TrialOutcome) => {
    if (stopping()) return; // it stays RUNNING in the store and runs again on resume
    store.finish(study, trial.number, checked(outcome));
    const finished = store.trial(study, trial.number);
    if (finished === undefined)
      throw new NasDistillError('STORAGE', `study ${study}: trial ${trial.number} vanished from the store`);
    failures = finished.state === 'FAILED' ? failures + 1 : 0;
    if (waves) waves.end(finished);
    else tell(parts, finished);
    parts.events?.finished?.(finished);
    if (failures >= config.maxConsecutiveFailures) {
      fault = new NasDistillError(
        'TRIALS_FAILING',
        `study ${study}: ${failures} trials in a row failed, the last (${finished.number}) with: ${finished.reason}`,
        {
          hint: `Look at one with: nas-distill show ${finished.number} --study ${study}`,
        },
      );
    }
  };

  const launch = (trial: Trial) => {
    const work = executor
      .run(
        {
          trial: trial.number,
          seed: `${config.seed}/trial/${trial.number}`,
          spec: trial.spec,
          ...heritage(parts, trial),
          ...(trial.deaths === undefined ? {} : { deaths: trial.deaths }),
          ...(parts.watch === undefined ? {} : { watch: parts.watch }),
          training: parts.training(trial.origin === 'baseline' ? undefined : parts.space.recipe(trial.architecture)),
        },
        {
          onStart: (worker) => {
            store.start(study, trial.number, worker);
            parts.events?.started?.(trial, worker);
          },
          onRung: (rung) => {
            store.report(study, trial.number, rung);
            parts.events?.rung?.(trial, rung);
            return pruning.onRung(trial, rung);
          },
          onLost: (deaths, reason) => {
            store.lose(study, trial.number, deaths);
            parts.events?.lost?.(trial, reason);
          },
        },
        signal,
      )
      .then((outcome) => finish(trial, outcome))
      .catch((error: unknown) => {
        fault ??= error;
      })
      .finally(() => running.delete(work));
    running.add(work);
  };

  for (;;) {
    while (!stopping() && running.size < executor.workers) {
      const number = queue[0]?.number ?? next;
      if (waves && !waves.holds(number)) {
        if (running.size > 0) break;
        for (const trial of waves.close(number)) {
          pruning.onEnded(trial);
          tell(parts, trial);
        }
      }
      const trial = queue.shift() ?? (await propose());
      if (trial === undefined) break;
      launch(trial);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (fault !== undefined) {
    store.requeueRunning(study);
    throw fault;
  }
  const interrupted = signal?.aborted === true;
  if (interrupted) store.requeueRunning(study);
  const ended = interrupted ? 'interrupted' : proposed >= config.trials ? 'trials' : exhausted ? 'exhausted' : 'time';
  return { trials: store.trials(study), ended };
}

/** A finished trial's numbers must be numbers: NaN never reaches the front or the sampler. */
function checked(outcome: TrialOutcome): TrialOutcome {
  if (outcome.state === 'FAILED') return outcome;
  const bad = Object.entries(outcome.metrics).find(([, value]) => !Number.isFinite(value));
  return bad === undefined ? outcome : { state: 'FAILED', metrics: {}, reason: `metric ${bad[0]} is ${bad[1]}` };
}

/** What a trial's job says of inheritance. Baselines neither inherit nor bequeath. */
function heritage({ relatives }: SearchParts, { number, origin }: Trial): Pick<TrialJob, 'inherit' | 'keep'> {
  if (relatives === undefined || origin === 'baseline') return {};
  const keep = relatives.file(number);
  const relative = relatives.require(number);
  if (relative === undefined) return { keep };
  const { trial, spec, epochs } = relative;
  return { keep, inherit: { trial, spec, epochs, file: relatives.file(trial) } };
}

function tellRelatives({ relatives, space }: SearchParts, trial: Trial): void {
  relatives?.release(trial.number);
  if (trial.state !== 'COMPLETE') return;
  const { number, architecture, spec, metrics, rungs } = trial;
  relatives?.tell({
    trial: number,
    codes: space.encode(architecture),
    spec,
    accuracy: metrics.accuracy,
    epochs: (rungs.at(-1)?.epoch ?? 0) + (metrics.inherited_epochs ?? 0),
  });
}

/** The proposal as the guide wants it; the sampler hears if that is another. */
async function refined(
  { guide, sampler, space }: SearchParts,
  proposal: Architecture,
  seed: string,
): Promise<Architecture> {
  if (guide === undefined) return proposal;
  const chosen = await guide.refine(proposal, createRng(seed));
  const [before, now] = [space.id(proposal), space.id(chosen)];
  if (before === now) return proposal;
  sampler.withdraw(before);
  sampler.pending(chosen, now);
  return chosen;
}

function tell(parts: SearchParts, trial: Trial): void {
  if (trial.origin === 'baseline') return; // not a point of the space
  parts.guide?.tell(trial);
  tellRelatives(parts, trial);
  if (trial.state !== 'COMPLETE' && trial.state !== 'PRUNED' && trial.state !== 'FAILED') return;
  const cost = scaledCost(trial.costs, parts.costObjective);
  parts.sampler.tell({
    architecture: trial.architecture,
    id: trial.architectureId,
    state: trial.state,
    objectives: trial.state === 'FAILED' ? [] : [1 - trial.metrics.accuracy, cost],
    rungs: trial.rungs.map((rung) => [1 - rung.metrics.accuracy, cost]),
    violations: [...violations(trial.costs, parts.budgets)],
  });
}

function replay(parts: SearchParts, past: readonly Trial[], waves: TrialWaves | undefined, pruning: TrialPruner): void {
  const searched = past.filter((trial) => trial.origin !== 'baseline');
  for (const trial of searched) parts.seen.add(trial.architectureId);
  const told = (trial: Trial) => trial.finishedAt !== null && (waves?.told(trial.number) ?? true);
  const ended = past.filter(told);
  ended.sort((a, b) =>
    waves ? a.number - b.number : (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || a.number - b.number,
  );
  for (const trial of ended) {
    pruning.onEnded(trial);
    tell(parts, trial);
  }
  for (const trial of searched)
    if (!told(trial)) {
      parts.sampler.pending(trial.architecture, trial.architectureId);
      parts.relatives?.hold(trial.number);
    }
}

/** The uniformly scaled family, as far as it fits the budget and was not stored before. */
function createBaselines(parts: SearchParts, past: readonly Trial[]): Trial[] {
  const stored = new Set(past.filter((trial) => trial.origin === 'baseline').map((trial) => trial.baselineWidth));
  return parts.config.baselineWidths
    .filter((width) => !stored.has(width))
    .map((width) => ({ width, ...parts.baseline(width) }))
    .filter(({ costs }) => violations(costs, parts.budgets).every((v) => v <= 0))
    .map(({ width, spec, costs }) =>
      parts.store.createTrial(parts.study, {
        origin: 'baseline',
        architectureId: `baseline-${width}`,
        architecture: { choices: {} },
        spec,
        costs,
        baselineWidth: width,
      }),
    );
}
