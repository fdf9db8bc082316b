import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));
const names = (
  'search report promote studies status show watch compare serve export ' +
  'delete teacher data space device blockwise proxies inheritance simulate losses recipes engine bench init clean doctor completion'
).split(' ');

describe('start-up of the command line', () => {
  let folder: string;
  let preload: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nas-distill-'));
    // Says on exit which packages were loaded; all the heavy ones are CommonJS.
    preload = join(folder, 'loaded.cjs');
    writeFileSync(
      preload,
      `process.on('exit', () => {
        const files = Object.keys(require('node:module')._cache).map((path) => path.replaceAll('\\\\', '/'));
        const packages = files.map((path) => path.match(/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/)?.[1] ?? '');
        process.stderr.write('LOADED ' + [...new Set(packages)].join(' ') + '\\n');
      });`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(...words: string[]) {
    const results = join(folder, 'results');
    const done = spawnSync(process.execPath, ['--require', preload, bin, ...words], {
      encoding: 'utf8',
      env: { ...process.env, NAS_DISTILL_RESULTS: results },
    });
    return { ...done, loaded: done.stderr.match(/^LOADED (.*)$/m)?.[1]?.split(' ') ?? [] };
  }

  it('loads no engine, image library or worker pool to list the studies', () => {
    const { status, loaded } = start('studies', '--json');
    expect(status).toBe(0);
    expect(loaded).toContain('commander');
    for (const heavy of ['@tensorflow/tfjs-core', 'onnxruntime-node', 'sharp', 'piscina']) {
      expect(loaded).not.toContain(heavy);
    }
  });

  it('loads them for a search: the check above can fail', () => {
    expect(start('search', '--help').loaded).toEqual(expect.arrayContaining(['@tensorflow/tfjs-core', 'sharp']));
  });

  it.each([[['--help']], [['help']], [['--json', '--help', 'studies']]])('%s lists every command', (words) => {
    const { status, stdout } = start(...words);
    expect(status).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]);
    expect(listed.filter((name) => name !== 'help')).toEqual(names);
  });

  it('finds the command behind global flags, whatever their values', () => {
    const { status, stdout } = start('--results', 'engine', '--json', 'studies');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ studies: [] });
  });

  it('ends quietly when nobody reads on', () => {
    const shell = `"${process.execPath}" "${bin}" --help | true`;
    expect(spawnSync('sh', ['-c', shell], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('suggests a command for a mistyped one', () => {
    const { status, stderr } = start('studeis', 'report');
    expect(status).toBe(2);
    expect(stderr).toContain('Did you mean studies?');
  });
});

describe('a Node that is too old', () => {
  it.each(['18.20.8', '20.8.1'])('%s: one line, before anything is loaded', (version) => {
    const other = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const start = (...words: string[]) =>
      spawnSync(process.execPath, ['--import', `data:text/javascript,${other}`, bin, ...words], { encoding: 'utf8' });
    const said = start('search');
    expect([said.status, said.stdout]).toEqual([2, '']);
    expect(said.stderr).toMatch(
      new RegExp(`^nas-distill: Node 20.9 or newer is needed, this is ${version} \\[USAGE\\]`),
    );
    const { error } = JSON.parse(start('search', '--json').stdout) as { error: { code: string; hint: string } };
    expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('newer Node') as string });
  });
});
