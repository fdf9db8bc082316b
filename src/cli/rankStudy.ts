import { closest } from '../core/closest.js';
import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { chooseEngine, openEngine } from '../engines/registry.js';
import { rankProxies, type RankedProxy } from '../proxies/rankProxies.js';
import { isProxyName, proxies, type ProxyName } from '../proxies/registry.js';
import { parseStudyConfig } from '../search/StudyConfig.js';
import type { Trial } from '../store/types.js';
import { readRecord } from '../teachers/teacherFiles.js';
import type { Io } from './Io.js';
import { openGround } from './openStudy.js';
import { openProbe } from './openProbe.js';
import { chosenStudy, readStudies } from './openStudies.js';
import { resultPaths } from './paths.js';

export interface ProxyRanking {
  readonly study: string;
  readonly students: number;
  /** Milliseconds that one student took, by proxy; what several share counts for the first of them. */
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly ranking: readonly RankedProxy[];
  readonly scores: readonly {
    readonly trial: number;
    readonly accuracy: number;
    readonly scores: Readonly<Record<string, number | undefined>>;
  }[];
}

/** Fewer students than these say nothing about a ranking. */
const fewest = 5;

/**
 * Scores a study's complete students by proxies.
 * @throws NasDistillError USAGE for a proxy that there is not, NOT_FOUND for a study without students, DATA if its data changed
 */
export async function rankStudy(
  io: Io,
  study: string | undefined,
  options: { proxy?: readonly string[]; students?: number; engine?: string; threads: number },
): Promise<ProxyRanking> {
  const names = (options.proxy ?? Object.keys(proxies)).map(knownProxy);
  const { record, trials } = readStudies(io, (store) => {
    const chosen = chosenStudy(store, study);
    return { record: chosen, trials: store.trials(chosen.name) };
  });
  const trained = trials.filter(({ state, origin }) => state === 'COMPLETE' && origin !== 'baseline');
  if (trained.length < fewest) {
    throw new NasDistillError('NOT_FOUND', `study ${record.name} has ${trained.length} complete students`, {
      hint: `A ranking needs ${fewest} at least: nas-distill search --resume ${record.name} --trials 40`,
    });
  }
  const config = parseStudyConfig(record.settings, `study ${record.name}`);
  const ground = await openGround(io, config);
  if (ground.dataset.digest !== record.facts.datasetDigest) {
    throw new NasDistillError('DATA', `data set ${ground.dataset.name} is not the one that study ${record.name} used`, {
      hint: 'Bring the old data back, or search again.',
    });
  }
  const { name: engineName } = await chooseEngine(options.engine ?? config.engine);
  const engine = await openEngine(engineName, { threads: options.threads });
  try {
    const teacher = readRecord(resultPaths(io.resultsDir).teachers, config.teacher ?? '');
    const probe = await openProbe(io, ground, teacher, engine);
    const chosen = spread(trained, options.students ?? trained.length);
    const bar = io.progress.start('scoring students', chosen.length);
    const spent: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
    const scored = [];
    for (const [i, trial] of chosen.entries()) {
      const model = probe(trial.spec);
      const scores: Record<string, number | undefined> = {};
      for (const name of names) {
        const started = performance.now();
        scores[name] = await proxies[name].score(model);
        spent[name] += (performance.now() - started) / chosen.length;
      }
      scored.push({ trial: trial.number, accuracy: trial.metrics.accuracy, costs: trial.costs, scores });
      bar.update(i + 1);
    }
    bar.end();
    return {
      study: record.name,
      students: chosen.length,
      milliseconds: spent,
      ranking: rankProxies(scored, names, createRng(`${config.seed}/bootstrap`)),
      scores: scored.map(({ trial, accuracy, scores }) => ({ trial, accuracy, scores })),
    };
  } finally {
    engine.close();
  }
}

/** @throws NasDistillError USAGE */
export function knownProxy(name: string): ProxyName {
  if (isProxyName(name)) return name;
  const all = Object.keys(proxies);
  const near = closest(name, all);
  throw new NasDistillError('USAGE', `there is no proxy "${name}"`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Use one of: ${all.join(', ')}.`,
  });
}

function spread(trials: readonly Trial[], count: number): Trial[] {
  if (count >= trials.length) return [...trials];
  return Array.from({ length: count }, (_, i) => trials[Math.floor((i * trials.length) / count)]);
}
