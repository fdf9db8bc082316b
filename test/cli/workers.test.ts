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
  const chosen = (ahead: number | 'auto', workers: number, memory = 16e9, deterministic = false) =>
    chooseAhead({ ahead, deterministic }, { workers }, memory);
  const one = { ahead: 1, line: '1 more thread prepares the next candidate while others train (--ahead)' };

  it('one, whether all cores train or not, where memory allows one more worker', () => {
    for (const workers of [1, 2, 4, 8]) expect(chosen('auto', workers)).toEqual(one);
    expect(chosen('auto', 2, 2.4e9)).toEqual(one);
    expect(chosen('auto', 2, 2.3e9)).toEqual({
      ahead: 0,
      line: 'no thread prepares candidates ahead: 2.3 GB of memory, of 2.4 GB for one more (--ahead)',
    });
  });

  it('as asked, but for a deterministic study', () => {
    expect(chosen(0, 4)).toEqual({ ahead: 0 });
    expect(chosen(1, 4, 1e9)).toEqual(one);
    expect(chosen(3, 4).line).toBe('3 more threads prepare the next candidates while others train (--ahead)');
    expect([chosen(0, 4, 8e9, true), chosen('auto', 4, 8e9, true)]).toEqual([{ ahead: 0 }, { ahead: 0 }]);
    expect(() => chosen(1, 4, 8e9, true)).toThrow(/--ahead 1: a deterministic study/);
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
  const given = await runProcess(words('given', '--workers', '1', '--threads', '3', '--memory-limit', '2'), 60_000);
  // However many cores there are.
  expect(given.stderr).toContain('1 more thread prepares the next candidate while others train');
  expect(stored('given').ahead).toBe(1);
  expect(given.stderr).not.toContain('times the steps of one');
  const none = await runProcess(words('none', '--workers', '1', '--memory-limit', '0.7'), 60_000);
  expect(none.stderr).toContain('no thread prepares candidates ahead: 0.7 GB of memory, of 1.6 GB for one more');
  expect(stored('none').ahead).toBe(0);
  if (availableCores() < 3) expect(given.stderr).toMatch(/1 worker x 3 threads share \d core/);
  expect(stored('given')).toMatchObject({ workers: 1, threads: 3 });
}, 400_000);
