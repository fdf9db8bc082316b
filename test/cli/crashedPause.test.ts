import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const preload = fileURLToPath(new URL('crashResumed.cjs', import.meta.url));
let root: string;
let data: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'crashed-pause-'));
  data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
  process.env.NODE_OPTIONS = `--require ${preload}`;
});
afterAll(() => {
  for (const name of ['NODE_OPTIONS', 'CRASH_LOG', 'CRASH']) Reflect.deleteProperty(process.env, name);
  rmSync(root, { recursive: true, force: true });
});

function trialsOf(study: string) {
  const store = openStore(join(root, 'results', 'nas-distill.db'), { readonly: true });
  try {
    return store.trials(study).map(({ number, state, architectureId, metrics, rungs, launches, deaths }) => ({
      trial: { number, state, architectureId, metrics, curve: rungs.map(({ epoch, metrics: at }) => [epoch, at]) },
      launches: launches.map(({ from, wave }) => [from, wave]),
      deaths: deaths ?? 0,
    }));
  } finally {
    store.close();
  }
}

/** How many runs of a trial began at each epoch. */
function runsOf(study: string): Map<number, number> {
  const first = new Map<string, number>();
  for (const line of readFileSync(join(root, `${study}.log`), 'utf8')
    .trim()
    .split('\n')) {
    const [run, epoch] = line.split(' ');
    if (!first.has(run)) first.set(run, Number(epoch));
  }
  const counts = new Map<number, number>();
  for (const epoch of first.values()) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  return counts;
}

describe.each(['asha', 'moasha', 'hyperband'])(
  '%s: a trial that had paused, went on, and died in the middle',
  (pruner) => {
    it('goes on from its checkpoint, and ends as one that nothing happened to', async () => {
      const file = join(root, `${pruner}.yaml`);
      writeFileSync(
        file,
        `data: ${data}\nspace: minimal\nteacher: quick\nsampler: random\ntrials: 12\nepochs: 4\nbaselineWidths: []\n` +
          `trainImages: 64\nbudgets: [20KB]\npruner: ${pruner}\nprunerOptions: { reduction: 2 }\n`,
      );
      const search = (study: string, crash: boolean) => {
        process.env.CRASH_LOG = join(root, `${study}.log`);
        process.env.CRASH = crash ? '1' : '0';
        const words = ['search', '--study-file', file, '--study', study, '--deterministic', '--workers', '2'];
        return runProcess(['--results', join(root, 'results'), ...words, '--no-report', '--json'], 120_000);
      };
      const [calm, torn] = [`${pruner}-calm`, `${pruner}-torn`];
      const whole = await search(calm, false);
      expect(whole.code, whole.stderr).toBe(0);

      const killed = await search(torn, true);
      expect(killed.stderr).toMatch(/trial \d+ runs again: its process died \(SIGABRT/);
      expect(killed.signal, killed.stderr).toBe('SIGKILL');
      const ended = await search(torn, true);
      expect(ended.code, ended.stderr).toBe(0);
      for (const mark of ['abort', 'kill']) expect(existsSync(join(root, `${torn}.log.${mark}`))).toBe(true);

      const [expected, found] = [trialsOf(calm), trialsOf(torn)];
      expect(found.map(({ trial }) => trial)).toEqual(expected.map(({ trial }) => trial));
      expect(found.map(({ launches }) => launches)).toEqual(expected.map(({ launches }) => launches));
      expect(found.some(({ deaths }) => deaths === 1)).toBe(true);
      // Each of the two went on from its checkpoint once more; besides, only what ran beside them began again.
      const [before, after] = [runsOf(calm), runsOf(torn)];
      const more = (epochs: number[]) => epochs.reduce((n, e) => n + (after.get(e) ?? 0) - (before.get(e) ?? 0), 0);
      const resumed = [2, 3, 4].filter((epoch) => before.has(epoch));
      expect(more(resumed)).toBeGreaterThanOrEqual(2);
      expect(more([1, ...resumed])).toBeLessThanOrEqual(4);
      expect(readdirSync(join(root, 'results', 'checkpoints', torn))).toEqual([]);
    }, 400_000);
  },
);
