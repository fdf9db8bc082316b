import { existsSync } from 'node:fs';
import { budgetsOf } from '../../reports/studyFacts.js';
import type { TrialStore } from '../../store/types.js';
import { readStudies } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { studyProgress } from '../../dashboard/studyProgress.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill studies`: every study in the results directory. */
export const registerStudies: RegisterCommand = (program, io) => {
  program
    .command('studies')
    .description('List the studies, oldest first')
    .addHelpText('after', '\nExamples:\n  $ nas-distill studies\n  $ nas-distill studies --json')
    .action((_options: unknown, command) => {
      const out = io(command);
      // Before the first search there is no database: that is no fault, there are just no studies.
      const found = existsSync(resultPaths(out.resultsDir).database) ? readStudies(out, listed) : [];
      out.result({ studies: found }, () =>
        found.length === 0
          ? 'No study yet. Start one with: nas-distill search --budget 8MB'
          : table(
              [
                { title: 'study' },
                { title: 'started' },
                { title: 'state' },
                { title: 'budget' },
                { title: 'trials', align: 'right' },
                { title: 'complete', align: 'right' },
                { title: 'best accuracy', align: 'right' },
              ],
              found.map((study) => [
                study.name,
                study.startedAt.slice(0, 16).replace('T', ' '),
                study.state === 'died' ? 'stopped' : study.state,
                study.budgets.join(', '),
                study.trials,
                study.complete,
                study.bestAccuracy === null ? '-' : `${(100 * study.bestAccuracy).toFixed(2)} %`,
              ]),
            ),
      );
    });
};

function listed(store: TrialStore) {
  return store.studies().map((study) => {
    const trials = store.trialSummaries(study.name);
    const { state, running, counts, best } = studyProgress(study, trials, store.writer(study.name), Date.now());
    return {
      name: study.name,
      startedAt: new Date(study.createdAt).toISOString(),
      state,
      running,
      budgets: budgetsOf(study).map((budget) => budget.text),
      trials: trials.length,
      complete: counts.COMPLETE,
      bestAccuracy: best?.metrics.accuracy ?? null,
    };
  });
}
