import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { atomicWrite } from '../../core/atomicWrite.js';
import { formatBytes } from '../../core/units.js';
import { preparePlotly } from '../../reports/plotlySource.js';
import { reportDataOfAll, writeReportOf } from '../../reports/writeReport.js';
import { chosenStudy, openMigrated } from '../openStudies.js';
import { outsideDocument, outsideFormats, type OutsideFormat } from '../outsideDocument.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

interface Flags {
  readonly output?: string;
  readonly open?: boolean;
  readonly format: 'html' | OutsideFormat;
  readonly cost?: string;
}

/** `nas-distill report`: the study as one offline HTML file. */
export const registerReport: RegisterCommand = (program, io) => {
  program
    .command('report')
    .description('Write the Pareto report of a study as one offline HTML file')
    .argument('[study...]', 'name of a study, or of several (default: the newest)')
    .option('-o, --output <file>', 'where to write it (default: reports/<study>.<format>)')
    .option('--open', 'open it in the browser')
    .addOption(
      new Option('--format <format>', 'html; a picture of the front; or the trials as data')
        .choices(['html', ...outsideFormats])
        .default('html'),
    )
    .option('--cost <name>', 'cost of a picture: bytes | params | macs | memory | latency (default: of the budget)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill report\n  $ nas-distill report my-study -o /tmp/front.html --open\n  $ nas-distill report my-study --format png --cost macs',
    )
    .action(async (asked: readonly string[], flags: Flags, command) => {
      const at = io(command);
      const store = openMigrated(resultPaths(at.resultsDir).database);
      try {
        const studies = (asked.length === 0 ? [undefined] : [...new Set(asked)]).map((name) =>
          chosenStudy(store, name),
        );
        const names = studies.map(({ name }) => name);
        const file = resolve(flags.output ?? join('reports', `${names.join('+').slice(0, 120)}.${flags.format}`));
        const opened = () => flags.open === true && openInBrowser(file);
        if (flags.format !== 'html') {
          const content = await outsideDocument(store, studies, flags.format, flags.cost);
          atomicWrite(file, content);
          const bytes = Buffer.byteLength(content);
          at.result({ studies: names, file, format: flags.format, bytes }, () => `${file} (${formatBytes(bytes)})`);
          opened();
          return;
        }
        const plotly = preparePlotly();
        const all = reportDataOfAll(store, names, {
          resultsDir: at.resultsDir,
          complain: (message) => at.progress.warn(message),
        });
        const [data] = all;
        await plotly;
        const bytes = writeReportOf(all, file);
        const trials = all.reduce((sum, one) => sum + one.trials.length, 0);
        at.result({ study: names[0], studies: names, file, bytes, trials, best: data.verdict.best }, () =>
          [
            `${file} (${formatBytes(bytes)})`,
            ...all.map((one) => (all.length > 1 ? `${one.study.name}: ` : '') + one.verdict.headline),
          ].join('\n'),
        );
        opened();
      } finally {
        store.close();
      }
    });
};

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
