import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../store/openStore.js';
import { askYesNo } from '../askYesNo.js';
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
      if (options.yes !== true) {
        const what = `study ${study} with ${trials} trials`;
        await askYesNo(`Delete ${what}?`, `${what} was not deleted`);
      }
      const store = openStore(resultPaths(out.resultsDir).database);
      try {
        store.deleteStudy(study);
        const { weights, checkpoints } = resultPaths(out.resultsDir);
        for (const dir of [weights, checkpoints]) rmSync(join(dir, study), { recursive: true, force: true });
      } finally {
        store.close();
      }
      out.result({ deleted: study, trials }, () => `deleted study ${study} with ${trials} trials`);
    });
};
