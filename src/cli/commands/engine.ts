import Table from 'cli-table3';
import { NasDistillError } from '../../core/errors.js';
import { chooseEngine, probeEngines } from '../../engines/registry.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill engine list`. */
export const registerEngine: RegisterCommand = (program, io) => {
  const engine = program.command('engine').description('Look at the engines that run the training steps');
  engine
    .command('list')
    .description('All engines: which are here, what the others need, which one --engine auto takes and why')
    .action(async (_options: unknown, command) => {
      const reports = await probeEngines();
      const auto = await chooseEngine('auto');
      io(command).result({ engines: reports, auto }, () => {
        const table = new Table({ head: ['engine', 'here', 'version', 'what it is'], style: { head: [], border: [] } });
        for (const r of reports) table.push([r.name, r.available ? 'yes' : 'no', r.version ?? '', r.summary]);
        const missing = reports
          .filter((r) => !r.available)
          .map((r) => `${r.name}: ${r.reason ?? ''}\n  ${r.install ?? ''}`);
        return [table.toString(), `auto: ${auto.name}, ${auto.why}`, ...missing].join('\n');
      });
    });
  engine.action(() => {
    throw new NasDistillError('USAGE', 'engine: which sub-command?', { hint: 'nas-distill engine list' });
  });
};
