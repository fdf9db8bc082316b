import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { atomicWrite } from '../../src/core/atomicWrite.js';
import { readManifest } from '../../src/data/catalogue/loadCatalogued.js';
import { openDataset } from '../../src/data/openDataset.js';
import { openEngine } from '../../src/engines/registry.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { teacherOutputs } from '../../src/teachers/teacherCache.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { runHere } from './runHere.js';
import { writeStripes } from './stripes.js';
import { tinyDisk, type TinyDisk } from './tinyDisk.js';

const graph = fileURLToPath(new URL('../goldens/teachers/graph', import.meta.url));
const full = { code: 'STORAGE_FULL', message: expect.stringMatching(/no space left to write/) as string };
let root: string;
let disk: TinyDisk;
let mounted: TinyDisk | undefined;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'full-'));
  writeStripes(join(root, 'stripes'), 90, 30);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(({ skip }) => {
  const made = tinyDisk(1024);
  if (typeof made === 'string') {
    console.warn(`full disk: skipped, ${made}`);
    skip(made);
    return;
  }
  disk = mounted = made;
});
afterEach(() => {
  mounted?.unmount();
  mounted = undefined;
});

/** Every file below a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function database(path: string) {
  const db = new Database(join(path, 'nas-distill.db'));
  try {
    const done = db.prepare("SELECT number, metrics FROM trials WHERE state = 'COMPLETE' ORDER BY number").all();
    return { integrity: db.pragma('integrity_check', { simple: true }), done };
  } finally {
    db.close();
  }
}

describe('a disk that is full', () => {
  it('ends a search with one line, keeps the database intact, and the search goes on when there is space', async () => {
    const words = [
      'teacher',
      'import',
      graph,
      '--name',
      'graph',
      '--classes',
      '2,0,1',
      '--mean',
      '0.5',
      '--std',
      '0.25',
    ];
    expect((await runHere(['--results', disk.path, ...words])).code).toBe(0);
    const search = ['--results', disk.path, 'search', '--data', join(root, 'stripes'), '--space', 'minimal'];
    const brief = [
      ...search,
      '--teacher',
      'graph',
      '--epochs',
      '1',
      '--workers',
      '1',
      '--no-report',
      '--study',
      'small',
    ];
    // Room for a handful of trials.
    disk.fill(450);
    const ended = await runProcess([...brief, '--trials', '60'], 60_000);
    const lines = ended.stderr.trimEnd().split('\n');
    expect(lines.slice(lines.findIndex((line) => line.startsWith('nas-distill:')))).toEqual([
      `nas-distill: no space left to write ${join(disk.path, 'nas-distill.db')} [STORAGE_FULL]`,
      '  Free disk space, then run the same command again: what was stored before is intact.',
    ]);
    expect(ended.code).toBe(5);
    disk.clear();
    disk.resize(8192);
    const before = database(disk.path);
    expect(before.integrity).toBe('ok');
    expect(before.done.length).toBeGreaterThan(0);
    const more = await runProcess([...brief, '--trials', String(before.done.length + 2)], 60_000);
    expect(more.code).toBe(0);
    const after = database(disk.path);
    expect(after.integrity).toBe('ok');
    expect(after.done.length).toBeGreaterThan(before.done.length);
    expect(after.done.slice(0, before.done.length)).toEqual(before.done);
  }, 150_000);

  it.each([0, 40])(
    'with %i KiB left for the database: one line, nothing broken',
    async (free) => {
      storeQuickTeacher(join(disk.path, 'teachers'));
      disk.fill(free);
      const words = [
        'search',
        '--data',
        join(root, 'stripes'),
        '--space',
        'minimal',
        '--trials',
        '60',
        '--workers',
        '1',
      ];
      const ended = await runProcess(
        ['--results', disk.path, ...words, '--epochs', '1', '--teacher', 'quick', '--no-report'],
        60_000,
      );
      expect(ended.code).toBe(5);
      expect(ended.stderr).toMatch(
        /^nas-distill: no space left to write .*\[STORAGE_FULL\]\n {2}Free disk space.*\n$/m,
      );
      expect(ended.stderr).not.toMatch(/\n\s+at |This is a bug/);
      disk.clear();
      const db = new Database(join(disk.path, 'nas-distill.db'));
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
      expect(filesIn(disk.path).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    },
    80_000,
  );

  it("leaves no half of a teacher's outputs that would be taken for the whole", async () => {
    const dataset = await openDataset(join(root, 'stripes'), { dataDir: root });
    const teachers = join(root, 'teachers');
    const teacher = await openTeacher(teachers, storeQuickTeacher(teachers));
    const engine = await openEngine('wasm', { threads: 1 });
    const rows = Int32Array.from({ length: 60 }, (_, i) => i);
    const policy = { shift: 1, flip: true, views: 4, seed: 1 };
    // The logits have 2880 bytes and fit; the tap beside them does not.
    const request = { teacher, dataset, rows, policy, taps: Object.keys(teacher.taps).slice(0, 1) };
    disk.fill(12);
    const cache = join(disk.path, 'cache');
    const ask = () => teacherOutputs(cache, request, () => Promise.resolve(engine));
    await expect(ask()).rejects.toMatchObject(full);
    expect(filesIn(cache).filter((file) => !file.endsWith('.bin'))).toEqual([]);
    disk.clear();
    expect((await ask()).cached).toBe(false);
    expect((await ask()).cached).toBe(true);
    engine.close();
    teacher.dispose();
  });

  it('keeps the teacher that an import would have replaced', async () => {
    const words = ['teacher', 'import', graph, '--classes', '2,0,1', '--mean', '0.5', '--std', '0.25'];
    const run = (...more: string[]) => runHere(['--results', disk.path, ...words, ...more]);
    expect((await run('--name', 'kept')).code).toBe(0);
    const before = filesIn(join(disk.path, 'teachers'));
    disk.fill(8);
    for (const name of ['kept', 'other']) {
      const ended = await run('--name', name);
      expect(ended.stderr).toMatch(/^nas-distill: no space left to write .*\[STORAGE_FULL\]\n {2}Free disk space/);
      expect(ended.code).toBe(5);
    }
    expect(filesIn(join(disk.path, 'teachers'))).toEqual(before);
    expect((await runHere(['--results', disk.path, 'teacher', 'show', 'kept'])).code).toBe(0);
  });

  it('a data set whose files were not all written is not taken for fetched', async () => {
    const folder = join(disk.path, 'data', 'fashion-mnist');
    // As `data fetch` writes it: files one by one, the manifest last.
    disk.fill(64);
    const parts = [
      ['train-images-idx3-ubyte', 50_000],
      ['train-labels-idx1-ubyte', 20_000],
      ['manifest.json', 100],
    ] as const;
    expect(() => {
      for (const [name, bytes] of parts) atomicWrite(join(folder, name), Buffer.alloc(bytes));
    }).toThrow(expect.objectContaining(full) as Error);
    expect(filesIn(folder)).toEqual([join(folder, 'train-images-idx3-ubyte')]);
    expect(readManifest('fashion-mnist', join(disk.path, 'data'))).toBeUndefined();
    const listed = await runHere(['--results', disk.path, 'data', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ datasets: [{ name: 'fashion-mnist', state: 'no' }, {}, {}] });
  });

  it('an atomic write leaves the old content where the new does not fit', () => {
    const file = join(disk.path, 'file');
    writeFileSync(file, 'old');
    disk.fill(4);
    expect(() => {
      atomicWrite(file, Buffer.alloc(100_000));
    }).toThrow(expect.objectContaining(full) as Error);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(filesIn(disk.path).sort()).toEqual([file, join(disk.path, 'filler')]);
  });
});
