import { NasDistillError } from '../../core/errors.js';
import { formatDuration } from '../../core/units.js';
import { costNamesOf } from '../../costs/CostModel.js';
import { formatCost } from '../../costs/registry.js';
import { describeMeasured } from '../describeMeasuredTrial.js';
import { trainedMs } from '../../store/trainedMs.js';
import type { Trial } from '../../store/types.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

const most = 4;

/** One line of the comparison: what the trials have of something, as text. */
export interface ComparedLine {
  readonly name: string;
  readonly values: readonly string[];
  readonly differs: boolean;
}

/** `nas-distill compare`: two to four trials side by side. */
export const registerCompare: RegisterCommand = (program, io) => {
  program
    .command('compare')
    .description('Show two to four trials side by side; differences are marked with ≠')
    .argument('<trials...>', 'numbers of two to four trials')
    .option('--study <name>', 'name of the study (default: the newest)')
    .option('--differences', 'leave out what is the same')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill compare 3 12\n  $ nas-distill compare 3 12 15 --study my-study --differences',
    )
    .action((words: string[], options: { study?: string; differences?: boolean }, command) => {
      const out = io(command);
      const numbers = numbersOf(words);
      const { study, trials } = readStudies(out, (store) => {
        const { name } = chosenStudy(store, options.study);
        const found = numbers.map((number) => {
          const trial = store.trial(name, number);
          if (trial !== undefined) return trial;
          throw new NasDistillError('NOT_FOUND', `study '${name}' has no trial ${number}`, {
            hint: `It has ${store.trialSummaries(name).length} trials, numbered from 1.`,
          });
        });
        return { study: name, trials: found };
      });
      const all = compareTrials(trials);
      const different = all.filter((line) => line.differs).map((line) => line.name);
      out.result({ study, trials, different }, () => {
        const shown = options.differences === true ? all.filter((line) => line.differs) : all;
        return table(
          [
            { title: '' },
            { title: study },
            ...trials.map((trial) => ({ title: `trial ${trial.number}`, align: 'right' as const })),
          ],
          shown.map((line) => [line.differs ? '≠' : '', line.name, ...line.values]),
        );
      });
    });
};

function numbersOf(words: readonly string[]): number[] {
  const wrong = words.find((word) => !/^[1-9]\d{0,8}$/.test(word));
  const hint = 'Give two to four different numbers, such as: nas-distill compare 3 12';
  if (wrong !== undefined) throw new NasDistillError('USAGE', `'${wrong}' is no trial's number`, { hint });
  const numbers = words.map(Number);
  const count = new Set(numbers).size;
  if (count !== numbers.length) throw new NasDistillError('USAGE', 'a trial is named twice', { hint });
  if (count < 2 || count > most) {
    throw new NasDistillError('USAGE', `${count === 1 ? 'one trial is' : `${count} trials are`} not compared`, {
      hint,
    });
  }
  return numbers;
}

/** Outcome, costs, metrics and choices, line by line; a choice that a trial does not have is a dash. */
export function compareTrials(trials: readonly Trial[]): ComparedLine[] {
  const line = (name: string, text: (trial: Trial) => string): ComparedLine => {
    const values = trials.map(text);
    return { name, values, differs: new Set(values).size > 1 };
  };
  const names = (read: (trial: Trial) => object) => [...new Set(trials.flatMap((trial) => Object.keys(read(trial))))];
  return [
    line('state', (trial) => trial.state.toLowerCase()),
    line('origin', (trial) => trial.origin),
    ...names((trial) => trial.metrics).map((name) =>
      line(name, ({ metrics }) =>
        name in metrics ? (name === 'accuracy' ? `${(100 * metrics[name]).toFixed(2)} %` : number(metrics[name])) : '-',
      ),
    ),
    ...[...new Set(trials.flatMap((trial) => costNamesOf(trial.costs)))].map((name) =>
      line(name, ({ costs }) => (name in costs ? formatCost(name, costs[name]) : '-')),
    ),
    ...names((trial) => trial.measured).map((name) =>
      line(`measured ${name}`, ({ measured }) => new Map(describeMeasured(measured)).get(name) ?? '-'),
    ),
    line('epochs', (trial) => String(trial.rungs.at(-1)?.epoch ?? 0)),
    line('time', (trial) => {
      const ms = trainedMs(trial);
      return ms === null ? '-' : formatDuration(ms);
    }),
    line('layers', (trial) => String(trial.spec.nodes.length)),
    ...(trials.some((trial) => trial.reason !== null) ? [line('reason', (trial) => trial.reason ?? '-')] : []),
    ...names((trial) => trial.architecture.choices).map((name) =>
      line(name, ({ architecture: { choices } }) => (name in choices ? String(choices[name] ?? 'none') : '-')),
    ),
  ];
}

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
