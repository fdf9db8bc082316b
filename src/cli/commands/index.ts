import type { Command } from 'commander';
import type { Io } from '../Io.js';
import type { RegisterCommand } from './Command.js';

/**
 * Every command, in the order of `--help`. Each is imported when it is needed: TensorFlow.js, onnxruntime, sharp and
 * piscina take most of a second to load, and a list of studies uses none of them.
 */
const commands: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  search: async () => (await import('./search.js')).registerSearch,
  report: async () => (await import('./report.js')).registerReport,
  promote: async () => (await import('./promote.js')).registerPromote,
  studies: async () => (await import('./studies.js')).registerStudies,
  status: async () => (await import('./status.js')).registerStatus,
  show: async () => (await import('./show.js')).registerShow,
  watch: async () => (await import('./watch.js')).registerWatch,
  compare: async () => (await import('./compare.js')).registerCompare,
  serve: async () => (await import('./serve.js')).registerServe,
  export: async () => (await import('./export.js')).registerExport,
  delete: async () => (await import('./delete.js')).registerDelete,
  teacher: async () => (await import('./teacher.js')).registerTeacher,
  data: async () => (await import('./data.js')).registerData,
  space: async () => (await import('./space.js')).registerSpace,
  device: async () => (await import('./device.js')).registerDevice,
  blockwise: async () => (await import('./blockwise.js')).registerBlockwise,
  proxies: async () => (await import('./proxies.js')).registerProxies,
  inheritance: async () => (await import('./inheritance.js')).registerInheritance,
  simulate: async () => (await import('./simulate.js')).registerSimulate,
  losses: async () => (await import('./losses.js')).registerLosses,
  recipes: async () => (await import('./recipes.js')).registerRecipes,
  engine: async () => (await import('./engine.js')).registerEngine,
  bench: async () => (await import('./bench.js')).registerBench,
  init: async () => (await import('./init.js')).registerInit,
  clean: async () => (await import('./clean.js')).registerClean,
  doctor: async () => (await import('./doctor.js')).registerDoctor,
  // Last: it describes the commands that are registered before it.
  completion: async () => (await import('./completion.js')).registerCompletion,
};

/** Adds the command that the words (without node and script) ask for; all of them if that is not plainly one of them. */
export async function registerCommands(
  program: Command,
  words: readonly string[],
  io: (command: Command) => Io,
): Promise<void> {
  const asked = commandOf(words);
  if (asked === 'complete') return registerForTab(program, words.slice(words.indexOf('--') + 1), io);
  const known = asked !== undefined && asked !== 'completion' && Object.hasOwn(commands, asked);
  const wanted = known ? [commands[asked]] : Object.values(commands);
  for (const load of wanted) (await load())(program, io);
}

/** A press of Tab must not take a second: the command that is being typed, and of the others the name alone. */
async function registerForTab(program: Command, typed: readonly string[], io: (command: Command) => Io): Promise<void> {
  for (const [name, load] of Object.entries(commands)) {
    if (name === 'completion' || (typed.length > 1 && typed[0] === name)) (await load())(program, io);
    else program.command(name);
  }
}

/** The first word that is no global flag; undefined if any other flag, such as --help, comes before it. */
function commandOf(words: readonly string[]): string | undefined {
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--results') i++;
    else if (!['--json', '--verbose'].includes(words[i]) && !words[i].startsWith('--results=')) {
      return words[i].startsWith('-') ? undefined : words[i];
    }
  }
  return undefined;
}
