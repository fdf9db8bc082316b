import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { liveBlock, liveLine, sparkline } from '../../src/cli/describeLive.js';
import { drawFront } from '../../src/cli/drawFront.js';
import { LiveBlock, type BlockStream } from '../../src/cli/LiveBlock.js';
import { columnsOf, fitted, paintFor, printable } from '../../src/cli/terminalText.js';
import { readStatus } from '../../src/dashboard/readStatus.js';
import { openStore } from '../../src/store/openStore.js';
import type { TrialStore } from '../../src/store/types.js';
import { writeStudy, writeTrial } from '../dashboard/writeStudy.js';
import { hostile, syntheticStudy } from '../reports/syntheticStudy.js';
import { runHere } from './runHere.js';
import { start } from './process.js';

let results: string;
let writer: TrialStore;
const input = syntheticStudy({ trials: 24, name: 'watched' });
const plain = paintFor({ isTTY: false });

beforeAll(() => {
  results = mkdtempSync(join(tmpdir(), 'watch-'));
  const database = join(results, 'nas-distill.db');
  writeStudy(database, input, { trials: 40 });
  writer = openStore(database);
  const student = input.trials.find((trial) => trial.state === 'COMPLETE' && trial.origin === 'search')!;
  const failed = { ...student, state: 'FAILED' as const, metrics: {}, reason: `\u001b[2J${hostile}` };
  writeTrial(writer, 'watched', { ...failed, architectureId: 'failed' });
  writeTrial(writer, 'watched', { ...student, architectureId: 'now', state: 'RUNNING', worker: 1 });
});
afterAll(() => {
  writer.close();
  rmSync(results, { recursive: true, force: true });
});

describe('the live block', () => {
  it('says what runs, what failed and what is best within the budget and its parts', () => {
    const status = readStatus(writer, 'watched');
    const text = liveBlock(status, 200, plain).join('\n');
    const students = input.trials.filter((trial) => trial.state === 'COMPLETE' && trial.origin === 'search');
    const best = Math.max(...students.map((trial) => trial.metrics.accuracy));
    expect(text).toContain(`≤ 1MB     ${(100 * best).toFixed(2)} % at`);
    expect(text).toMatch(/worker 0 {2}waits\nworker 1 {2}trial 26, epoch 6 of 6, \d\d\.\d\d %/);
    expect(text).toMatch(/failed +trial 25: {2}\[2J<\/script>/);
    expect(text).not.toContain('\u001b');
    expect(liveLine(status)).toContain('watched: 23 of 40 trials');
  });

  it('fits every width, also with characters that take two columns', () => {
    const status = readStatus(writer, 'watched');
    for (const columns of [10, 20, 39, 60, 80, 120, 300]) {
      for (const line of liveBlock(status, columns, plain)) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      for (const line of drawFront(input.trials, 'bytes', columns)) expect(line.length).toBeLessThanOrEqual(columns);
    }
    expect(columnsOf('a🦊漢e\u0301')).toBe(6);
    expect([fitted('🦊🦊🦊', 5), fitted('abc', 3), fitted('abcd', 3)]).toEqual(['🦊🦊…', 'abc', 'ab…']);
    expect(printable('a\u001b[31mb\u202e\nc')).toBe('a [31mb  c');
  });

  it('is drawn over itself: a terminal shows the last block and nothing before it', () => {
    const screen = terminal(40, 10);
    const block = new LiveBlock(screen.stream);
    block.draw(['one', 'a long line', 'three']);
    block.draw(['1', '2']);
    expect(screen.lines()).toEqual(['1', '2']);
    block.clear();
    screen.stream.write('a note\n');
    block.draw(['again']);
    expect(screen.lines()).toEqual(['a note', 'again']);
    block.draw(Array.from({ length: 30 }, (_, i) => `line ${i}`));
    expect(screen.written.at(-1)?.split('\n')).toHaveLength(10);
  });

  describe('colours', () => {
    const before = { ...process.env };
    afterEach(() => {
      for (const name of ['NO_COLOR', 'TERM']) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    });
    it('only on a terminal that wants them', () => {
      Reflect.deleteProperty(process.env, 'NO_COLOR');
      process.env.TERM = 'xterm';
      expect(paintFor({ isTTY: true })('red', 'x')).toBe('\u001b[31mx\u001b[0m');
      expect(paintFor({ isTTY: false })('red', 'x')).toBe('x');
      process.env.TERM = 'dumb';
      expect(paintFor({ isTTY: true })('red', 'x')).toBe('x');
      process.env.TERM = 'xterm';
      process.env.NO_COLOR = '1';
      expect(paintFor({ isTTY: true })('red', 'x')).toBe('x');
    });
  });

  it('sparklines from zero to the greatest', () => {
    expect(sparkline([0, 0.5, 1], 10)).toBe('▁▅█');
    expect(sparkline([0.1, 0.2, 0.4], 2)).toBe('▅█');
    expect(sparkline([0, 0], 2)).toBe('▁▁');
  });

  it('the front is drawn where it is: the cheapest left below, the best right above', () => {
    const lines = drawFront(input.trials, 'bytes', 80);
    const rows = lines.slice(0, 9).map((line) => line.slice(line.indexOf('│') + 1));
    const at = rows.flatMap((row, y) => [...row].flatMap((cell, x) => (cell === '●' ? [{ x, y }] : [])));
    expect(at.length).toBeGreaterThan(2);
    // Along a front accuracy only rises with cost.
    const sorted = [...at].sort((a, b) => a.x - b.x || b.y - a.y);
    sorted.forEach((point, i) => expect(i === 0 || point.y <= sorted[i - 1].y).toBe(true));
    const best = Math.max(...input.trials.filter((t) => t.state === 'COMPLETE').map((t) => t.metrics.accuracy));
    expect(lines[0]).toContain(`${(100 * best).toFixed(1)} %`);
  });
});

describe('watch and compare', () => {
  it('watch follows by plain lines when nobody looks, and ends when the study ends', async () => {
    const watching = start(['--results', results, 'watch', '--json'], 40_000);
    await watching.said('watched: 23 of 40 trials');
    writer.finish('watched', 26, { state: 'COMPLETE', metrics: { accuracy: 0.99 } });
    writer.close();
    writer = openStore(join(results, 'nas-distill.db'));
    const { code, stdout, stderr } = await watching.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('\u001b');
    expect(JSON.parse(stdout)).toMatchObject({
      study: 'watched',
      state: 'stopped',
      best: { trial: 26, accuracy: 0.99 },
    });
  });

  it('watch of a study that does not run shows it and ends', async () => {
    const said = await runHere(['--results', results, 'watch', 'watched']);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('stopped; go on with: nas-distill search --resume watched');
    expect((await runHere(['--results', results, 'watch', 'none'])).stderr).toContain("there is no study 'none'");
  });

  it('compare marks what differs and nothing else', async () => {
    const at = ['--results', results, 'compare'];
    const [a, b] = [input.trials[5], input.trials[9]];
    const text = (await runHere([...at, '6', '10'])).stdout;
    const differing = new Set([...text.matchAll(/│ ≠ +│ (\S+)/g)].map((match) => match[1]));
    for (const [name, value] of Object.entries(a.architecture.choices)) {
      expect([name, differing.has(name)]).toEqual([name, String(value) !== String(b.architecture.choices[name])]);
    }
    expect(differing.has('bytes')).toBe(a.costs.bytes !== b.costs.bytes);
    expect(differing.has('origin')).toBe(false);
    const document = JSON.parse((await runHere([...at, '6', '10', '--json'])).stdout);
    expect(document.trials.map((trial: { number: number }) => trial.number)).toEqual([6, 10]);
    expect(new Set(document.different)).toEqual(differing);
    const short = (await runHere([...at, '6', '10', '--differences'])).stdout;
    expect(short.split('≠').length).toBe(text.split('≠').length);
    expect(short).not.toContain('origin');
  });

  it.each([
    [['6'], 'one trial is not compared'],
    [['1', '2', '3', '4', '5'], '5 trials are not compared'],
    [['6', '6'], 'a trial is named twice'],
    [['6', 'x'], "'x' is no trial's number"],
    [['6', '999'], "study 'watched' has no trial 999"],
  ])('compare %s is refused in one line', async (words, message) => {
    const said = await runHere(['--results', results, 'compare', ...words]);
    expect(said.code).toBe(2);
    expect(said.stderr).toContain(message);
  });
});

/** As much of a terminal as a block uses: newlines, cursor up, clearing to the end of the line and of the screen. */
function terminal(columns: number, rows: number) {
  const screen: string[] = [''];
  const written: string[] = [];
  let row = 0;
  const write = (text: string): boolean => {
    written.push(text);
    for (const [token, up] of text.matchAll(/\u001b\[(\d*)[AKJ]|\r|\n|[^\u001b\r\n]+/g)) {
      if (token === '\n') screen[++row] ??= '';
      else if (token.endsWith('A') && token.startsWith('\u001b')) row -= Number(up);
      else if (token === '\u001b[J') screen.splice(row, Infinity, '');
      else if (token !== '\r' && token !== '\u001b[K') screen[row] = token;
    }
    return true;
  };
  const stream = { write, columns, rows, isTTY: true } as unknown as BlockStream;
  return { stream, written, lines: () => screen.filter((line) => line !== '') };
}
