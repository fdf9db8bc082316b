import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { chooseAhead } from '../../src/cli/chooseAhead.js';
import { givenWorkers } from '../../src/cli/chooseWorkers.js';
import { resumedSettings } from '../../src/cli/searchSettings.js';
import { availableCores } from '../../src/core/availableCores.js';
import { openStore } from '../../src/store/openStore.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

let root: string;
let data: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'workers-'));
  data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = (...given: [workers: number | 'auto', threads?: number, deterministic?: boolean]) => {
  const [workers, threads, deterministic = false] = given;
  return { workers, threads, deterministic };
};

it('what is asked for is not measured, and a deterministic study never', () => {
  expect(givenWorkers(settings('auto'), 8)).toBeUndefined();
  expect(givenWorkers(settings(3), 8)).toEqual({ workers: 3, threads: 2 });
  expect(givenWorkers(settings(16), 8)).toEqual({ workers: 16, threads: 1 });
  expect(givenWorkers(settings(3, 1), 8)).toEqual({ workers: 3, threads: 1 });
  expect(givenWorkers(settings('auto', 2), 8)).toBeUndefined();
  expect(givenWorkers(settings('auto', undefined, true), 8)).toEqual({ workers: 8, threads: 1 });
  expect(givenWorkers(settings('auto', 3, true), 8)).toEqual({ workers: 2, threads: 3 });
});

describe('how many candidates are prepared ahead', () => {
  const machine = { engine: 'onnx', cores: 4, memory: 8e9 } as const;
  const chosen = (workers: number, threads: number, more: Partial<Parameters<typeof chooseAhead>[2]> = {}) =>
    chooseAhead({ ahead: 'auto', deterministic: false }, { workers, threads }, { ...machine, ...more });

  it('one where a core is free, or a GPU trains, and memory allows it', () => {
    expect([chosen(1, 1), chosen(3, 1), chosen(1, 3)]).toEqual([1, 1, 1]);
    expect([chosen(4, 1), chosen(2, 2), chosen(1, 4), chosen(8, 1)]).toEqual([0, 0, 0, 0]);
    for (const engine of ['cuda', 'webgpu'] as const) expect(chosen(4, 1, { engine })).toBe(1);
    for (const engine of ['native', 'wasm'] as const) expect(chosen(4, 1, { engine })).toBe(0);
    expect(chosen(1, 1, { memory: 5e8 })).toBe(0);
  });

  it('as asked, but for a deterministic study', () => {
    const asked = (ahead: number | 'auto', deterministic: boolean) =>
      chooseAhead({ ahead, deterministic }, { workers: 4, threads: 1 }, machine);
    expect([asked(0, false), asked(3, false)]).toEqual([0, 3]);
    expect([asked(0, true), asked('auto', true)]).toEqual([0, 0]);
    expect(() => asked(1, true)).toThrow(/--ahead 1: a deterministic study/);
    expect(() => parseStudyConfig({ ahead: -1 })).toThrow(/ahead: .*>=0/);
  });

  it('a study goes on as it began, unless its workers change or another number is asked for', () => {
    const settings = { ...parseStudyConfig({}), workers: 3, threads: 1, ahead: 1 };
    const resumed = (flags: Record<string, unknown>, explicit: boolean) =>
      resumedSettings({ name: 's', createdAt: 1, facts: {}, settings }, parseStudyConfig(flags), flags, explicit).ahead;
    for (const explicit of [true, false]) {
      expect(resumed({}, explicit)).toBe(1);
      expect(resumed({ workers: 3 }, explicit)).toBe(1);
      expect(resumed({ ahead: 0 }, explicit)).toBe(0);
      expect(resumed({ ahead: 'auto' }, explicit)).toBe('auto');
      expect(resumed({ workers: 5 }, explicit)).toBe('auto');
      expect(resumed({ threads: 2 }, explicit)).toBe('auto');
    }
  });
});

it('a study goes on with the workers and threads that it began with, unless others are asked for', () => {
  const stored = { name: 's', createdAt: 1, facts: {}, settings: { ...parseStudyConfig({}), workers: 3, threads: 2 } };
  const resumed = (flags: Record<string, unknown>, explicit: boolean, deterministic = false) => {
    const before = { ...stored, settings: { ...stored.settings, deterministic } };
    const { workers, threads } = resumedSettings(
      before,
      parseStudyConfig({ deterministic, ...flags }),
      flags,
      explicit,
    );
    return { workers, threads };
  };
  for (const explicit of [true, false]) {
    expect(resumed({}, explicit)).toEqual({ workers: 3, threads: 2 });
    expect(resumed({ workers: 5 }, explicit)).toEqual({ workers: 5, threads: undefined });
    expect(resumed({ workers: 3 }, explicit)).toEqual({ workers: 3, threads: 2 });
    expect(resumed({ threads: 1 }, explicit)).toEqual({ workers: 3, threads: 1 });
    expect(resumed({ workers: 'auto' }, explicit)).toEqual({ workers: 'auto', threads: undefined });
    expect(resumed({ workers: 'auto' }, explicit, true)).toEqual({ workers: 3, threads: 2 });
  }
});

it('measures once, says so in a line, stores what it used, and goes on with it', async () => {
  const words = (study: string, ...more: string[]) => [
    ...['--results', join(root, 'results'), 'search', '--data', data, '--space', 'minimal', '--teacher', 'quick'],
    ...['--trials', '3', '--epochs', '1', '--train-images', '64', '--no-report', '--study', study, ...more],
  ];
  const stored = (study: string) => {
    const store = openStore(join(root, 'results', 'nas-distill.db'), { readonly: true });
    try {
      return store.study(study)?.settings ?? expect.fail(`there is no study ${study}`);
    } finally {
      store.close();
    }
  };
  const first = await runProcess(words('first'), 120_000);
  expect(first.code, first.stderr).toBe(0);
  const { workers, threads } = stored('first');
  expect(Number(workers) * Number(threads)).toBeLessThanOrEqual(availableCores());
  if (availableCores() > 1) {
    const line =
      /^(\d+) workers? x (\d+) threads?: \d+\.\d times the steps of one; measured in \d+\.\d s(, remembered|; other work .*)$/m;
    const [, w, t, how] = line.exec(first.stderr) ?? expect.fail(first.stderr);
    expect([Number(w), Number(t)]).toEqual([workers, threads]);
    // On a busy machine it is not kept.
    const kept = how === ', remembered';
    expect(existsSync(join(root, 'results', 'parallelism.json'))).toBe(kept);
    const second = await runProcess(words('second'), 120_000);
    expect(second.stderr).toMatch(kept ? /times the steps of one; remembered$/m : line);
  }
  const again = await runProcess(words('first', '--trials', '4'), 60_000);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).not.toContain('times the steps of one');
  const given = await runProcess(words('given', '--workers', '1', '--threads', '3'), 60_000);
  expect(given.stderr).not.toContain('times the steps of one');
  if (availableCores() < 3) expect(given.stderr).toMatch(/1 worker x 3 threads share \d core/);
  expect(stored('given')).toMatchObject({ workers: 1, threads: 3 });
}, 400_000);
