import type { Command } from 'commander';
import type { Io } from '../Io.js';

/** Adds one command (with its sub-commands) to the program. `io(command)` reads the global flags when it runs. */
export type RegisterCommand = (program: Command, io: (command: Command) => Io) => void;
