import { describeRegistry } from '../../distillation/describeRegistry.js';
import { losses } from '../../distillation/losses/registry.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill losses`: what a recipe may name. */
export const registerLosses: RegisterCommand = (program, io) => {
  program
    .command('losses')
    .description('Every distillation loss: what it is, its paper, its parameters and their defaults')
    .action((_options: unknown, command) => {
      const known = describeRegistry(losses);
      io(command).result({ losses: known }, () =>
        table(
          [{ title: 'loss' }, { title: 'what it is' }, { title: 'paper' }, { title: 'parameters (defaults)' }],
          known.map(({ name, summary, paper, parameters }) => [
            name,
            summary,
            paper,
            parameters.map((p) => `${p.name} (${p.default === undefined ? 'needed' : shown(p.default)})`).join(', '),
          ]),
        ),
      );
    });
};

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
