import { hostname, networkInterfaces } from 'node:os';

const loopback = ['localhost', '127.0.0.1', '::1'];

export function isLoopback(host: string): boolean {
  return loopback.includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The names by which the server may be called. A page of another site whose name was pointed at this machine (DNS
 * rebinding) calls it by that site's name, and is refused. Ports do not count: they change behind a tunnel.
 * @param host what the server listens on @param more names given by hand
 */
export function allowedHosts(host: string, more: readonly string[] = []): ReadonlySet<string> {
  const wild = host === '0.0.0.0' || host === '::';
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((item) => item.address));
  const names = [...loopback, host, ...more, ...(wild ? [hostname(), ...own] : [])];
  return new Set(names.map((name) => name.toLowerCase()));
}

/** The name in a Host header, without the port; null if it is none. */
export function hostOf(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.%\w]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return match === null ? null : (match[1] ?? match[2]).toLowerCase();
}
