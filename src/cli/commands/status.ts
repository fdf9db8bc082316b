import { formatCost } from '../../costs/registry.js';
import { formatDuration } from '../../core/units.js';
import { teacherOf } from '../../reports/studyFacts.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import { studyProgress } from '../../dashboard/studyProgress.js';
import { drawFront } from '../drawFront.js';
import { lines } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill status`: how far a study is. */
export const registerStatus: RegisterCommand = (program, io) => {
  program
    .command('status')
    .description('Show how far a study is, also while it runs')
    .argument('[study]', 'name of the study (default: the newest)')
    .option('--study <name>', 'the same as the argument')
    .addHelpText('after', '\nExamples:\n  $ nas-distill status\n  $ nas-distill status my-study --json')
    .action((argument: string | undefined, options: { study?: string }, command) => {
      const out = io(command);
      const { study, writer, promotions, trials, progress } = readStudies(out, (store) => {
        const found = chosenStudy(store, argument ?? options.study);
        const process = store.writer(found.name);
        const trials = store.trialSummaries(found.name);
        const now = Date.now();
        return {
          study: found,
          writer: process,
          promotions: store.promotions(found.name),
          trials,
          progress: studyProgress(found, trials, process, now),
        };
      });
      const { counts, state: at, running, planned, best, cost, frontSize, elapsedMs, etaMs } = progress;
      const teacher = teacherOf(study);
      const document = {
        study: study.name,
        state: at,
        running,
        pid: running ? writer?.pid : null,
        counts,
        planned,
        best: best === undefined ? null : { trial: best.number, metrics: best.metrics, costs: best.costs },
        teacherAccuracy: teacher?.accuracy ?? null,
        front: { cost, size: frontSize },
        elapsedMs,
        etaMs,
        promotions,
      };
      out.result(document, () => {
        const shown = Object.entries(counts).filter(([, count]) => count > 0);
        const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
        const state = running
          ? `running (process ${writer?.pid} on ${writer?.host})`
          : at !== 'died' || writer === undefined
            ? at
            : `stopped: process ${writer.pid} ended without finishing; go on with: nas-distill search --resume ${study.name}`;
        const facts = lines([
          ['study', study.name],
          ['state', state],
          ['trials', shown.map(([name, count]) => `${count} ${name.toLowerCase()}`).join(', ') || 'none'],
          ['planned', planned === null ? 'not said' : `${planned}, besides baselines`],
          [
            'best',
            best === undefined
              ? 'none yet'
              : `trial ${best.number}: ${percent(best.metrics.accuracy)}, ${formatCost(cost, best.costs[cost])}`,
          ],
          ['teacher', teacher === null ? 'none' : `${teacher.name}: ${percent(teacher.accuracy)}`],
          ['front', `${frontSize} students over ${cost}`],
          ['elapsed', formatDuration(elapsedMs)],
          ...(etaMs === null ? [] : [['ETA', formatDuration(etaMs)] as const]),
          ...promotions.map((promotion) => ['promoted', `trial ${promotion.trial} in ${promotion.directory}`] as const),
        ]);
        return [facts, ...drawFront(trials, cost, process.stdout.columns || 80)].join('\n');
      });
    });
};
