import { resolve } from 'node:path';
import { Option } from 'commander';
import { atomicWrite } from '../../core/atomicWrite.js';
import { costNames } from '../../costs/CostModel.js';
import type { StudyRecord, Trial } from '../../store/types.js';
import { toCsv } from '../csv.js';
import { chosenStudy, readStudies } from '../openStudies.js';
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
      const { study, trials } = readStudies(out, (store) => {
        const found = chosenStudy(store, argument ?? options.study);
        return { study: found, trials: store.trials(found.name) };
      });
      const document = exportDocument(study, trials);
      const text = options.format === 'json' ? JSON.stringify(document, null, 2) : toCsv(exportRows(trials));
      if (options.output === undefined) {
        out.result(document, () => text);
        return;
      }
      const file = resolve(options.output);
      atomicWrite(file, `${text}\n`);
      out.result(
        { study: study.name, file, format: options.format, trials: trials.length },
        () => `${file} (${trials.length} trials)`,
      );
    });
};

/** All but the layer graphs: `nas-distill show TRIAL --json` has those. */
function exportDocument(study: StudyRecord, trials: readonly Trial[]) {
  return { study, trials: trials.map((trial) => ({ ...trial, spec: undefined })) };
}

/** One row a trial; a column for every metric and every choice that any trial has. */
function exportRows(trials: readonly Trial[]) {
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(trial.metrics)))];
  const choices = [...new Set(trials.flatMap((trial) => Object.keys(trial.architecture.choices)))];
  const head = [
    ...['trial', 'origin', 'state', 'baseline_width'],
    ...metrics,
    ...costNames,
    ...choices.map((name) => `choice.${name}`),
    ...['epochs', 'started_at', 'seconds', 'worker', 'reason', 'architecture'],
  ];
  const rows = trials.map((trial) => [
    ...[trial.number, trial.origin, trial.state, trial.baselineWidth],
    ...metrics.map((name) => trial.metrics[name]),
    ...costNames.map((name) => trial.costs[name]),
    ...choices.map((name) => trial.architecture.choices[name]),
    ...[trial.rungs.length, trial.startedAt === null ? null : new Date(trial.startedAt).toISOString()],
    trial.startedAt === null || trial.finishedAt === null ? null : (trial.finishedAt - trial.startedAt) / 1000,
    ...[trial.worker, trial.reason, trial.architectureId],
  ]);
  return [head, ...rows];
}
