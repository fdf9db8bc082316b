import { NasDistillError } from '../../core/errors.js';
import { formatDuration } from '../../core/units.js';
import { costNamesOf } from '../../costs/CostModel.js';
import { formatCost } from '../../costs/registry.js';
import { describeMeasured } from '../describeMeasuredTrial.js';
import { trainedMs } from '../../store/trainedMs.js';
import type { Trial } from '../../store/types.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import { lines, table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill show`: everything about one trial. */
export const registerShow: RegisterCommand = (program, io) => {
  program
    .command('show')
    .description('Show a trial: its architecture, costs, learning curve and how it ended')
    .argument('<trial...>', 'TRIAL of the newest study, STUDY TRIAL, or STUDY/TRIAL')
    .option('--study <name>', 'name of the study (default: the newest)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill show 12\n  $ nas-distill show my-study 12\n  $ nas-distill show 12 --json',
    )
    .action((words: string[], options: { study?: string }, command) => {
      const out = io(command);
      const asked = parseTrial(words, options.study);
      const { study, trial } = readStudies(out, (store) => {
        const { name } = chosenStudy(store, asked.study);
        const found = store.trial(name, asked.number);
        if (found === undefined) {
          throw new NasDistillError('NOT_FOUND', `study '${name}' has no trial ${asked.number}`, {
            hint: `It has ${store.trialSummaries(name).length} trials, numbered from 1.`,
          });
        }
        return { study: name, trial: found };
      });
      out.result({ study, ...trial }, () => describe(study, trial));
    });
};

function parseTrial(words: readonly string[], flag: string | undefined): { study: string | undefined; number: number } {
  const parts = words.length === 1 ? words[0].split('/') : words;
  const text = parts.at(-1) ?? '';
  const study = parts.length === 2 ? parts[0] : flag;
  if (
    parts.length > 2 ||
    !/^[1-9]\d{0,8}$/.test(text) ||
    (parts.length === 2 && flag !== undefined && flag !== parts[0])
  ) {
    throw new NasDistillError('USAGE', `'${words.join(' ')}' does not name a trial`, {
      hint: 'Give a number from 1, such as: nas-distill show 12, nas-distill show my-study 12',
    });
  }
  return { study, number: Number(text) };
}

function describe(study: string, trial: Trial): string {
  const took = trial.state === 'PAUSED' ? trial.trainedMs : trainedMs(trial);
  const width = trial.baselineWidth === undefined ? '' : `, width x ${trial.baselineWidth}`;
  const head = lines([
    ['trial', `${trial.number} of study ${study} (${trial.origin}${width})`],
    ['state', trial.reason === null ? trial.state : `${trial.state}: ${trial.reason}`],
    ...(trial.launches.length > 1 ? [['pauses', String(trial.launches.length - 1)] as const] : []),
    ...(took === undefined || took === null ? [] : [['took', formatDuration(took)] as const]),
    ...Object.entries(trial.metrics).map(([name, value]) => [name, number(value)] as const),
    ...costNamesOf(trial.costs).map((name) => [name, formatCost(name, trial.costs[name])] as const),
    ...describeMeasured(trial.measured).map(([name, text]) => [`measured ${name}`, text] as const),
    ['architecture', trial.architectureId],
  ]);
  const choices = Object.entries(trial.architecture.choices);
  const parts = [head];
  if (choices.length > 0) {
    const rows = choices.map(([name, value]) => [name, String(value)]);
    parts.push(table([{ title: 'choice' }, { title: 'value', align: 'right' }], rows));
  }
  if (trial.rungs.length > 0) {
    const names = [...new Set(trial.rungs.flatMap((rung) => Object.keys(rung.metrics)))];
    const columns = ['epoch', ...names, 'time'].map((title) => ({ title, align: 'right' as const }));
    const rows = trial.rungs.map((rung) => [
      rung.epoch,
      ...names.map((name) => (name in rung.metrics ? number(rung.metrics[name]) : '')),
      formatDuration(rung.elapsedMs),
    ]);
    parts.push(table(columns, rows));
  }
  if (trial.state === 'COMPLETE' && trial.origin !== 'baseline') {
    parts.push(`next: nas-distill promote ${study} --trial ${trial.number}`);
  }
  return parts.join('\n');
}

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
