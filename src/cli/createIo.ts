import type { Command } from 'commander';
import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { Io } from './Io.js';
import { terminalProgress } from './terminalProgress.js';

const globalFlags = z.object({
  json: z.boolean().optional(),
  verbose: z.boolean().optional(),
  results: z.string().optional(),
});

/** Reads the global flags of the command that runs. */
export function createIo(command: Command): Io {
  const flags = globalFlags.parse(command.optsWithGlobals());
  const json = flags.json ?? false;
  const resultsDir = flags.results ?? process.env.NAS_DISTILL_RESULTS ?? 'results';
  if (resultsDir === '') {
    throw new NasDistillError('USAGE', 'the results directory is given as an empty text', {
      hint: 'Give --results DIR (or NAS_DISTILL_RESULTS) a value, or leave it out.',
    });
  }
  return {
    json,
    verbose: flags.verbose ?? false,
    resultsDir,
    progress: terminalProgress(),
    result: (document, human) => {
      process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${human()}\n`);
    },
  };
}
