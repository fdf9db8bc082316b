import Database from 'better-sqlite3';
import { gzipSync } from 'node:zlib';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { runHere, type Said } from './runHere.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';
import { tinyDisk } from './tinyDisk.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);

const dot = (background: string) => sharp({ create: { width: 12, height: 12, channels: 3, background } });

beforeAll(async () => {
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
  mkdirSync(at('gzipped'));
  for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']) {
    writeFileSync(at('gzipped', `${name}.gz`), gzipSync(readFileSync(at('stripes', name))));
  }
  const zipped = at('gzipped', 'train-images-idx3-ubyte.gz');
  const packed = readFileSync(zipped);
  writeFileSync(
    zipped,
    packed.map((byte, i) => (i === packed.length >> 1 ? byte ^ 0xff : byte)),
  );
  for (const [name, content] of [
    ['one/cat/1.png', await dot('red').png().toBuffer()],
    ['broken/cat/1.png', await dot('red').png().toBuffer()],
    ['broken/dog/1.jpg', (await dot('blue').jpeg().toBuffer()).subarray(0, 200)],
  ] as const) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  }
  const minimal = readFileSync(new URL('../../search-spaces/minimal.yaml', import.meta.url), 'utf8');
  writeFileSync(at('key.yaml'), minimal.replace('\nstages:', '\nstagez:'));
  writeFileSync(at('block.yaml'), minimal.replace('block: conv', 'block: konv'));
  writeFileSync(at('none.yaml'), 'workers: 0\n');
  writeFileSync(at('study.yaml'), 'space: minimal\ntrials: 2\nepoks: 3\n');
  writeFileSync(at('losses.yaml'), 'space: minimal\nlosses:\n  - loss: kd\n    weight: -1\n');
  mkdirSync(at('stored'));
  openStore(at('stored', 'nas-distill.db')).close();
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
    // One that no machine of this platform has.
    [['--engine', process.platform === 'darwin' ? 'onnx:directml' : 'onnx:coreml'], 4, /engine onnx:.* only, this is/],
    [['--engine', 'wasm', '--engine-profile', '--data', 'nowhere'], 2, /--engine-profile: .* engine wasm/],
    [['--workers', '0'], 2, /'0'.*auto, or a whole number/],
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
    [['--data', ''], 2, /no data set ""/],
    [['--budget', ''], 2, /argument '' is invalid/],
    [['--budget', '1MB,,2Mparams'], 2, /argument '1MB,,2Mparams' is invalid/],
    [['--study', ''], 2, /study name "" is empty/],
    [['--study-file', 'nowhere.yaml'], 2, /study file nowhere\.yaml does not exist/],
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
  it('a sub-command that there is none of, and none', async () => {
    complains(await runHere(['engine', 'foo']), 2, /engine: unknown sub-command 'foo'/);
    complains(await runHere(['bench']), 2, /bench: which sub-command\?/);
  });
  it('names the line of an unknown key and of a bad value in a study file', async () => {
    const unknown = await search(['--study-file', at('study.yaml')]);
    complains(unknown, 2, /study\.yaml:3: epoks: unknown key/);
    const [, hint] = unknown.stderr.trimEnd().split('\n').slice(-2);
    expect(hint).toMatch(/Did you mean epochs\?/);
    expect(hint.length).toBeLessThan(100);
    complains(await search(['--study-file', at('losses.yaml')]), 2, /losses\.yaml:4: losses\.0\.weight/);
  });
  it('no workers, in a study file too', async () => {
    complains(await search(['--study-file', at('none.yaml')]), 2, /none\.yaml:1: workers: .*>0/);
  });
  it('an unknown key and an unknown block of a space, with file, line and key', async () => {
    complains(await search(['--space', at('key.yaml')]), 2, /key\.yaml:10:1 stagez: unknown key "stagez"/);
    complains(await search(['--space', at('block.yaml')]), 2, /block\.yaml:6:10 stem\.block: "konv": unknown block/);
  });
  it('a gzip file that is broken', async () => {
    complains(await search([], { data: 'gzipped' }), 6, /train-images-idx3-ubyte\.gz is a broken gzip file/);
  });
  it('an image folder of one class, and one with a broken JPEG', async () => {
    complains(await search([], { data: 'one' }), 6, /one has images of one class only \("cat"\)/);
    complains(await search([], { data: 'broken' }), 6, /1\.jpg is not a readable PNG or JPEG image/);
  });
  it('a study name that leads elsewhere, whatever the command', async () => {
    for (const words of [['report'], ['status'], ['export'], ['delete'], ['promote'], ['search', '--resume']]) {
      for (const name of ['../x', '<script>']) {
        complains(await runHere(['--results', at('stored'), ...words, name]), 2, /no study|there is no/);
      }
    }
  });
  it('a data file that was cut short', async () => {
    complains(await search([], { data: 'short' }), 6, /train-images-idx3-ubyte/);
  });
  it("a teacher's cached outputs of which a bit has changed: no study is left behind, and it goes on without them", async () => {
    const results = 'flipped';
    storeQuickTeacher(at(results, 'teachers'));
    const ask = (study: string) => search(['--study', study, '--workers', '1'], { results });
    const listed = z.object({ studies: z.array(z.object({ name: z.string() })) });
    expect((await ask('first')).code).toBe(0);
    const cache = at(results, 'cache', 'teacher');
    const [entry] = readdirSync(cache);
    const file = join(cache, entry, 'logits.bin');
    writeFileSync(
      file,
      readFileSync(file).map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
    );
    complains(await ask('second'), 6, /logits\.bin is damaged.*CACHE/);
    const { stdout } = await runHere(['--results', at(results), '--json', 'studies']);
    expect(listed.parse(JSON.parse(stdout)).studies.map(({ name }) => name)).toEqual(['first']);
    rmSync(join(cache, entry), { recursive: true });
    expect((await ask('second')).code).toBe(0);
  });
  it('a results directory whose name is empty, as an unset variable gives', async () => {
    complains(await runHere(['--results', '', 'studies']), 2, /results directory is given as an empty text/);
  });
  it('a teacher whose description is no such thing, with the key', async () => {
    mkdirSync(at('stored', 'teachers', 'odd'), { recursive: true });
    writeFileSync(at('stored', 'teachers', 'odd', 'teacher.json'), '{"format": 2}');
    complains(await runHere(['--results', at('stored'), 'teacher', 'show', 'odd']), 6, /teacher\.json: .*format: .*1/);
  });
  it('an engines folder where nothing can be made: it ends', async () => {
    const ended = await runProcess(['engine', 'install', 'native', '--dir', '/proc/nas-distill/engines'], 30_000);
    complains(ended, 5, /\/proc\/nas-distill/);
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
  it('a results directory that is read-only', async ({ skip }) => {
    const disk = tinyDisk(1024);
    if (typeof disk === 'string') {
      skip(disk);
      return;
    }
    try {
      storeQuickTeacher(join(disk.path, 'teachers'));
      openStore(join(disk.path, 'nas-distill.db')).close();
      disk.readOnly();
      const words = ['search', '--data', at('stripes'), '--space', 'minimal', '--teacher', 'quick'];
      complains(await runHere(['--results', disk.path, ...words]), 5, /cannot open or write .*nas-distill\.db/);
      complains(
        await runHere(['--results', disk.path, 'teacher', 'train', 'mixer', '--data', at('stripes')]),
        5,
        /read-only/,
      );
    } finally {
      disk.unmount();
    }
  });
  it('a database of a newer version, which no command changes', async () => {
    const file = at('newer', 'nas-distill.db');
    const before = readFileSync(file);
    complains(await search([], { results: 'newer' }), 5, /newer nas-distill \(schema 99/);
    for (const words of [
      ['studies'],
      ['status'],
      ['report'],
      ['promote'],
      ['export', 's'],
      ['show', '1'],
      ['delete', 's'],
    ])
      complains(await runHere(['--results', at('newer'), ...words]), 5, /newer nas-distill \(schema 99/);
    expect(readFileSync(file).equals(before)).toBe(true);
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
