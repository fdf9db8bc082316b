import { Command, CommanderError } from 'commander';
import { ExitCode, NasDistillError, messageOf, nodeCodeOf } from '../core/errors.js';
import { version } from '../core/version.js';
import { registerCommands } from './commands/index.js';
import { createIo } from './createIo.js';

/** Builds the command line, as much of it as these words (without node and script) need. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('nas-distill')
    .description(
      'Finds small student models: searches architectures that fit a hard budget, distils each from your teacher.',
    )
    .version(version)
    .option('--json', 'print the result as one JSON document on stdout; everything else goes to stderr')
    .option('--verbose', 'show stack traces and more detail')
    .option('--results <dir>', 'directory of the database, data, teachers and caches (default: results)')
    .showHelpAfterError('Run with --help for the flags and examples.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill data fetch fashion-mnist
  $ nas-distill teacher train vit --data fashion-mnist
  $ nas-distill search --budget 8MB
  $ nas-distill report
  $ nas-distill promote --pick knee

Exit codes: 0 done, 1 failure, 2 usage, 3 budget cannot be met, 4 engine missing, 5 storage, 6 data or teacher, 130 interrupted`,
    );
  await registerCommands(program, words, createIo);
  inherit(program);
  return program;
}

/** commander does not hand exitOverride down to commands that were added before. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError('Run with --help for the flags and examples.');
    inherit(child);
  }
}

/** Runs one command line; sets the process's exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', readerLeft);
  try {
    const program = await createProgram(argv.slice(2));
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = explain(error, argv);
  }
}

/** `nas-distill studies | head -3`: whoever stops reading is no fault, and ends no search whose progress was being read. */
function readerLeft(error: Error): void {
  if (nodeCodeOf(error) !== 'EPIPE') throw error;
}

function explain(error: unknown, argv: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.ok;
    // commander has written its own line already; a reader of JSON gets a document all the same.
    if (argv.includes('--json')) printError('USAGE', error.message.replace(/^error: /, ''), undefined);
    return ExitCode.usage;
  }
  const verbose = argv.includes('--verbose');
  const known = error instanceof NasDistillError;
  const code = known ? error.code : 'INTERNAL';
  process.stderr.write(`nas-distill: ${messageOf(error)} [${code}]\n`);
  if (known && error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
  if (!known && !verbose) process.stderr.write('  This is a bug. Run again with --verbose to see where it happened.\n');
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  if (argv.includes('--json')) printError(code, messageOf(error), known ? error.hint : undefined);
  return known ? error.exitCode : ExitCode.failure;
}

function printError(code: string, message: string, hint: string | undefined): void {
  process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
}
