import { createInterface } from 'node:readline/promises';
import { NasDistillError } from '../../core/errors.js';
import { openStore } from '../../store/openStore.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill delete`: a study with all its trials. */
export const registerDelete: RegisterCommand = (program, io) => {
  program
    .command('delete')
    .description('Delete a study and its trials from the database; promoted models and reports stay')
    .argument('<study>', 'name of the study')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  $ nas-distill delete my-study\n  $ nas-distill delete my-study --yes')
    .action(async (study: string, options: { yes?: boolean }, command) => {
      const out = io(command);
      // Looked up before anything is created: deleting from nowhere makes no database.
      const trials = readStudies(out, (store) => store.trialSummaries(chosenStudy(store, study).name).length);
      if (options.yes !== true) await confirm(study, trials);
      const store = openStore(resultPaths(out.resultsDir).database);
      try {
        store.deleteStudy(study);
      } finally {
        store.close();
      }
      out.result({ deleted: study, trials }, () => `deleted study ${study} with ${trials} trials`);
    });
};

async function confirm(study: string, trials: number): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new NasDistillError(
      'USAGE',
      `study '${study}' with ${trials} trials was not deleted: nobody can be asked here`,
      {
        hint: 'Add --yes to delete it without a question.',
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Delete study ${study} with ${trials} trials? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new NasDistillError('INTERRUPTED', `study '${study}' was not deleted`);
}
