import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { listenTo } from '../dashboard/eventStream.js';
import { writeStudy, writeTrial } from '../dashboard/writeStudy.js';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { runProcess } from './process.js';

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));
let results: string;
let database: string;

beforeAll(() => {
  results = mkdtempSync(join(tmpdir(), 'serve-'));
  database = join(results, 'nas-distill.db');
  writeStudy(database, syntheticStudy({ trials: 8, name: 'busy' }));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

/** Starts `serve` and waits for the address that it prints. */
async function serve(...words: string[]) {
  const child = spawn(process.execPath, [bin, '--results', results, 'serve', ...words], {
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  const written = { stdout: '', stderr: '' };
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      written.stdout += chunk.toString();
      const found = /http:\S+\//.exec(written.stdout);
      if (found !== null) resolve(found[0]);
    });
    void ended.then(() => reject(new Error(`serve ended: ${written.stderr}`)));
  });
  return { url, written, ended, stop: (signal: NodeJS.Signals) => child.kill(signal) };
}

describe('serve, as a real process', () => {
  it('prints its address, answers there only, and ends cleanly on Ctrl-C with a page open', async () => {
    const server = await serve('--port', '0');
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(server.url)).text()).toContain('Studies');
    const events = await listenTo(`${server.url}studies/busy/events`);
    expect(await events.next('status')).toMatchObject({ study: 'busy' });
    server.stop('SIGINT');
    expect(await server.ended).toBe(0);
    await events.ended;
    expect(server.written.stderr).toBe('');
  });

  it('warns when others can reach it', async () => {
    const server = await serve('--port', '0', '--host', '0.0.0.0', '--json');
    server.stop('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.written.stderr).toContain('0.0.0.0 is not loopback: whoever reaches this machine can read');
    expect(JSON.parse(server.written.stdout)).toMatchObject({ url: server.url });
  });

  it('a port in use, a port that is none and a place without studies are one clear line each', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : NaN);
      }),
    );
    const inUse = await runProcess(['--results', results, 'serve', '--port', String(port)]);
    taken.close();
    expect(inUse.code).toBe(2);
    expect(inUse.stderr).toMatch(/^nas-distill: port \d+ on 127\.0\.0\.1 is in use \[USAGE\]\n {2}Choose another/);
    const beyond = await runProcess(['--results', results, 'serve', '--port', '70000']);
    expect([beyond.code, beyond.stderr]).toEqual([2, expect.stringContaining('a port is at most 65535')]);
    const nowhere = await runProcess(['--results', join(results, 'none'), 'serve', '--port', '0']);
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('there is no study database')]);
  });

  it('the writer commits at its own pace while five readers watch and read', async () => {
    const { trials } = syntheticStudy({ trials: 60, seed: 5 });
    const server = await serve('--port', '0');
    const url = `${server.url}studies/busy`;
    const writer = openStore(database);
    const streams = await Promise.all(Array.from({ length: 5 }, () => listenTo(`${url}/events`)));
    let reading = true;
    let answers = 0;
    const readers = streams.map(async () => {
      while (reading) {
        const answer = await fetch(`${url}/data`);
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
        answers++;
      }
    });
    const times: number[] = [];
    for (const trial of trials.slice(10, 50)) {
      const start = performance.now();
      writeTrial(writer, 'busy', { ...trial, architectureId: `busy ${trial.number}` });
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    reading = false;
    await Promise.all(readers);
    for (const stream of streams) {
      await stream.next('status', (data) => JSON.stringify(data).includes('"trial":48'));
      stream.close();
    }
    writer.close();
    server.stop('SIGINT');
    expect(await server.ended).toBe(0);
    expect(answers).toBeGreaterThan(5);
    // A commit waits for the disk, never for the busy timeout of 5 s: about eight commits a trial here.
    expect(Math.max(...times)).toBeLessThan(2500);
  }, 60_000);
});
