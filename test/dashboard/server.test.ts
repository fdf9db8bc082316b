import { request } from 'node:http';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedHosts, hostOf, isLoopback } from '../../src/dashboard/allowedHosts.js';
import { startDashboard, type RunningDashboard } from '../../src/dashboard/startDashboard.js';
import { openStore } from '../../src/store/openStore.js';
import type { TrialStore } from '../../src/store/types.js';
import { hostile, hostileStudy, syntheticStudy } from '../reports/syntheticStudy.js';
import { listenTo } from './eventStream.js';
import { writeStudy, writeTrial } from './writeStudy.js';

let folder: string;
let database: string;
let store: TrialStore;
let dashboard: RunningDashboard;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nas-distill-serve-'));
  database = join(folder, 'nas-distill.db');
  writeStudy(database, syntheticStudy({ trials: 20, name: 'plain' }), { trials: 40 });
  writeStudy(database, hostileStudy());
  store = openStore(database, { readonly: true });
  dashboard = await startDashboard({ store, hosts: allowedHosts('127.0.0.1'), pauseMs: 50 }, '127.0.0.1', 0);
});
afterAll(async () => {
  await dashboard.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As it is written: fetch would tidy paths up and choose the Host header itself. */
function ask(path: string, options: { method?: string; host?: string } = {}) {
  const { port } = new URL(dashboard.url);
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        path,
        method: options.method ?? 'GET',
        headers: { host: options.host ?? `127.0.0.1:${port}` },
      },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** A request by its bytes; what comes back until the connection ends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(dashboard.url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('who may ask', () => {
  test('a foreign host name is refused everywhere, with or without a port', async () => {
    for (const host of ['evil.example', 'evil.example:8765', '127.0.0.1.evil.example', 'localhost@evil.example']) {
      for (const path of ['/', '/studies/plain', '/studies/plain/events', '/events', '/nothing']) {
        const { status, text } = await ask(path, { host });
        expect([host, path, status]).toEqual([host, path, host.includes('@') ? 400 : 403]);
        expect(text).not.toContain('plain');
      }
    }
    for (const host of ['localhost', 'LOCALHOST:1', '[::1]:80', '127.0.0.1']) {
      expect((await ask('/', { host })).status).toBe(200);
    }
  });

  test('a request without a host, or with the address in its first line, gets nothing', async () => {
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 (403|400)/);
    const absolute = 'GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect(await raw(absolute)).toMatch(/^HTTP\/1\.1 (403|400)/);
    const twice = 'GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    expect(await raw(twice)).toMatch(/^HTTP\/1\.1 (403|400)/);
  });

  test('every method but GET is refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      for (const path of ['/', '/studies/plain', '/studies/plain/events']) {
        const { status, headers } = await ask(path, { method });
        expect([method, status, headers.allow]).toEqual([method, 405, 'GET']);
      }
    }
    expect(store.study('plain')).toBeDefined();
  });

  test('names are looked up, never joined to a path', async () => {
    const tries = [
      '/../../../../etc/passwd',
      '/studies/../../../../etc/passwd',
      '/studies/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '/studies/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/studies/..%5c..%5cetc%5cpasswd',
      '/studies/plain%00',
      '/studies/%',
      '/studies/plain/../../../nas-distill.db',
      '/nas-distill.db',
      `/studies/${encodeURIComponent(database)}`,
      "/studies/plain'%20OR%20'1'='1",
    ];
    for (const path of tries) {
      const { status, text } = await ask(path);
      expect([path, [400, 404].includes(status)]).toEqual([path, true]);
      expect(text).not.toMatch(/root:|SQLite format/);
    }
  });

  test('a page may load nothing from elsewhere, be framed nowhere and sends no more than its own', async () => {
    for (const path of ['/', '/studies/plain', '/studies/plain/data', '/nothing']) {
      const { headers } = await ask(path);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    const { headers } = await ask('/studies/plain');
    expect(String(headers['content-security-policy'])).toMatch(/script-src 'sha256-[^;]*; style-src 'sha256-/);
  });

  test('hosts by name', () => {
    expect(hostOf('Example.COM:80')).toBe('example.com');
    expect(hostOf('[::1]:80')).toBe('::1');
    for (const none of [undefined, '', 'a b', 'a:b', 'a:1:2', 'user@a']) expect(hostOf(none)).toBeNull();
    expect(allowedHosts('10.1.2.3', ['nas.lan']).has('nas.lan')).toBe(true);
    expect(allowedHosts('127.0.0.1').has('evil.example')).toBe(false);
    expect([isLoopback('127.0.0.5'), isLoopback('0.0.0.0'), isLoopback('127.evil.example')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('what is shown', () => {
  test('a study by a hostile name is found by it, and none of its text is markup', async () => {
    const page = await ask(`/studies/${encodeURIComponent(hostile)}`);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toContain('<script>window.injected');
    const index = await ask('/');
    expect(index.text).not.toContain('<img');
    const status = JSON.parse((await ask(`/studies/${encodeURIComponent(hostile)}/status`)).text);
    expect(status.study).toBe(hostile);
    expect(status.failures[0].reason).toBe(hostile);
  });

  test('the numbers are those of the study', async () => {
    const input = syntheticStudy({ trials: 20 });
    const status = JSON.parse((await ask('/studies/plain/status')).text);
    const students = input.trials.filter((t) => t.state === 'COMPLETE' && t.origin === 'search');
    const best = Math.max(...students.map((t) => t.metrics.accuracy));
    expect(status.best.accuracy).toBe(best);
    expect(status).toMatchObject({ state: 'stopped', planned: 40, workers: [], teacherAccuracy: 0.9182 });
    expect(status.counts.COMPLETE).toBe(input.trials.filter((t) => t.state === 'COMPLETE').length);
    const half = students.filter((t) => t.costs.bytes <= 500_000).map((t) => t.metrics.accuracy);
    expect(status.budgets[0].best[1].student.accuracy).toBe(Math.max(...half));
    expect(status.hypervolume.every((v: number, i: number, all: number[]) => i === 0 || v >= all[i - 1])).toBe(true);
  });

  test('a missing study is a plain 404', async () => {
    for (const path of ['/studies/none', '/studies/none/data', '/studies/none/events']) {
      expect(await ask(path)).toMatchObject({ status: 404 });
    }
  });
});

describe('what is pushed', () => {
  test('a new trial, its rungs and its failure arrive while they are written', async () => {
    const { trials } = syntheticStudy({ trials: 40, seed: 3 });
    const trial = { ...trials[30], state: 'RUNNING' as const, rungs: trials[30].rungs.slice(0, 1), worker: 1 };
    const [events, index] = await Promise.all([
      listenTo(`${dashboard.url}studies/plain/events`),
      listenTo(`${dashboard.url}events`),
    ]);
    expect(await events.next('status')).toMatchObject({ state: 'stopped', workers: [] });
    const writer = openStore(database);
    writeTrial(writer, 'plain', trial);
    expect(await events.next('trial')).toMatchObject({ trial: 21, state: 'RUNNING' });
    expect(await events.next('rung')).toMatchObject({ worker: 1, trial: 21, epoch: 1 });
    expect(await events.next('status')).toMatchObject({
      state: 'running',
      pid: process.pid,
      workers: [
        { worker: 0, trial: null },
        { worker: 1, trial: 21, epoch: 1, accuracy: trial.rungs[0].metrics.accuracy },
      ],
    });
    writer.finish('plain', 21, { state: 'FAILED', metrics: {}, reason: hostile });
    expect(await events.next('trial')).toMatchObject({ trial: 21, state: 'FAILED', reason: hostile });
    const { failures } = (await events.next('status')) as { failures: { trial: number }[] };
    expect(failures[0]).toMatchObject({ trial: 21, reason: hostile });
    const listed = (await index.next('studies', (data) => JSON.stringify(data).includes('"running":true'))) as object[];
    expect(listed).toContainEqual(expect.objectContaining({ name: 'plain', running: true, trials: 21 }));
    writer.close();
    expect(await events.next('status', (data) => (data as { state: string }).state === 'stopped')).toBeDefined();
    events.close();
    index.close();
  });

  test('a study that is deleted says so', async () => {
    writeStudy(database, syntheticStudy({ trials: 6, name: 'short-lived' }));
    const events = await listenTo(`${dashboard.url}studies/short-lived/events`);
    await events.next('status');
    const writer = openStore(database);
    writer.deleteStudy('short-lived');
    writer.close();
    expect(await events.next('gone')).toContain('short-lived');
    events.close();
  });

  test('closing ends every stream', async () => {
    const other = await startDashboard({ store, hosts: allowedHosts('127.0.0.1') }, '127.0.0.1', 0);
    const events = await listenTo(`${other.url}studies/plain/events`);
    await events.next('status');
    await other.close();
    await events.ended;
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
