import type { Command } from 'commander';
import type { Io } from '../Io.js';
import { registerData } from './data.js';
import { registerDelete } from './delete.js';
import { registerEngine } from './engine.js';
import { registerExport } from './export.js';
import { registerPromote } from './promote.js';
import { registerReport } from './report.js';
import { registerSearch } from './search.js';
import { registerShow } from './show.js';
import { registerSpace } from './space.js';
import { registerStatus } from './status.js';
import { registerStudies } from './studies.js';
import { registerTeacher } from './teacher.js';

/** Every command, in the order of `--help`. */
export function registerCommands(program: Command, io: (command: Command) => Io): void {
  const all = [
    registerSearch,
    registerReport,
    registerPromote,
    registerStudies,
    registerStatus,
    registerShow,
    registerExport,
    registerDelete,
    registerTeacher,
    registerData,
    registerSpace,
    registerEngine,
  ];
  for (const register of all) register(program, io);
}
