import { closeSync, existsSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { resultPaths } from '../paths.js';

/** Something stored that no study needs any more, or that can be computed again. */
export interface Rubbish {
  readonly path: string;
  readonly kind: 'temporary' | 'cache' | 'report' | 'weights';
  readonly bytes: number;
  /** Why it can go. */
  readonly why: string;
}

export interface Places {
  readonly resultsDir: string;
  readonly reportsDir: string;
  /** Names of the studies that are stored. */
  readonly studies: ReadonlySet<string>;
}

/**
 * Temporary files of processes that are gone, and reports, kept weights and checkpoints of studies that are gone; with `caches` also the teachers'
 * cached outputs. Never the database, data, teachers, promoted models, or a file that is not this tool's own.
 */
export function findRubbish(places: Places, caches: boolean): Rubbish[] {
  const { teacherCache } = resultPaths(places.resultsDir);
  return [
    ...temporaries(places.resultsDir),
    ...temporaries(places.reportsDir),
    ...(caches ? cached(teacherCache) : []),
    ...orphans(places),
    ...ofNoStudy(places),
  ].filter((found, i, all) => !all.some((other, j) => j !== i && within(found.path, other)));
}

/** A folder's own temporary files go with the folder. */
function within(path: string, other: Rubbish): boolean {
  return (other.kind === 'cache' || other.kind === 'weights') && path.startsWith(`${other.path}/`);
}

/** `name.<pid>.tmp` (atomicWrite) and `.writable-<pid>` (requireWritable). */
const leftBehind = /(?:\.(\d+)\.tmp|^\.writable-(\d+))$/;

function temporaries(root: string): Rubbish[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const [, written, probed] = leftBehind.exec(entry.name) ?? [];
    const pid = Number(written ?? probed);
    if (!entry.isFile() || Number.isNaN(pid) || isAlive(pid)) return [];
    const path = join(entry.parentPath, entry.name);
    return [{ path, kind: 'temporary', bytes: statSync(path).size, why: `process ${pid} did not finish it` }];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function cached(directory: string): Rubbish[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => {
    const path = join(directory, name);
    return { path, kind: 'cache', bytes: sizeOf(path), why: "a teacher's outputs: computed again when needed" };
  });
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Weights and checkpoints of the trials of studies that are gone. */
function ofNoStudy({ resultsDir, studies }: Places): Rubbish[] {
  const { weights, checkpoints } = resultPaths(resultsDir);
  return [weights, checkpoints]
    .filter((root) => existsSync(root))
    .flatMap((root) => readdirSync(root).map((name) => ({ name, path: join(root, name) })))
    .filter(({ name, path }) => !studies.has(name) && statSync(path).isDirectory())
    .map(({ name, path }) => ({
      path,
      kind: 'weights',
      bytes: sizeOf(path),
      why: `study ${name} is not in ${resultsDir}`,
    }));
}

function orphans({ reportsDir, resultsDir, studies }: Places): Rubbish[] {
  if (!existsSync(reportsDir)) return [];
  return readdirSync(reportsDir)
    .filter((name) => name.endsWith('.html'))
    .map((name) => join(reportsDir, name))
    .flatMap((path): Rubbish[] => {
      const study = studyOf(path);
      if (study === undefined || studies.has(study)) return [];
      return [{ path, kind: 'report', bytes: statSync(path).size, why: `study ${study} is not in ${resultsDir}` }];
    });
}

/** The study of a report by its title, whatever the file is called; undefined for a file that is no report of one study. */
function studyOf(path: string): string | undefined {
  const head = Buffer.alloc(4096);
  const file = openSync(path, 'r');
  try {
    const read = readSync(file, head, 0, head.length, 0);
    return /<title>([A-Za-z0-9._-]+) · nas-distill<\/title>/.exec(head.toString('utf8', 0, read))?.[1];
  } finally {
    closeSync(file);
  }
}
