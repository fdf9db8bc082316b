import { z } from 'zod';
import { allowedHosts, isLoopback } from '../../dashboard/allowedHosts.js';
import { startDashboard } from '../../dashboard/startDashboard.js';
import { collect, wholeNumber } from '../flags.js';
import { openMigrated } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { readFlags } from '../readFlags.js';
import type { RegisterCommand } from './Command.js';

const flagsSchema = z.object({
  port: z.number().max(65_535, 'a port is at most 65535'),
  host: z.string().min(1, 'give an address of this machine'),
  allowHost: z.array(z.string()).optional(),
});

/** `nas-distill serve`: the report of every study in the browser, live. */
export const registerServe: RegisterCommand = (program, io) => {
  program
    .command('serve')
    .description('Show the studies in the browser, live while a search runs; reads only')
    .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber(0), 8765)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name>', 'another host name by which it may be called; repeat for several', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill serve\n  $ nas-distill serve --port 0\n  $ ssh -L 8765:localhost:8765 machine   # and there: nas-distill serve',
    )
    .action(async (options: unknown, command) => {
      const out = io(command);
      const { port, host, allowHost } = readFlags(flagsSchema, options);
      const store = openMigrated(resultPaths(out.resultsDir).database);
      try {
        const dashboard = await startDashboard(
          {
            store,
            hosts: allowedHosts(host, allowHost),
            resultsDir: out.resultsDir,
            onFault: (message) => out.progress.warn(message),
          },
          host,
          port,
        );
        if (!isLoopback(host)) {
          out.progress.warn(
            `${host} is not loopback: whoever reaches this machine can read every study. There is no password.`,
          );
        }
        if (store.journalMode !== 'wal') {
          out.progress.warn('this file system lets readers and a running search wait for each other for moments');
        }
        // Listening for the signals before the address is told: whoever reads it may end the dashboard at once.
        const end = stopped();
        out.result({ url: dashboard.url, results: out.resultsDir }, () => `${dashboard.url} (Ctrl-C ends it)`);
        await end;
        await dashboard.close();
      } finally {
        store.close();
      }
    });
};

/** Until Ctrl-C or SIGTERM; a second one ends the process at once. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
