import type { Command } from 'commander';
import { NasDistillError } from '../core/errors.js';

/** A command that only holds others: alone, or with a word that is none of them, it says which there are. */
export function askSubCommand(command: Command): void {
  command.allowExcessArguments().action(() => {
    const [given] = command.args;
    const what = given === undefined ? 'which sub-command?' : `unknown sub-command '${given}'`;
    const names = command.commands.map((child) => child.name()).join(', ');
    throw new NasDistillError('USAGE', `${command.name()}: ${what}`, {
      hint: `nas-distill ${command.name()} ${names}`,
    });
  });
}
