import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few KiB in memory: a disk that is really full when it is full. */
export interface TinyDisk {
  readonly path: string;
  /** Writes a file that leaves so many KiB free. */
  fill(freeKib: number): void;
  /** Removes what `fill` wrote. */
  clear(): void;
  resize(kib: number): void;
  readOnly(): void;
  unmount(): void;
}

/** Mounts one, or says why that is not possible here (it takes Linux and the right to mount). */
export function tinyDisk(kib: number): TinyDisk | string {
  if (process.platform !== 'linux') return `no tmpfs on ${process.platform}`;
  const path = mkdtempSync(join(tmpdir(), 'disk-'));
  const refused = mount('-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path);
  if (refused !== undefined) {
    rmdirSync(path);
    return `mounting a tmpfs is not permitted here: ${refused}`;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill: (freeKib) => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 1024 * freeKib)));
    },
    clear: () => {
      rmSync(filler, { force: true });
    },
    resize: (size) => {
      const failed = mount('-o', `remount,size=${size}k`, path);
      if (failed !== undefined) throw new Error(failed);
    },
    readOnly: () => {
      const failed = mount('-o', 'remount,ro', path);
      if (failed !== undefined) throw new Error(failed);
    },
    unmount: () => {
      const { status, stderr } = spawnSync('umount', [path], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      rmdirSync(path);
    },
  };
}

function mount(...words: string[]): string | undefined {
  const { status, stderr, error } = spawnSync('mount', words, { encoding: 'utf8' });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim();
}
