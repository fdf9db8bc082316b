import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Cores that this process may use: those that it is bound to, and no more than the CPU quota of its control group pays for
 * (Node 20 does not look at that), rounded down; at least 1.
 */
export function availableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpuQuota())));
}

/**
 * The CPU quota of this process in cores, the smallest of its control group's and of those above it (cgroup v2: cpu.max, v1:
 * cpu.cfs_quota_us); Infinity where there is none, and on other systems than Linux.
 * @param root where /proc and /sys lie
 */
export function cpuQuota(root = '/'): number {
  const groups = textOf(join(root, 'proc/self/cgroup')) ?? '';
  const quotas = groups.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === '') return above(path).map((group) => quotaOf2(join(root, 'sys/fs/cgroup', group)));
    if (controllers?.split(',').includes('cpu') !== true) return [];
    return above(path).map((group) => quotaOf1(join(root, 'sys/fs/cgroup/cpu', group)));
  });
  return Math.min(Infinity, ...quotas);
}

/** A group and all that hold it; inside a container the first ones may not be there. */
function above(path: string): string[] {
  return path === '/' || path === '.' ? ['/'] : [path, ...above(dirname(path))];
}

function quotaOf2(group: string): number {
  const [quota, period] = (textOf(join(group, 'cpu.max')) ?? 'max').trim().split(' ').map(Number);
  return coresOf(quota, period);
}

function quotaOf1(group: string): number {
  return coresOf(Number(textOf(join(group, 'cpu.cfs_quota_us'))), Number(textOf(join(group, 'cpu.cfs_period_us'))));
}

function coresOf(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there, or not for us to read: no limit is known.
    return undefined;
  }
}
