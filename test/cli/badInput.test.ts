import Database from 'better-sqlite3';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere, type Said } from './runHere.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bad-'));
  writeStripes(at('stripes'), 90, 30);
  writeStripes(at('short'), 90, 30);
  const images = at('short', 'train-images-idx3-ubyte');
  truncateSync(images, readFileSync(images).length - 100);
  for (const results of ['results', 'newer']) storeQuickTeacher(at(results, 'teachers'));
  storeQuickTeacher(at('results', 'teachers'), { name: 'cut' });
  truncateSync(at('results', 'teachers', 'cut', 'weights.bin'), 1000);
  storeQuickTeacher(at('results', 'teachers'), { name: 'changed' });
  const weights = at('results', 'teachers', 'changed', 'weights.bin');
  const bytes = readFileSync(weights);
  bytes[500] ^= 1;
  writeFileSync(weights, bytes);
  storeQuickTeacher(at('results', 'teachers'), { name: 'pets', classes: ['cat', 'dog', 'newt'] });
  storeQuickTeacher(at('results', 'teachers'), { name: 'four', classes: ['0', '1', '2', '3'] });
  writeFileSync(at('file'), 'no directory');
  writeFileSync(at('study.yaml'), 'space: minimal\ntrials: 2\nepoks: 3\n');
  writeFileSync(at('losses.yaml'), 'space: minimal\nlosses:\n  - loss: kd\n    weight: -1\n');
  const db = new Database(at('newer', 'nas-distill.db'));
  db.pragma('user_version = 99');
  db.close();
  mkdirSync(at('noise', 'nas-distill.db'), { recursive: true });
  mkdirSync(at('garbage'));
  writeFileSync(
    at('garbage', 'nas-distill.db'),
    'this is no database at all, just text that is long enough to be read',
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function command(words: readonly string[], { results = 'results', data = 'stripes' } = {}): string[] {
  const base = ['--results', at(results), 'search', '--data', at(data), '--space', 'minimal', '--no-report'];
  return [...base, '--teacher', 'quick', '--trials', '2', '--epochs', '1', ...words];
}

/** In this process: a start of node for each would take most of the test's time. */
const search = (words: readonly string[], where?: { results?: string; data?: string }) =>
  runHere(command(words, where));

/** The process ended with this code, and its complaint is one line and, below it, one of advice. */
function complains(ended: Said, code: number, says: RegExp): void {
  const lines = ended.stderr.trimEnd().split('\n');
  const first = lines.findIndex((line) => /^(nas-distill|error): /.test(line));
  expect(lines.slice(first).join('\n')).toMatch(says);
  expect(lines[first]).toMatch(says);
  expect(lines.length - first).toBeLessThanOrEqual(2);
  expect(ended.stderr).not.toMatch(/\n\s+at |This is a bug/);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(code);
}

describe('bad input is one line and an exit code', () => {
  const flags: [string[], number, RegExp][] = [
    [['--budget', '8XB'], 2, /'8XB'.*BUDGET_SYNTAX/],
    [['--budget', '10B'], 3, /10B.*smallest.*604 B/],
    [['--space', 'nowhere'], 2, /nowhere/],
    [['--sampler', 'guess'], 2, /unknown sampler "guess"/],
    [['--engine', 'steam'], 2, /unknown engine 'steam'/],
    [['--engine', 'native'], 4, /native/],
    [['--workers', '0'], 2, /'0'.*whole number/],
    [['--epochs', '1e3'], 2, /'1e3'.*whole number/],
    [['--time', '5'], 2, /'5'.*duration/],
    [['--study', '../x'], 2, /"\.\.\/x" is not allowed/],
    [['--study', '<script>'], 2, /"<script>" is not allowed/],
    [['--teacher', 'nobody'], 2, /no teacher "nobody"/],
    [['--teacher', '../quick'], 2, /cannot be a teacher's name/],
    [['--teacher', 'cut'], 6, /weights\.bin: 1000 bytes, expected \d+: the file was cut short/],
    [['--teacher', 'changed'], 6, /weights\.bin: its content has changed/],
    [['--teacher', 'pets'], 6, /does not know the class "0"/],
    [['--teacher', 'four'], 6, /knows 4 classes, the data has 3/],
    [['--resume', 'unheard-of'], 2, /no study "unheard-of"/],
    [['--data', 'nowhere'], 2, /no data set "nowhere"/],
  ];
  for (const [words, code, says] of flags) {
    it(words.join(' '), async () => complains(await search(words), code, says));
  }

  it('as real processes too', async () => {
    const [usage, damaged] = await Promise.all(
      [
        ['--workers', '0'],
        ['--teacher', 'cut'],
      ].map((words) => runProcess(command(words))),
    );
    complains(usage, 2, /'0'.*whole number/);
    complains(damaged, 6, /weights\.bin: 1000 bytes/);
  });
  it('names the line of an unknown key and of a bad value in a study file', async () => {
    const unknown = await search(['--study-file', at('study.yaml')]);
    complains(unknown, 2, /study\.yaml:3: epoks: unknown key/);
    const [, hint] = unknown.stderr.trimEnd().split('\n').slice(-2);
    expect(hint).toMatch(/Did you mean epochs\?/);
    expect(hint.length).toBeLessThan(100);
    complains(await search(['--study-file', at('losses.yaml')]), 2, /losses\.yaml:4: losses\.0\.weight/);
  });
  it('a data file that was cut short', async () => {
    complains(await search([], { data: 'short' }), 6, /train-images-idx3-ubyte/);
  });
  it('a results directory where nothing can be made: it ends', async () => {
    const ended = await runProcess(['--results', '/proc/nas-distill', 'search', '--budget', '8MB'], 15_000);
    complains(ended, 5, /cannot write \/proc\/nas-distill: .*ENOENT/);
  });
  it('a results directory below a file', async () => {
    complains(await search([], { results: 'file/below' }), 5, /ENOTDIR/);
  });
  it('a results directory that is a file', async () => {
    complains(await search([], { results: 'file' }), 5, /file: a part of the path is a file, not a directory/);
  });
  it('a database of a newer version', async () => {
    complains(await search([], { results: 'newer' }), 5, /newer nas-distill \(schema 99/);
  });
  it('a database that is none', async () => {
    complains(await search([], { results: 'garbage' }), 5, /nas-distill\.db/);
    complains(await search([], { results: 'noise' }), 5, /nas-distill\.db/);
  });
  it('with --json: one document on stdout as well', async () => {
    const ended = await runProcess(command(['--budget', '10B', '--json']));
    const { error } = z
      .object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) })
      .parse(JSON.parse(ended.stdout));
    expect(error.code).toBe('INFEASIBLE');
    expect(error.hint).toContain('--budget 604B');
    expect(ended.code).toBe(3);
  });
});
