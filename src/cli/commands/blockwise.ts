import type { Io } from '../Io.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { collect, wholeNumber } from '../flags.js';
import { interruptible } from '../interruptible.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill blockwise`: architectures scored by blocks that were taught one by one. */
export const registerBlockwise: RegisterCommand = (program, io) => {
  const command = program
    .command('blockwise')
    .description(
      "Teach each block of a space the teacher's own features once, then find the best architectures for any budget",
    )
    .argument('[study]', 'a study whose space, data and teacher are used, and whose students are ranked')
    .option('--budget <limit>', 'upper limit, as in search; repeat for several', collect)
    .option('--space <name>', 'search space: a shipped name or a YAML file (default: mobile-cnn)')
    .option('--data <name>', 'data set: catalogued name or path (default: fashion-mnist)');
  addDataFlags(command)
    .option('--teacher <name>', 'teacher (default: the newest trained on this data)')
    .option('--engine <name>', 'auto | onnx | wasm | native | cuda | webgpu (default: auto)')
    .option('--seed <n>', 'seed of everything random (default: 1)', wholeNumber(0))
    .option(
      '--blocks <n>',
      'blocks of each stage that are taught; the others are predicted (default: 24)',
      wholeNumber(4),
    )
    .option('--steps <n>', 'training steps of a block (default: 80)', wholeNumber(10))
    .option('--images <n>', 'training samples that blocks are taught and judged on (default: 1500)', wholeNumber(256))
    .option('--top <n>', 'how many architectures are shown (default: 5)', wholeNumber(1))
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill blockwise my-study --budget 50KB
  $ nas-distill blockwise my-study --budget 200KB --budget 5MMACs --top 10
  $ nas-distill blockwise --space resnet-convnext --data fashion-mnist --budget 1MB --blocks 48`,
    )
    .action(async (study: string | undefined, options: Record<string, unknown>, given) => {
      await score(io(given), study, options);
    });
};

async function score(io: Io, study: string | undefined, options: Record<string, unknown>): Promise<void> {
  // Loaded here: TensorFlow.js and the engines take most of a second.
  const { scoreBlocks } = await import('../scoreBlocks.js');
  const number = (key: string, otherwise: number) => (typeof options[key] === 'number' ? options[key] : otherwise);
  const { budget, space, data, teacher, engine, seed } = options;
  await interruptible(io, 'the same command again', (signal) =>
    scoreBlocks(io, {
      study,
      settings: { budgets: budget, space, data, teacher, engine, seed, ...dataOptionsOf(options) },
      blocks: { blocks: number('blocks', 24), steps: number('steps', 80), images: number('images', 1500) },
      top: number('top', 5),
      signal,
    }),
  );
}
