import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { availableCores, cpuQuota } from '../../src/core/availableCores.js';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'cores-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

it('no quota is no limit, and neither is a system without control groups', () => {
  expect(cpuQuota(root)).toBe(Infinity);
  write({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' });
  expect(cpuQuota(root)).toBe(Infinity);
});

it('of control groups version 2 the tightest counts, the own one and those above it', () => {
  write({
    'proc/self/cgroup': '0::/a/b\n',
    'sys/fs/cgroup/a/cpu.max': '150000 100000\n',
    'sys/fs/cgroup/a/b/cpu.max': '400000 100000\n',
  });
  expect(cpuQuota(root)).toBe(1.5);
});

it("a container's path that is not there falls back on what holds it", () => {
  write({ 'proc/self/cgroup': '0::/outside/of/here\n', 'sys/fs/cgroup/cpu.max': '200000 100000\n' });
  expect(cpuQuota(root)).toBe(2);
});

it('of version 1 the quota of the cpu controller', () => {
  write({
    'proc/self/cgroup': '5:memory:/m\n3:cpu,cpuacct:/c\n',
    'sys/fs/cgroup/cpu/c/cpu.cfs_quota_us': '50000\n',
    'sys/fs/cgroup/cpu/c/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  expect(cpuQuota(root)).toBe(0.5);
});

it('there is always a core, and never more than the process may run on', () => {
  expect(availableCores()).toBeGreaterThanOrEqual(1);
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
});
