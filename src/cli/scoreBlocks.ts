import { bestWithin } from '../blockwise/bestWithin.js';
import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { violations } from '../costs/budgets.js';
import { costNamesOf } from '../costs/CostModel.js';
import { formatCost } from '../costs/registry.js';
import { rankProxies, type RankedProxy } from '../proxies/rankProxies.js';
import { parseStudyConfig } from '../search/StudyConfig.js';
import { feasibleSampler } from '../spaces/feasibility/feasibleSampler.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import { chooseTeacher } from './chooseTeacher.js';
import { describeProfile } from './describeProfile.js';
import type { Io } from './Io.js';
import { openBlocks, type BlockOptions } from './openBlocks.js';
import { checkBudgets, openGround, type StudyGround } from './openStudy.js';
import { chosenStudy, readStudies } from './openStudies.js';
import { settingsOf } from './searchSettings.js';
import { table } from './table.js';

/** Architectures that a search by scores looks at. */
const looks = 4000;

/** Teaches a space's blocks, where that was not done before, and finds the best architectures within a budget by them. */
export async function scoreBlocks(
  io: Io,
  options: {
    study: string | undefined;
    settings: Readonly<Record<string, unknown>>;
    blocks: BlockOptions;
    top: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { study, blocks, top, signal } = options;
  const given = Object.fromEntries(Object.entries(options.settings).filter(([, value]) => value !== undefined));
  const record = study === undefined ? undefined : readStudies(io, (store) => chosenStudy(store, study));
  const changed = Object.keys(given).find((key) => record !== undefined && !['budgets', 'engine'].includes(key));
  if (changed !== undefined) {
    throw new NasDistillError('USAGE', `study ${study} decides ${changed} itself`, {
      hint: 'Leave the study out, or that.',
    });
  }
  const config =
    record === undefined
      ? settingsOf(undefined, given)
      : parseStudyConfig({ ...record.settings, ...given }, `study ${study}`);
  const ground = await openGround(io, config);
  io.progress.info(describeProfile(checkBudgets(ground)));
  if (record !== undefined && ground.dataset.digest !== record.facts.datasetDigest) {
    throw new NasDistillError('DATA', `data set ${ground.dataset.name} is not the one that study ${study} used`, {
      hint: 'Bring the old data back, or search again.',
    });
  }
  const teacher = await chooseTeacher(io, config.teacher, ground.dataset, {
    engine: config.engine,
    data: config.data,
    epochs: 4,
    dataOptions: config,
  });
  const { table: scores, taps, taughtNow, seconds } = await openBlocks(io, ground, teacher, blocks, signal);
  const started = performance.now();
  const { space, builder, budgets } = ground;
  const violation = (architecture: Architecture) =>
    violations(builder.costs(architecture), budgets).reduce((a, b) => a + b, 0);
  const best = bestWithin({
    space,
    score: (architecture) => scores.score(architecture),
    fits: (architecture) => violation(architecture) === 0,
    propose: feasibleSampler(space, violation),
    rng: createRng(`${config.seed}/blockwise/best`),
    looks,
    count: top,
  });
  const searchSeconds = (performance.now() - started) / 1000;
  const found = best.map(({ architecture, score }) => ({
    score,
    choices: architecture.choices,
    costs: builder.costs(architecture),
  }));
  const reliable = scores.predictability();
  const ranking = record === undefined ? undefined : rankStudents(io, record.name, ground, (a) => scores.score(a));
  const stages = scores.stages.map((stage, i) => {
    const errors = scores.blocks[stage].map(({ error }) => error);
    return {
      stage,
      tap: taps[i],
      taught: errors.length,
      best: Math.min(...errors),
      worst: Math.max(...errors),
      predictedTau: Number.isFinite(reliable[stage]) ? reliable[stage] : null,
    };
  });
  const document = {
    teacher: teacher.name,
    stages,
    taughtNow,
    seconds,
    searchSeconds,
    best: found,
    ranking: ranking ?? null,
  };
  io.result(document, () =>
    [
      `teacher ${teacher.name}: ${taughtNow} blocks taught in ${seconds.toFixed(0)} s${taughtNow === 0 ? ' (all were known)' : ''}`,
      table(
        ['stage', 'tap', 'taught', 'best error', 'worst', 'tau of predicted'].map((title) => ({ title })),
        stages.map((s) => [
          s.stage,
          s.tap,
          s.taught,
          s.best.toFixed(3),
          s.worst.toFixed(3),
          s.predictedTau?.toFixed(2) ?? '-',
        ]),
      ),
      `best within the budget, of ${looks} looked at in ${searchSeconds.toFixed(1)} s (less is better)`,
      table(
        [{ title: 'score' }, ...costNamesOf(found[0].costs).map((name) => ({ title: name })), { title: 'choices' }],
        found.map(({ score, costs, choices }) => [
          score.toFixed(3),
          ...costNamesOf(costs).map((name) => formatCost(name, costs[name])),
          Object.entries(choices).map(([name, value]) => `${name}=${String(value)}`).join('\n'), // prettier-ignore
        ]),
      ),
      ...(ranking === undefined ? [] : [describeRanking(ranking)]),
    ].join('\n'),
  );
}

/** How well the scores rank a study's students; undefined where it has too few. */
function rankStudents(
  io: Io,
  study: string,
  { config }: StudyGround,
  score: (architecture: Architecture) => number,
): RankedProxy[] | undefined {
  const trials = readStudies(io, (store) => store.trials(study));
  const students = trials.filter(({ state, origin }) => state === 'COMPLETE' && origin !== 'baseline');
  if (students.length < 5) return undefined;
  return rankProxies(
    students.map(({ metrics, costs, architecture }) => ({
      accuracy: metrics.accuracy,
      costs,
      // More is better there.
      scores: { blockwise: -score(architecture) },
    })),
    ['blockwise'],
    createRng(`${config.seed}/bootstrap`),
  );
}

function describeRanking(ranking: readonly RankedProxy[]): string {
  const of = (name: string) => {
    const row = ranking.find((entry) => entry.name === name);
    const interval = row?.interval ? ` (${row.interval.map((t) => t.toFixed(2)).join(' to ')})` : '';
    return `${row?.tau?.toFixed(3) ?? 'none'}${interval}`;
  };
  const beats = ranking.some(({ beats: better }) => better === true);
  return `Kendall's tau with the accuracy of ${ranking[0].students} students: blocks ${of('blockwise')}, MACs ${of('macs')}, parameters ${of('params')}: ${
    beats ? 'the blocks rank better than size does' : 'size ranks as well or better: prefer the search to these scores'
  }`;
}
