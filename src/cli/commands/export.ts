import { resolve } from 'node:path';
import { Option } from 'commander';
import { atomicWrite } from '../../core/atomicWrite.js';
import { toCsv } from '../csv.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import { trialsDocument, trialsRows } from '../trialsDocument.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill export`: a study's trials as data. */
export const registerExport: RegisterCommand = (program, io) => {
  program
    .command('export')
    .description('Write the trials of a study as CSV or JSON')
    .argument('[study]', 'name of the study (default: the newest)')
    .option('--study <name>', 'the same as the argument')
    .addOption(new Option('--format <format>', 'how to write them').choices(['csv', 'json']).default('csv'))
    .option('-o, --output <file>', 'where to write them (default: to stdout)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill export -o trials.csv\n  $ nas-distill export my-study --format json | jq .trials',
    )
    .action((argument: string | undefined, options: { study?: string; format: string; output?: string }, command) => {
      const out = io(command);
      const stored = readStudies(out, (store) => {
        const found = chosenStudy(store, argument ?? options.study);
        return { study: found, trials: store.trials(found.name) };
      });
      const document = trialsDocument(stored);
      const text = options.format === 'json' ? JSON.stringify(document, null, 2) : toCsv(trialsRows([stored]));
      if (options.output === undefined) {
        out.result(document, () => text);
        return;
      }
      const file = resolve(options.output);
      atomicWrite(file, `${text}\n`);
      out.result(
        { study: stored.study.name, file, format: options.format, trials: stored.trials.length },
        () => `${file} (${stored.trials.length} trials)`,
      );
    });
};
