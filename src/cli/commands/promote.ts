import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { picks, type Pick } from '../../promotion/pickTrial.js';
import { openStore } from '../../store/openStore.js';
import { wholeNumber } from '../flags.js';
import { interruptible } from '../interruptible.js';
import { chosenStudy } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { promoteStudy } from '../promoteStudy.js';
import type { RegisterCommand } from './Command.js';

const flagsSchema = z.object({
  trial: z.number().optional(),
  pick: z.string().optional(),
  epochs: z.number(),
  views: z.number(),
  engine: z.string().optional(),
  alone: z.boolean(),
  recipe: z.string().min(1).optional(),
  out: z.string().min(1).optional(),
  reevaluate: z.boolean().default(false),
});

/** `nas-distill promote`. */
export const registerPromote: RegisterCommand = (program, io) => {
  program
    .command('promote')
    .description('Distil one trial in full, export and verify it, compare it on test')
    .argument('[study]', 'study (default: the newest)')
    .option('--trial <n>', 'trial by number', wholeNumber(1))
    .option('--pick <which>', `from the front: ${picks.join(' | ')}`)
    .option('--epochs <n>', 'epochs over all training images', wholeNumber(1), 20)
    .option('--views <n>', 'augmented views of each image that the teacher answers once', wholeNumber(1), 4)
    .option('--engine <name>', "auto, onnx, wasm, ... (default: the study's)")
    .option('--recipe <name>', "how it is trained: a shipped name or a YAML file (default: the study's)")
    .option('--no-alone', 'skip the control: the same student trained without the teacher')
    .option('--out <dir>', 'where the exported student goes (default: below the results)')
    .option('--reevaluate', 'evaluate on test again, though this trial was evaluated before')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill promote --pick knee
  $ nas-distill promote my-study --trial 12 --epochs 30 --out ./student

The same command goes on after an interruption. Weights are stored as the study counted them (search --weights). Test is
evaluated once for each trial: a later promotion of the same student reuses that result.`,
    )
    .action(async (name: string | undefined, options: unknown, command) => {
      const out = io(command);
      const { trial, pick, ...flags } = flagsSchema.parse(options);
      const wanted = wantedOf({ trial, pick });
      const store = openStore(resultPaths(out.resultsDir).database);
      try {
        const study = chosenStudy(store, name);
        await interruptible(out, `the same command`, (signal) =>
          promoteStudy(out, store, study, { wanted, ...flags }, signal),
        );
      } finally {
        store.close();
      }
    });
};

function wantedOf(flags: { trial?: number; pick?: string }): number | Pick {
  if (flags.trial !== undefined && flags.pick !== undefined) {
    throw new NasDistillError('USAGE', '--trial and --pick both say which trial', { hint: 'Give one of them.' });
  }
  if (flags.trial !== undefined) return flags.trial;
  const pick = picks.find((known) => known === (flags.pick ?? 'knee'));
  if (pick === undefined) {
    throw new NasDistillError('USAGE', `--pick ${flags.pick ?? ''}: unknown`, {
      hint: `Use one of: ${picks.join(', ')}, or --trial N.`,
    });
  }
  return pick;
}
