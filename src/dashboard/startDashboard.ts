import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { NasDistillError, messageOf, nodeCodeOf } from '../core/errors.js';
import { createDashboard, type DashboardOptions } from './createDashboard.js';

export interface RunningDashboard {
  /** Where it can be reached, such as `http://127.0.0.1:8765/`. */
  readonly url: string;
  /** Ends every stream and connection. */
  close(): Promise<void>;
}

/**
 * Serves the dashboard; port 0 takes a free one.
 * @throws NasDistillError USAGE if it cannot listen there
 */
export async function startDashboard(options: DashboardOptions, host: string, port: number): Promise<RunningDashboard> {
  const dashboard = createDashboard(options);
  const answer = getRequestListener((request) => dashboard.app.fetch(request));
  const server = createServer((request, response) => void answer(request, response));
  await listen(server, host, port);
  // Listening on a port, not on a socket of the file system.
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dashboard.close();
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const code = nodeCodeOf(cause);
      const where = `${host}:${port}`;
      const [what, hint] =
        code === 'EADDRINUSE'
          ? [`port ${port} on ${host} is in use`, 'Choose another with --port N, or --port 0 for any free one.']
          : code === 'EACCES'
            ? [`may not listen on ${where}`, 'Ports below 1024 belong to the system: choose a higher --port.']
            : [`cannot listen on ${where}: ${messageOf(cause)}`, 'Give --host an address of this machine.'];
      reject(new NasDistillError('USAGE', what, { hint, cause }));
    });
    server.listen(port, host, () => resolve());
  });
}
