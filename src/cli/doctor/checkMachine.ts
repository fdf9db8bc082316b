import { freemem, loadavg, totalmem } from 'node:os';
import { formatBytes } from '../../core/units.js';
import { cores as availableCores } from '../flags.js';
import type { Finding } from './Check.js';

/** Node, cores, memory, and whether other work keeps the cores busy. */
export function checkMachine(): Finding[] {
  const cores = availableCores();
  const [major, minor] = process.versions.node.split('.').map(Number);
  const recent = major > 20 || (major === 20 && minor >= 9);
  const busy = loadavg()[0];
  // Load that leaves less than half a core: then times say little, and a search takes longer than its ETA.
  const loaded = busy > cores - 0.5;
  return [
    {
      state: recent ? 'ok' : 'fault',
      what: 'node',
      found: `${process.versions.node} on ${process.platform} ${process.arch}`,
      ...(recent ? {} : { hint: 'Node 20.9 or newer is needed.' }),
    },
    {
      state: loaded ? 'note' : 'ok',
      what: 'cores',
      found: `${cores}, of which ${busy.toFixed(1)} busy in the last minute`,
      ...(loaded ? { hint: 'Searches and latency measurements are slower and less exact beside other work.' } : {}),
    },
    memory(freemem(), totalmem()),
  ];
}

/** A worker takes 400 MB on average, 750 MB at most (measured in Fashion-MNIST searches). */
function memory(free: number, total: number): Finding {
  const found = `${formatBytes(free)} free of ${formatBytes(total)}`;
  if (free > 1e9) return { state: 'ok', what: 'memory', found };
  return { state: 'note', what: 'memory', found, hint: 'A search with 2 workers takes about 1 GB; use --workers 1.' };
}
