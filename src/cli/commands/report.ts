import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { formatBytes } from '../../core/units.js';
import { writeReport } from '../../reports/writeReport.js';
import { openStore } from '../../store/openStore.js';
import type { TrialStore } from '../../store/types.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill report`: the study as one offline HTML file. */
export const registerReport: RegisterCommand = (program, io) => {
  program
    .command('report')
    .description('Write the Pareto report of a study as one offline HTML file')
    .argument('[study]', 'name of the study (default: the newest)')
    .option('-o, --output <file>', 'where to write it (default: reports/<study>.html)')
    .option('--open', 'open it in the browser')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill report\n  $ nas-distill report my-study -o /tmp/front.html --open',
    )
    .action((asked: string | undefined, options: { output?: string; open?: boolean }, command) => {
      const at = io(command);
      const store = openStore(resultPaths(at.resultsDir).database, { readonly: true });
      try {
        const study = asked ?? newest(store);
        const file = resolve(options.output ?? join('reports', `${study}.html`));
        const { bytes, data } = writeReport(store, study, file);
        at.result({ study, file, bytes, trials: data.trials.length, best: data.verdict.best }, () =>
          [`${file} (${formatBytes(bytes)})`, data.verdict.headline].join('\n'),
        );
        if (options.open === true) openInBrowser(file);
      } finally {
        store.close();
      }
    });
};

function newest(store: TrialStore): string {
  const [study] = store.studies().sort((a, b) => b.createdAt - a.createdAt);
  if (study === undefined) {
    throw new NasDistillError('NOT_FOUND', 'no study to report on', {
      hint: 'Start one with: nas-distill search --budget 8MB',
    });
  }
  return study.name;
}

/** With the system's own opener; the report is written either way, so a missing one is a note. */
function openInBrowser(file: string): void {
  const [opener, args] =
    process.platform === 'darwin'
      ? ['open', [file]]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', file]]
        : ['xdg-open', [file]];
  const child = spawn(opener, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => process.stderr.write(`could not start ${opener}: open ${file} in a browser yourself\n`));
  child.unref();
}
