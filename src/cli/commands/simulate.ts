import { readFileSync } from 'node:fs';
import { NasDistillError, messageOf, nodeCodeOf } from '../../core/errors.js';
import { pruners } from '../../pruners/registry.js';
import { samplers } from '../../samplers/registry.js';
import type { SamplerEntry } from '../../samplers/Sampler.js';
import { parseTableBudgets } from '../../search/simulateBudget.js';
import { simulateSeeds, type SeedsResult, type Spread } from '../../search/simulateSeeds.js';
import { parseReference, parseTable, type SearchTable } from '../../search/simulateTable.js';
import { collect, wholeNumber } from '../flags.js';
import type { Io } from '../Io.js';
import { lines } from '../table.js';
import type { RegisterCommand } from './Command.js';

interface Options {
  readonly table: string;
  readonly sampler: string;
  readonly samplerOptions?: string;
  readonly pruner: string;
  readonly prunerOptions?: string;
  readonly trials: number;
  readonly seeds: number;
  readonly workers: number;
  readonly budget?: string[];
  readonly reference?: string;
  readonly blind?: boolean;
}

/** `nas-distill simulate`: a sampler and a pruner against a table of results instead of training. */
export const registerSimulate: RegisterCommand = (program, io) => {
  program
    .command('simulate')
    .description('Try a sampler and a pruner against a table of known results instead of training')
    .requiredOption('--table <file>', 'tabular benchmark, JSON: parameters, objectives, rows (docs/samplers.md)')
    .option('--sampler <name>', Object.keys(samplers).join(' | '), 'auto')
    .option('--sampler-options <json>', 'options of the sampler, such as \'{"startup": 8}\'')
    .option('--pruner <name>', `${Object.keys(pruners).join(' | ')}; needs a table with rungs`, 'none')
    .option('--pruner-options <json>', 'options of the pruner')
    .option('--trials <n>', 'architectures to try', wholeNumber(1), 100)
    .option('--seeds <n>', 'repeat with seeds 1 to n', wholeNumber(1), 20)
    .option('--workers <n>', 'trials that run at once', wholeNumber(1), 1)
    .option('--budget <limit>', "hard limit on a column: 'params<=1e6'; repeat for several", collect)
    .option('--reference <values>', 'corner of the hypervolume: accuracy=80,params=3e6 (default: the worst values)')
    .option('--blind', 'do not tell the sampler costs before training')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill simulate --table nasbench.json
  $ nas-distill simulate --table nasbench.json --sampler nsga2 --trials 200 --workers 4 --budget 'params<=1e6' --json`,
    )
    .action((options: Options, command) => simulateCommand(io(command), options));
};

function simulateCommand(io: Io, options: Options): void {
  const registry: Record<string, SamplerEntry> = samplers;
  if (!Object.hasOwn(registry, options.sampler)) {
    throw new NasDistillError('USAGE', `unknown sampler "${options.sampler}"`, {
      hint: `Use one of: ${Object.keys(samplers).join(', ')}.`,
    });
  }
  const table = parseTable(readTable(options.table), options.table);
  const budgets = parseTableBudgets(options.budget ?? [], table);
  const reference = parseReference(options.reference, table);
  if (options.pruner !== 'none' && table.rows[0].rungs.length < 2) {
    throw new NasDistillError(
      'USAGE',
      `the table has no rungs, so that the pruner ${options.pruner} has nothing to decide`,
      {
        hint: 'Give a table whose rows have "rungs", or no --pruner.',
      },
    );
  }
  const result = simulateSeeds({
    table,
    sampler: registry[options.sampler],
    samplerOptions: jsonOption('--sampler-options', options.samplerOptions),
    pruner: { name: options.pruner, options: jsonOption('--pruner-options', options.prunerOptions) },
    budgets,
    reference,
    trials: options.trials,
    seeds: options.seeds,
    workers: options.workers,
    blind: options.blind === true,
  });
  const main = table.objectives.find((o) => !o.known) ?? table.objectives[0];
  const document = {
    table: options.table,
    sampler: options.sampler,
    pruner: options.pruner,
    trials: options.trials,
    seeds: options.seeds,
    workers: options.workers,
    budgets: budgets.map((b) => b.text),
    architectures: table.rows.length,
    reference: Object.fromEntries(table.objectives.map((o, m) => [o.name, o.maximise ? -reference[m] : reference[m]])),
    ...result,
    best: { objective: main.name, ...result.best, possible: result.bestPossible },
    bestPossible: undefined,
  };
  io.result(document, () => describe(options, table, main.name, result));
}

function describe(options: Options, table: SearchTable, main: string, result: SeedsResult): string {
  const spread = ({ mean, min, max }: Spread, digits: number) =>
    `${mean.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
  return lines([
    [
      'table',
      `${options.table}: ${table.rows.length} architectures, ${table.objectives.map((o) => o.name).join(', ')}`,
    ],
    ['search', `${options.sampler}, ${options.trials} trials, ${options.workers} at once, ${options.seeds} seeds`],
    ['hypervolume ratio', spread(result.hypervolumeRatio, 4)],
    [`best ${main}`, `${spread(result.best, 3)} of ${result.bestPossible}`],
    ['after trials', result.curve.map(({ trials, ratio }) => `${trials}: ${ratio.toFixed(3)}`).join('  ')],
    ['ask and tell', `${result.askMs.mean.toFixed(3)} ms a trial`],
    ...(options.pruner === 'none'
      ? []
      : [['pruner', `${options.pruner}: ${result.pruned.mean} pruned, ${result.rungs.mean} rungs trained`] as const]),
  ]);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const what = nodeCodeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new NasDistillError('DATA', `table ${file} ${what}`, { hint: 'Check the path.', cause: error });
  }
}

function jsonOption(flag: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NasDistillError('USAGE', `${flag}: ${messageOf(error)}`, {
      hint: `Write it like '{"startup": 8}'.`,
      cause: error,
    });
  }
}
