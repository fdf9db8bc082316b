import Table from 'cli-table3';
import { z } from 'zod';
import { ExitCode, NasDistillError } from '../../core/errors.js';
import { formatBytes, formatMilliseconds } from '../../core/units.js';
import { engineNames } from '../../engines/Engine.js';
import { enginesFolder, enginesFolderVariable } from '../../engines/install/enginesFolder.js';
import type { Diagnosis } from '../../engines/check/diagnose.js';
import { chooseEngine, engineNameOf, probeEngines } from '../../engines/registry.js';
import { askSubCommand } from '../askSubCommand.js';
import type { RegisterCommand } from './Command.js';

const installFlags = z.object({
  tensorflow: z.string().optional(),
  python: z.string().optional(),
  index: z.string().optional(),
  dir: z.string().optional(),
});
const folderFlags = z.object({ dir: z.string().optional() });
const tableStyle = { style: { head: [], border: [] } };

/** `nas-distill engine list | install | doctor | remove`. */
export const registerEngine: RegisterCommand = (program, io) => {
  const engine = program.command('engine').description('Look at the engines that run the training steps, get more');
  engine
    .command('list')
    .description('All engines: which are here, what the others need, which one --engine auto takes and why')
    .action(async (_options: unknown, command) => {
      const reports = await probeEngines();
      const auto = await chooseEngine('auto');
      io(command).result({ engines: reports, auto, folder: enginesFolder() }, () => {
        const table = new Table({ head: ['engine', 'here', 'version', 'size', 'what it is'], ...tableStyle });
        for (const r of reports) {
          const size = r.bytes === undefined ? '' : formatBytes(r.bytes);
          table.push([r.name, r.available ? 'yes' : 'no', r.version ?? '', size, r.summary]);
        }
        const missing = reports
          .filter((r) => !r.available)
          .map((r) => `${r.name}: ${r.reason ?? ''}\n  ${r.install ?? ''}`);
        return [table.toString(), `auto: ${auto.name}, ${auto.why}`, ...missing].join('\n');
      });
    });

  engine
    .command('install')
    .argument('<engine>', 'native or cuda')
    .description('Get an engine: downloads TensorFlow, compiles its binding, checks it with training steps')
    .option('--tensorflow <dir>', 'an installed TensorFlow to use where it lies, instead of a download')
    .option('--python <command>', 'the Python whose pip downloads (default: python3 or python, if they have pip)')
    .option('--index <url>', "a Python package index (default: pip's own configuration)")
    .option('--dir <folder>', `where engines are installed (default: ${enginesFolderVariable} or the user's cache)`)
    .addHelpText(
      'after',
      `
Needs a C++ compiler (g++ 8 or newer, or CXX). Nothing is installed into a Python or into node_modules.

Examples:
  $ nas-distill engine install native
  $ nas-distill engine install native --tensorflow ~/venv/lib/python3.12/site-packages/tensorflow`,
    )
    .action(async (asked: string, options: unknown, command) => {
      const name = installable(asked);
      const { dir, ...source } = installFlags.parse(options);
      const { installEngine } = await import('../../engines/install/installEngine.js');
      const out = io(command);
      const base = dir ?? enginesFolder();
      const done = await installEngine(name, source, base, out.progress);
      const { folder, bytes, tensorflow, compiler, check } = done;
      const elsewhere = base === enginesFolder() ? undefined : `${enginesFolderVariable}=${base}`;
      out.result(
        { engine: name, folder, bytes, tensorflow, compiler, check, ...(elsewhere ? { set: elsewhere } : {}) },
        () =>
          [
            `Installed ${name}: TensorFlow ${tensorflow.version} (${tensorflow.source}), ${formatBytes(bytes)} in ${folder}`,
            `It trains as the reference does (losses differ by ${check.error.toExponential(1)} at most; ${formatMilliseconds(check.stepMs)} a step, opened in ${formatMilliseconds(check.openMs)})`,
            ...(name === 'cuda' && check.device === 'cpu'
              ? [
                  'No GPU was found here: this was checked on the CPU, and --engine cuda will not open before there is one.',
                ]
              : []),
            elsewhere
              ? `Use it with ${elsewhere} in the environment and --engine ${name}`
              : `Use it with --engine ${name}`,
          ].join('\n'),
      );
    });

  engine
    .command('doctor')
    .argument('[engines...]', 'engines to look at (default: all that are here)')
    .description('Train a few steps on each engine, compare with the reference, and say how to mend what is wrong')
    .action(async (asked: string[], _options: unknown, command) => {
      const { diagnose } = await import('../../engines/check/diagnose.js');
      const names = asked.length > 0 ? asked.map(engineNameOf) : engineNames;
      const found: Diagnosis[] = [];
      for (const name of names) found.push(await diagnose(name));
      // Not being installed is no fault, unless it was asked about.
      const faulty = found.filter(({ here, problems }) => problems.length > 0 && (here || asked.length > 0));
      io(command).result({ engines: found, ok: faulty.length === 0 }, () => {
        const table = new Table({ head: ['engine', 'state', 'version', 'step', 'opened in', 'off by'], ...tableStyle });
        for (const d of found) {
          const state = !d.here ? 'not here' : d.problems.length > 0 ? 'faulty' : 'good';
          const ms = (value: number | undefined) => (value === undefined ? '' : formatMilliseconds(value));
          table.push([d.engine, state, d.version ?? '', ms(d.stepMs), ms(d.openMs), d.error?.toExponential(1) ?? '']);
        }
        const advice = found.flatMap((d) => d.problems.map((p) => `${d.engine}: ${p.problem}\n  ${p.fix}`));
        return [table.toString(), ...advice].join('\n');
      });
      if (faulty.length > 0) process.exitCode = ExitCode.engine;
    });

  engine
    .command('remove')
    .argument('<engine>', 'native or cuda')
    .description('Delete an installed engine')
    .option('--dir <folder>', `where engines are installed (default: ${enginesFolderVariable} or the user's cache)`)
    .action(async (asked: string, options: unknown, command) => {
      const name = installable(asked);
      const base = folderFlags.parse(options).dir ?? enginesFolder();
      const { removeEngine } = await import('../../engines/install/installEngine.js');
      const bytes = removeEngine(name, base);
      if (bytes === undefined) {
        throw new NasDistillError('NOT_FOUND', `engine ${name} is not installed in ${base}`, {
          hint: 'nas-distill engine list shows what is.',
        });
      }
      io(command).result({ engine: name, folder: base, bytes }, () => `Removed ${name}: ${formatBytes(bytes)} freed`);
    });

  askSubCommand(engine);
};

function installable(asked: string): 'native' | 'cuda' {
  const name = engineNameOf(asked);
  if (name === 'native' || name === 'cuda') return name;
  throw new NasDistillError('USAGE', `engine ${name} comes with nas-distill's npm packages`, {
    hint: 'native and cuda are installed and removed by this command.',
  });
}
