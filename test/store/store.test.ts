import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../src/store/migrations/index.js';
import { m001Initial } from '../../src/store/migrations/m001Initial.js';
import { openDatabase } from '../../src/store/openDatabase.js';
import { openStore } from '../../src/store/openStore.js';
import { sqliteStore } from '../../src/store/sqliteStore.js';
import { errorOf } from '../errorOf.js';
import { newTrial } from './fixtures.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
  path = join(directory, 'results', 'nas-distill.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('studies and trials', () => {
  it('gives back what was stored, after closing and opening', () => {
    const store = openStore(path);
    expect(store.journalMode).toBe('wal');
    store.createStudy({ name: 'a', settings: { seed: 1, budgets: ['8MB'] }, facts: { teacher: 'vit' } });
    const created = store.createTrial('a', newTrial('x', { origin: 'baseline', baselineWidth: 0.5 }));
    store.start('a', created.number, 1);
    expect(store.report('a', 1, { epoch: 1, metrics: { accuracy: 0.5, loss: NaN }, elapsedMs: 12.5 })).toBe(true);
    expect(store.report('a', 1, { epoch: 2, metrics: { accuracy: 0.6, loss: Infinity }, elapsedMs: 25 })).toBe(true);
    expect(store.finish('a', 1, { state: 'COMPLETE', metrics: { accuracy: 0.6 } })).toBe(true);
    store.updateFacts('a', { teacher: 'vit', engine: 'onnx' });
    store.recordPromotion('a', { trial: 1, finishedAt: 5, accuracy: { student: 0.9 }, directory: 'promoted/a-1' });
    const before = store.trials('a');
    store.close();

    const again = openStore(path, { readonly: true });
    expect(again.study('a')?.facts).toEqual({ teacher: 'vit', engine: 'onnx' });
    expect(again.studies().map((study) => study.settings)).toEqual([{ seed: 1, budgets: ['8MB'] }]);
    expect(again.trials('a')).toEqual(before);
    const trial = again.trial('a', 1);
    expect(trial).toEqual(before[0]);
    expect(trial).toMatchObject({ ...newTrial('x'), origin: 'baseline', baselineWidth: 0.5, worker: 1, reason: null });
    expect(trial?.rungs).toEqual([
      { epoch: 1, metrics: { accuracy: 0.5, loss: NaN }, elapsedMs: 12.5 },
      { epoch: 2, metrics: { accuracy: 0.6, loss: Infinity }, elapsedMs: 25 },
    ]);
    const full = ['architecture', 'spec', 'rungs', 'launches'];
    const summary = Object.fromEntries(Object.entries(before[0]).filter(([key]) => !full.includes(key)));
    expect(again.trialSummaries('a')).toEqual([summary]);
    expect(again.promotions('a')).toEqual([
      { trial: 1, finishedAt: 5, accuracy: { student: 0.9 }, directory: 'promoted/a-1' },
    ]);
    expect(again.writer('a')).toBeUndefined();
    again.close();
  });

  it('finishes a trial once, and only a running one', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    expect(store.finish('a', 1, { state: 'COMPLETE', metrics: {} })).toBe(false);
    expect(store.report('a', 1, { epoch: 1, metrics: {}, elapsedMs: 1 })).toBe(false);
    store.start('a', 1, 0);
    expect(errorOf(() => store.start('a', 1, 1)).message).toContain('RUNNING');
    expect(store.finish('a', 1, { state: 'FAILED', metrics: {}, reason: 'NaN loss' })).toBe(true);
    expect(store.finish('a', 1, { state: 'COMPLETE', metrics: { accuracy: 1 } })).toBe(false);
    expect(store.trial('a', 1)).toMatchObject({ state: 'FAILED', reason: 'NaN loss', metrics: {} });
    store.close();
  });

  it('requeues what a dead process left running, without its rungs', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    for (const id of ['x', 'y', 'z']) store.createTrial('a', newTrial(id));
    for (const number of [1, 3]) store.start('a', number, 0);
    store.report('a', 3, { epoch: 1, metrics: {}, elapsedMs: 1 });
    expect(store.requeueRunning('a')).toEqual([1, 3]);
    expect(store.trial('a', 3)).toMatchObject({ state: 'WAITING', rungs: [], startedAt: null, worker: null });
    expect(store.requeueRunning('a')).toEqual([]);
    store.close();
  });

  it('notes the deaths of a process that a trial trained in, or was being prepared in, and of none that has ended', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    for (const id of ['x', 'y', 'z']) store.createTrial('a', newTrial(id));
    store.lose('a', 1, 1);
    expect(store.trial('a', 1)).toMatchObject({ state: 'WAITING', deaths: 1, startedAt: null, launches: [] });
    store.start('a', 2, 0);
    store.report('a', 2, { epoch: 1, metrics: {}, elapsedMs: 1 });
    store.pause('a', 2, 1, {});
    store.lose('a', 2, 1);
    expect(store.trial('a', 2)).toMatchObject({ state: 'PAUSED', deaths: 1, checkpoint: 1, rungs: [{ epoch: 1 }] });
    store.start('a', 3, 0);
    store.finish('a', 3, { state: 'COMPLETE', metrics: {} });
    expect(errorOf(() => store.lose('a', 3, 1)).message).toContain('after it ended');
    expect(store.trial('a', 3)).toMatchObject({ state: 'COMPLETE' });
    expect(store.trial('a', 3)?.deaths).toBeUndefined();
    store.close();
  });

  it('pauses a trial and lets it go on: each launch is kept, and after a kill only what its checkpoint lacks is lost', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    for (const id of ['x', 'y']) store.createTrial('a', newTrial(id));
    const rung = (epoch: number) =>
      store.report('a', 1, { epoch, metrics: { accuracy: epoch / 10 }, elapsedMs: epoch });
    const epochs = () => store.trial('a', 1)?.rungs.map(({ epoch }) => epoch);
    expect(store.pause('a', 1, 1, {})).toBe(false);
    store.start('a', 1, 1, 0);
    rung(1);
    expect(store.pause('a', 1, 1, { accuracy: 0.1 })).toBe(true);
    expect(store.trial('a', 1)).toMatchObject({
      state: 'PAUSED',
      checkpoint: 1,
      metrics: { accuracy: 0.1 },
      worker: null,
    });
    expect(store.trialSummaries('a').map(({ state }) => state)).toEqual(['PAUSED', 'WAITING']);
    expect(store.finish('a', 1, { state: 'COMPLETE', metrics: {} })).toBe(false);
    store.start('a', 1, 0, 4);
    rung(2);
    // Killed: it waits in its turn, not to be promoted, and begins where it paused.
    expect(store.requeueRunning('a')).toEqual([1]);
    expect([store.trial('a', 1)?.state, epochs()]).toEqual(['WAITING', [1]]);
    store.start('a', 1, 0, 4);
    rung(2);
    store.lose('a', 1, 1);
    expect([store.trial('a', 1)?.state, epochs()]).toEqual(['WAITING', [1]]);
    store.start('a', 1, 0, 4);
    rung(2);
    store.pause('a', 1, 2, { accuracy: 0.2 });
    expect(store.abandon('a', 2, 'no')).toBe(false);
    expect(store.abandon('a', 1, 'not worth it')).toBe(true);
    const ended = store.trial('a', 1) ?? expect.fail('gone');
    expect(ended).toMatchObject({ state: 'PRUNED', reason: 'not worth it', metrics: { accuracy: 0.2 }, deaths: 1 });
    expect(ended.launches.map(({ from, worker, wave, endedAt }) => [from, worker, wave, endedAt !== null])).toEqual([
      [0, 1, 0, true],
      [1, 0, 4, true],
    ]);
    // Of the worker that had it last.
    expect(ended.worker).toBe(0);
    expect(ended.checkpoint).toBeUndefined();
    store.close();
  });

  it('restarts a trial whose checkpoint is gone from its beginning', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    store.start('a', 1, 0);
    store.report('a', 1, { epoch: 1, metrics: {}, elapsedMs: 1 });
    expect(errorOf(() => store.restart('a', 1)).code).toBe('INTERNAL');
    store.pause('a', 1, 1, { accuracy: 0.1 });
    store.restart('a', 1);
    expect(store.trial('a', 1)).toMatchObject({
      state: 'WAITING',
      rungs: [],
      launches: [],
      metrics: {},
      startedAt: null,
    });
    store.close();
  });

  it('refuses the same architecture twice among search trials, and unknown studies and trials', () => {
    const store = openStore(':memory:');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    store.createTrial('a', newTrial('x', { origin: 'enqueued' }));
    expect(errorOf(() => store.createTrial('a', newTrial('x'))).message).toContain('UNIQUE');
    expect(store.trialSummaries('a').map((trial) => trial.number)).toEqual([1, 2]);
    expect(errorOf(() => store.createStudy({ name: 'a', settings: {}, facts: {} })).code).toBe('STUDY_EXISTS');
    expect(errorOf(() => store.trials('b')).code).toBe('NOT_FOUND');
    expect(errorOf(() => store.start('a', 9, 0)).code).toBe('NOT_FOUND');
    store.close();
  });

  it('deletes a study with everything of it and leaves the others', () => {
    const store = openStore(path);
    for (const name of ['a', 'b']) {
      store.createStudy({ name, settings: {}, facts: {} });
      store.createTrial(name, newTrial('x'));
      store.start(name, 1, 0);
      store.report(name, 1, { epoch: 1, metrics: {}, elapsedMs: 1 });
    }
    store.deleteStudy('a');
    expect(store.studies().map((study) => study.name)).toEqual(['b']);
    expect(store.trials('b')).toHaveLength(1);
    store.close();
    const db = new Database(path);
    for (const table of ['trials', 'trial_models', 'rungs', 'launches']) {
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(1);
    }
    db.close();
  });

  it.each(['../x', '<script>', '', 'a/b', 'a\\b', 'a b', '.hidden', 'a\n', 'ä', 'x'.repeat(65)])(
    'refuses the name %j',
    (name) => {
      const store = openStore(':memory:');
      expect(errorOf(() => store.createStudy({ name, settings: {}, facts: {} })).code).toBe('STUDY_NAME');
      expect(store.studies()).toEqual([]);
      store.close();
    },
  );
});

describe('measured values', () => {
  it('are kept beside the metrics, and later ones join them', () => {
    const store = openStore(path);
    store.createStudy({ name: 'measured', settings: {}, facts: {} });
    store.createTrial('measured', newTrial('a'));
    store.recordMeasured('measured', 1, { latency: 4.2, latency_p95: 4.9 });
    store.recordMeasured('measured', 1, { latency: 4.1 });
    store.close();
    const again = openStore(path, { readonly: true });
    expect(again.trial('measured', 1)?.measured).toEqual({ latency: 4.1, latency_p95: 4.9 });
    expect(again.trialSummaries('measured')[0].measured).toEqual({ latency: 4.1, latency_p95: 4.9 });
    again.close();
    const writer = openStore(path);
    expect(errorOf(() => writer.recordMeasured('measured', 2, { latency: 1 })).code).toBe('NOT_FOUND');
    writer.close();
  });
});

describe('the file', () => {
  it('migrates a database of schema 1 and keeps its trials', () => {
    mkdirSync(join(directory, 'results'));
    const old = new Database(path);
    old.exec(m001Initial);
    old.pragma('application_id = 1312904004');
    old.pragma('user_version = 1');
    old.exec(`INSERT INTO studies VALUES (7, 'old', 1, '{}', '{}');
      INSERT INTO trials VALUES (3, 7, 1, 'search', 'COMPLETE', 'id', NULL, 0, 1, 2, 3,
        '{"bytes":1,"params":2,"macs":3,"memory":4}', '{"accuracy":0.5}', NULL);`);
    old.close();
    expect(errorOf(() => openStore(path, { readonly: true })).code).toBe('STORAGE_VERSION');
    const store = openStore(path);
    expect(store.trialSummaries('old')).toMatchObject([
      { number: 1, state: 'COMPLETE', metrics: { accuracy: 0.5 }, measured: {} },
    ]);
    expect(store.createTrial('old', newTrial('y')).number).toBe(2);
    store.close();
  });

  it('refuses a newer version, naming both, and leaves it as it is', () => {
    openStore(path).close();
    const db = new Database(path);
    db.pragma('user_version = 99');
    db.pragma('journal_mode = DELETE');
    db.close();
    const before = readFileSync(path);
    const error = errorOf(() => openStore(path));
    expect(error).toMatchObject({ code: 'STORAGE_VERSION', exitCode: 5 });
    expect(error.message).toMatch(new RegExp(`schema 99.*up to ${migrations.length}\\)`));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses what is no database, what is damaged and what belongs to another program', () => {
    mkdirSync(join(directory, 'results'));
    writeFileSync(path, 'this is a text file, long enough to hold what would be a header of a database');
    expect(errorOf(() => openStore(path))).toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('not a database'),
    });
    rmSync(path);
    const other = new Database(path);
    other.exec('CREATE TABLE mine (a)');
    other.close();
    expect(errorOf(() => openStore(path)).message).toContain('another program');
    rmSync(path);
    const store = openStore(path);
    store.createStudy({ name: 'a', settings: { text: 'x'.repeat(20_000) }, facts: {} });
    store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, 4096 * 3));
    const damaged = errorOf(() => {
      const cut = openStore(path);
      try {
        cut.studies();
      } finally {
        cut.close();
      }
    });
    expect(damaged).toMatchObject({ code: 'STORAGE', message: expect.stringContaining('damaged') });
  });

  it('reports a row that was edited to nonsense', () => {
    const store = openStore(path);
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    const db = new Database(path);
    db.exec(`UPDATE trials SET costs = '{"bytes":"many"}'`);
    db.close();
    expect(errorOf(() => store.trials('a'))).toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('costs'),
    });
    store.close();
  });

  it('says what a full disk is and keeps what was stored', () => {
    const opened = openDatabase(path, false);
    const store = sqliteStore(path, opened);
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    // SQLite's own limit of pages gives the same SQLITE_FULL as a full disk.
    const pages = opened.db;
    pages.pragma(`max_page_count = ${String(pages.pragma('page_count', { simple: true }))}`);
    const full = errorOf(() => {
      for (let i = 0; i < 1000; i++) store.createTrial('a', newTrial(`t${i}`));
    });
    expect(full).toMatchObject({ code: 'STORAGE_FULL', exitCode: 5 });
    const kept = store.trials('a').length;
    store.close();
    const again = openStore(path);
    expect(again.trials('a')).toHaveLength(kept);
    again.close();
  });

  it('says so when it cannot create or write', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(errorOf(() => openStore(join(directory, 'file', 'x.db'))).code).toBe('STORAGE');
    if (process.getuid?.() !== 0) {
      chmodSync(directory, 0o500);
      expect(errorOf(() => openStore(path)).code).toBe('STORAGE');
      chmodSync(directory, 0o700);
    }
    expect(errorOf(() => openStore('/sys/nas-distill/x.db')).code).toBe('STORAGE');
    expect(errorOf(() => openStore(path, { readonly: true })).code).toBe('NOT_FOUND');
  });

  it('uses the rollback journal where shared memory cannot be had, and tells', () => {
    mkdirSync(join(directory, 'results'));
    // A directory in the place of the shared memory file: WAL can be asked for, but no transaction begins.
    mkdirSync(`${path}-shm`);
    const store = openStore(path);
    expect(store.journalMode).toBe('delete');
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    store.createTrial('a', newTrial('x'));
    store.close();
    const again = openStore(path, { readonly: true });
    expect(again.journalMode).toBe('delete');
    expect(again.trials('a')).toHaveLength(1);
    again.close();
  });
});

describe('one writer', () => {
  it('refuses a second writer of a study, lets it read, and lets it write another study', () => {
    const first = openStore(path);
    first.createStudy({ name: 'a', settings: {}, facts: {} });
    first.createTrial('a', newTrial('x'));
    const second = openStore(path);
    const refused = errorOf(() => second.createTrial('a', newTrial('y')));
    expect(refused).toMatchObject({ code: 'STORAGE', message: expect.stringContaining(`process ${process.pid}`) });
    expect(errorOf(() => second.deleteStudy('a')).code).toBe('STORAGE');
    expect(second.trials('a')).toHaveLength(1);
    expect(second.writer('a')).toMatchObject({ pid: process.pid, alive: true });
    second.createStudy({ name: 'b', settings: {}, facts: {} });
    first.close();
    expect(second.createTrial('a', newTrial('y')).number).toBe(2);
    second.close();
  });

  it('takes over from a dead process and from one whose heartbeat stopped; that one then notices', () => {
    const first = openStore(path);
    first.createStudy({ name: 'a', settings: {}, facts: {} });
    const db = new Database(path);
    db.prepare('UPDATE leases SET heartbeat = ?').run(Date.now() - 61_000);
    const second = openStore(path);
    second.createTrial('a', newTrial('x'));
    expect(errorOf(() => first.createTrial('a', newTrial('y'))).message).toContain('took it over');
    first.close();
    expect(second.writer('a')?.alive).toBe(true);
    // No process has this number: it is above the kernel's largest.
    db.prepare('UPDATE leases SET pid = ?, token = ?').run(2 ** 30, 'dead');
    db.close();
    expect(second.writer('a')?.alive).toBe(false);
    const third = openStore(path);
    expect(third.createTrial('a', newTrial('z')).number).toBe(2);
    third.close();
    second.close();
  });

  it('lets others read a whole state while one is in the middle of a write', () => {
    const store = openStore(path);
    store.createStudy({ name: 'a', settings: {}, facts: {} });
    const db = new Database(path);
    db.exec('BEGIN IMMEDIATE');
    db.prepare('UPDATE studies SET facts = \'{"half":1}\'').run();
    const reader = openStore(path, { readonly: true });
    expect(reader.study('a')?.facts).toEqual({});
    db.exec('ROLLBACK');
    db.close();
    reader.close();
    store.close();
  });
});
