import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/core/packageRoot.js';

// A model of some ten milliseconds: a shorter timing may end before the core is taken away.
const program = `
const { openQuietTimer } = await import(${JSON.stringify(join(packageRoot, 'dist', 'devices', 'quietTimer.js'))});
const spec = { input: [112, 112, 16], logits: 'c', taps: {}, nodes: [
  { op: 'conv2d', name: 'a', inputs: ['input'], filters: 256, kernel: 3, stride: 1, padding: 'same', useBias: true },
  { op: 'global_avg_pool', name: 'b', inputs: ['a'] },
  { op: 'dense', name: 'c', inputs: ['b'], units: 4, useBias: true } ] };
const timer = await openQuietTimer({ threads: 1, batch: 1 });
console.log(JSON.stringify(await timer.time(spec)));
await timer.release();
process.exit(0);
`;

/** The first core that this process may use; undefined where cores cannot be chosen. */
const core = existsSync('/proc/self/status')
  ? /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  : undefined;

test.skipIf(core === undefined)(
  'a latency measured beside other work on the core is repeated, and flagged when that does not help',
  async () => {
    const busy = [0, 1].map(() =>
      spawn('taskset', ['-c', String(core), process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      const { stdout } = await promisify(execFile)(
        'taskset',
        ['-c', String(core), process.execPath, '--input-type=module', '-e', program],
        { timeout: 100_000 },
      );
      const timing = JSON.parse(stdout) as { disturbed: boolean; repeats: number; held: number; median: number };
      expect(timing).toMatchObject({ disturbed: true, repeats: 3 });
      expect(timing.held).toBeLessThan(0.9);
      expect(timing.median).toBeGreaterThan(0);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  },
  120_000,
);
