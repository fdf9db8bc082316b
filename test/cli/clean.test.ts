import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRubbish } from '../../src/cli/clean/findRubbish.js';
import { writeStudy } from '../dashboard/writeStudy.js';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { runProcess } from './process.js';

let dir: string;
let resultsDir: string;
let reportsDir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clean-'));
  [resultsDir, reportsDir] = [join(dir, 'results'), join(dir, 'reports')];
  for (const made of [join(resultsDir, 'cache', 'teacher', 'abc'), join(resultsDir, 'promoted', 'kept'), reportsDir]) {
    mkdirSync(made, { recursive: true });
  }
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (...parts: string[]) => {
  const path = join(...parts.slice(0, -1));
  writeFileSync(path, parts[parts.length - 1]);
  return path;
};
/** More than any process number of Linux. */
const gone = 99_999_999;

describe('findRubbish', () => {
  it('takes files of processes that are gone, and leaves those of living ones', () => {
    const left = write(resultsDir, 'promoted', 'kept', `weights.bin.${gone}.tmp`, 'half');
    const probe = write(resultsDir, `.writable-${gone}`, '.');
    write(resultsDir, `note.json.${process.pid}.tmp`, 'being written');
    write(resultsDir, 'promoted', 'kept', 'weights.tmp', 'no number: not ours');
    const found = findRubbish({ resultsDir, reportsDir, studies: new Set() }, false);
    expect(found.map(({ path, bytes }) => [path, bytes])).toEqual(
      expect.arrayContaining([
        [left, 4],
        [probe, 1],
      ]),
    );
    expect(found).toHaveLength(2);
  });

  it('takes caches only when asked, each once', () => {
    write(resultsDir, 'cache', 'teacher', 'abc', 'logits.bin', 'x'.repeat(100));
    write(resultsDir, 'cache', 'teacher', 'abc', `logits.bin.${gone}.tmp`, 'x');
    const places = { resultsDir, reportsDir, studies: new Set<string>() };
    expect(findRubbish(places, true)).toEqual([
      expect.objectContaining({ path: join(resultsDir, 'cache', 'teacher', 'abc'), kind: 'cache', bytes: 101 }),
    ]);
    expect(findRubbish(places, false).map(({ kind }) => kind)).toEqual(['temporary']);
  });

  it('takes reports by their title: of studies that are gone, and of no other file', () => {
    const page = (title: string) => `<!doctype html><html><head><title>${title}</title>`;
    const orphan = write(reportsDir, 'renamed.html', page('old-study · nas-distill'));
    write(reportsDir, 'b.html', page('stored · nas-distill'));
    write(reportsDir, 'c.html', page('My own notes'));
    write(reportsDir, 'd.html', '');
    const found = findRubbish({ resultsDir, reportsDir, studies: new Set(['stored']) }, false);
    expect(found.map(({ path }) => path)).toEqual([orphan]);
  });
});

it('takes kept weights and checkpoints of studies that are gone, each folder once', () => {
  for (const study of ['stored', 'deleted']) {
    for (const place of ['weights', 'checkpoints']) mkdirSync(join(resultsDir, place, study), { recursive: true });
    write(resultsDir, 'checkpoints', study, 'trial-3-1.checkpoint', 'x'.repeat(10));
  }
  write(resultsDir, 'checkpoints', 'deleted', `trial-4-1.checkpoint.${gone}.tmp`, 'xx');
  const found = findRubbish({ resultsDir, reportsDir, studies: new Set(['stored']) }, false);
  expect(found.map(({ path, kind, bytes }) => [path, kind, bytes])).toEqual([
    [join(resultsDir, 'weights', 'deleted'), 'weights', 0],
    [join(resultsDir, 'checkpoints', 'deleted'), 'weights', 12],
  ]);
});

describe('clean, as a real process', () => {
  it('lists, asks, removes, and keeps what is stored', async () => {
    writeStudy(join(resultsDir, 'nas-distill.db'), syntheticStudy({ trials: 2, name: 'stored' }));
    const cache = write(resultsDir, 'cache', 'teacher', 'abc', 'logits.bin', 'x');
    const left = write(resultsDir, `a.${gone}.tmp`, 'half');
    const words = ['--results', resultsDir, 'clean'];
    // Away from this checkout, whose own reports belong to somebody.
    const run = (...more: string[]) => runProcess([...words, ...more], undefined, resultsDir);
    const dry = await run('--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('would free 4 B')]);
    const asked = await run();
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringContaining('nothing was removed: nobody can be asked'),
    ]);
    expect(existsSync(left)).toBe(true);
    const done = await run('--yes', '--caches', '--json');
    expect([done.code, JSON.parse(done.stdout)]).toEqual([0, expect.objectContaining({ removed: true, bytes: 5 })]);
    expect([left, cache].map((path) => existsSync(path))).toEqual([false, false]);
    expect(existsSync(join(resultsDir, 'nas-distill.db'))).toBe(true);
    const again = await run();
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to clean.\n']);
  });
});
