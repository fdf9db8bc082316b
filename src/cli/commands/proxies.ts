import type { Io } from '../Io.js';
import { collect, cores, wholeNumber } from '../flags.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill proxies`: how well each zero-cost proxy ranks the students of a study. */
export const registerProxies: RegisterCommand = (program, io) => {
  program
    .command('proxies')
    .description("Score a study's trained students by zero-cost proxies and show each one's Kendall tau")
    .argument('[study]', 'name of the study (default: the newest)')
    .option('--proxy <name>', 'only this one; repeat for several', collect)
    .option('--students <n>', 'score at most this many, evenly spread over the trials', wholeNumber(3))
    .option('--engine <name>', "auto | onnx | wasm | native | cuda | webgpu (default: the study's)")
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill proxies\n  $ nas-distill proxies my-study --proxy naswot,diswot --json',
    )
    .action(async (study: string | undefined, options: Options, command) => {
      await rank(io(command), study, options);
    });
};

interface Options {
  readonly proxy?: readonly string[];
  readonly students?: number;
  readonly engine?: string;
}

async function rank(io: Io, name: string | undefined, options: Options): Promise<void> {
  // Loaded here: TensorFlow.js and the engines take most of a second.
  const { rankStudy } = await import('../rankStudy.js');
  const { describeProxies } = await import('../describeProxies.js');
  const ranking = await rankStudy(io, name, { ...options, threads: cores() });
  io.result(ranking, () => describeProxies(ranking));
}
