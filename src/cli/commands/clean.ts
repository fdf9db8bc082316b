import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { storageError } from '../../core/storageError.js';
import { formatBytes } from '../../core/units.js';
import type { TrialStore } from '../../store/types.js';
import { askYesNo } from '../askYesNo.js';
import { findRubbish, type Rubbish } from '../clean/findRubbish.js';
import { readStudies } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

interface Flags {
  readonly caches?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `nas-distill clean`: removes what nothing needs any more. */
export const registerClean: RegisterCommand = (program, io) => {
  program
    .command('clean')
    .description('Remove leftovers: files of killed processes; reports, weights and checkpoints of deleted studies')
    .option('--caches', "the teachers' cached outputs too; a search computes them again when it needs them")
    .option('--dry-run', 'only list what would go')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Studies, data, teachers and promoted models always stay (nas-distill delete removes a study).

Examples:
  $ nas-distill clean --dry-run
  $ nas-distill clean --caches --yes`,
    )
    .action(async (flags: Flags, command) => {
      const out = io(command);
      const stored = existsSync(resultPaths(out.resultsDir).database);
      const { names, running } = stored
        ? readStudies(out, studiesOf)
        : { names: new Set<string>(), running: undefined };
      if (flags.caches === true && running !== undefined) {
        throw new NasDistillError('STORAGE', `study ${running} is being searched and may use the caches`, {
          hint: 'Wait for its end, or clean without --caches.',
        });
      }
      const places = { resultsDir: out.resultsDir, reportsDir: 'reports', studies: names };
      const rubbish = findRubbish(places, flags.caches === true);
      const bytes = rubbish.reduce((sum, found) => sum + found.bytes, 0);
      if (rubbish.length > 0 && flags.dryRun !== true) {
        if (flags.yes !== true) {
          process.stderr.write(`${drawn(rubbish)}\n`);
          await askYesNo(`Remove these (${formatBytes(bytes)})?`, 'nothing was removed');
        }
        rubbish.forEach(remove);
      }
      const removed = flags.dryRun !== true;
      out.result({ removed, bytes, files: rubbish }, () => {
        if (rubbish.length === 0) return 'Nothing to clean.';
        const summary = removed ? `removed ${formatBytes(bytes)}` : `would free ${formatBytes(bytes)}`;
        return removed && flags.yes !== true ? summary : `${drawn(rubbish)}\n${summary}`;
      });
    });
};

function studiesOf(store: TrialStore): { names: ReadonlySet<string>; running: string | undefined } {
  const names = store.studies().map(({ name }) => name);
  return { names: new Set(names), running: names.find((name) => store.writer(name)?.alive === true) };
}

function remove({ path }: Rubbish): void {
  try {
    rmSync(resolve(path), { recursive: true });
  } catch (error) {
    throw storageError(path, error);
  }
}

function drawn(rubbish: readonly Rubbish[]): string {
  return table(
    [{ title: 'what' }, { title: 'size', align: 'right' }, { title: 'why it can go' }],
    rubbish.map(({ path, bytes, why }) => [path, formatBytes(bytes), why]),
  );
}
