import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { runProcess, start } from './process.js';
import { startedTrial } from './startedTrial.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const searchResult = z.object({
  study: z.string(),
  ended: z.string(),
  counts: z.record(z.string(), z.number()),
  teacher: z.object({ name: z.string(), accuracy: z.number() }),
  front: z.array(
    z.object({
      trial: z.number(),
      costs: z.object({ bytes: z.number() }),
      metrics: z.object({ accuracy: z.number() }),
    }),
  ),
  report: z.string().nullable(),
  digest: z.string(),
});

let root: string;
let data: string;
const results = (name: string) => join(root, name);
const search = (dir: string, ...words: string[]) => [
  ...['--results', results(dir), 'search', '--data', data, '--space', 'minimal', '--no-report'],
  ...words,
];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'search-'));
  data = writeStripes(join(root, 'stripes'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('search, as real processes', () => {
  it('trains a teacher, searches under a budget and prints one JSON document', async () => {
    const taught = await runProcess(
      ['--results', results('whole'), 'teacher', 'train', 'vit', '--size', 'tiny', '--epochs', '1', '--json'].concat(
        '--data',
        data,
      ),
    );
    expect(taught.stderr).toContain('Training teacher');
    expect(taught.code).toBe(0);
    const teacher = z
      .object({ name: z.string(), trainedOn: z.object({ validation: z.number() }) })
      .parse(JSON.parse(taught.stdout));
    // Stripes of three directions are easy: a teacher that learnt nothing stays near 1/3.
    expect(teacher.trainedOn.validation).toBeGreaterThan(0.6);

    const words = search('whole', '--budget', '2KB', '--trials', '6', '--epochs', '1', '--workers', '2', '--json');
    const ended = await runProcess(words);
    expect(ended.code).toBe(0);
    const found = searchResult.parse(JSON.parse(ended.stdout));
    expect(found).toMatchObject({ study: 'minimal-stripes-2KB', ended: 'trials', report: null });
    expect(found.teacher).toMatchObject({ name: teacher.name, accuracy: teacher.trainedOn.validation });
    expect(existsSync('reports/minimal-stripes-2KB.html')).toBe(false);

    const store = openStore(join(results('whole'), 'nas-distill.db'), { readonly: true });
    const trials = store.trials(found.study);
    store.close();
    const students = trials.filter((trial) => trial.origin === 'search');
    expect(students).toHaveLength(6);
    expect(trials.every((trial) => trial.state === 'COMPLETE' && trial.costs.bytes <= 2000)).toBe(true);
    // The front by its definition: those that no other student beats in one objective without losing in the other.
    const front = students.filter(
      (a) =>
        !students.some(
          (b) =>
            b.costs.bytes <= a.costs.bytes &&
            b.metrics.accuracy >= a.metrics.accuracy &&
            (b.costs.bytes < a.costs.bytes || b.metrics.accuracy > a.metrics.accuracy),
        ),
    );
    const points = (list: typeof found.front) =>
      [...new Set(list.map((t) => `${t.costs.bytes} ${t.metrics.accuracy}`))].sort();
    expect(points(found.front)).toEqual(
      [...new Set(front.map((t) => `${t.costs.bytes} ${t.metrics.accuracy}`))].sort(),
    );
  });

  it('fails where not one trial could be trained, and still prints its result', async () => {
    storeQuickTeacher(join(results('late'), 'teachers'));
    const words = ['--budget', '1500B', '--trials', '2', '--epochs', '1', '--train-images', '64', '--workers', '1'];
    const steep = join(root, 'steep.yaml');
    writeFileSync(steep, 'learningRate: 1e30\noptimiser: { name: sgd }\nbaselineWidths: []\n');
    const ended = await runProcess(search('late', ...words, '--study-file', steep, '--json'), 90_000);
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toMatch(/not one trial could be trained to its end; the first: .*loss/);
    expect(searchResult.parse(JSON.parse(ended.stdout))).toMatchObject({ front: [] });
  }, 120_000);

  it('finds the same study from the same seed, and another from another', async () => {
    const same = async (dir: string, ...words: string[]) => {
      storeQuickTeacher(join(results(dir), 'teachers'));
      const brief = ['--budget', '1500B', '--trials', '4', '--epochs', '1', '--train-images', '64'];
      const ended = await runProcess(search(dir, '--teacher', 'quick', '--json', ...brief, ...words), 90_000);
      expect(ended.stderr).not.toContain('nas-distill:');
      expect(ended.code).toBe(0);
      return searchResult.parse(JSON.parse(ended.stdout)).digest;
    };
    const [one, again] = await Promise.all([same('one', '--workers', '1'), same('again', '--workers', '1')]);
    expect(again).toBe(one);
    const wave = ['--workers', '2', '--deterministic'];
    const [two, twice] = await Promise.all([same('two', ...wave), same('twice', ...wave)]);
    expect(twice).toBe(two);
    expect(await same('other', '--workers', '1', '--seed', '2')).not.toBe(one);
  }, 120_000);

  it.each([
    ['one worker', ['--workers', '1'], 'one'],
    ['two workers and waves', ['--workers', '2', '--deterministic'], 'two'],
  ])(
    'ends with 130 on Ctrl-C, says how to go on, and goes on as if it had never stopped: %s',
    async (_, workers, n) => {
      const [stopped, straightDir] = [`stopped-${n}`, `straight-${n}`];
      for (const dir of [stopped, straightDir]) storeQuickTeacher(join(results(dir), 'teachers'));
      const brief = ['--teacher', 'quick', '--budget', '20KB', '--trials', '10', '--epochs', '2', ...workers];
      // A small population, so that what the sampler was told matters from the fifth trial on.
      const settings = join(root, `small-${n}.yaml`);
      writeFileSync(settings, 'sampler: nsga2\nsamplerOptions: { population: 4 }\n');
      const words = [...brief, '--study-file', settings, '--study', 'halted', '--json'];
      const running = start(search(stopped, ...words));
      // By count, not by time: on a quick machine all ten trials take less than a second.
      await startedTrial(join(results(stopped), 'nas-distill.db'), Date.now(), 3);
      running.kill('SIGINT');
      const ended = await running.ended;
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain('go on later with: nas-distill search --resume halted');
      expect(ended.stderr).toContain('Go on with: nas-distill search --resume halted');
      const said = z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(ended.stdout));
      expect(said.error.code).toBe('INTERRUPTED');
      const unfinished = readTrials(stopped, 'halted');
      expect(unfinished.filter((trial) => trial.origin === 'search').length).toBeLessThan(10);
      expect(unfinished.some((trial) => trial.state === 'RUNNING')).toBe(false);

      const [resumed, straight] = await Promise.all([
        runProcess(['--results', results(stopped), 'search', '--resume', '--no-report', '--json'], 90_000),
        runProcess(search(straightDir, ...words), 90_000),
      ]);
      expect([resumed.code, straight.code]).toEqual([0, 0]);
      const found = searchResult.parse(JSON.parse(resumed.stdout));
      expect(found.ended).toBe('trials');
      const whole = readTrials(stopped, 'halted').filter((trial) => trial.origin === 'search');
      expect(whole).toHaveLength(10);
      expect(whole.every((trial) => trial.state === 'COMPLETE')).toBe(true);
      expect(found.digest).toBe(searchResult.parse(JSON.parse(straight.stdout)).digest);
      const ids = (dir: string) => readTrials(dir, 'halted').map((trial) => trial.architectureId);
      expect(ids(stopped)).toEqual(ids(straightDir));
    },
    120_000,
  );

  it('stores no study under a sampler that does not exist', async () => {
    storeQuickTeacher(join(results('named'), 'teachers'));
    const wrong = await runProcess(search('named', '--trials', '1', '--sampler', 'guess', '--study', 'kept'));
    expect(wrong.code).toBe(2);
    const store = openStore(join(results('named'), 'nas-distill.db'), { readonly: true });
    expect(store.studies()).toEqual([]);
    store.close();
  });
});

function readTrials(dir: string, study: string) {
  const store = openStore(join(results(dir), 'nas-distill.db'), { readonly: true });
  try {
    return store.trials(study);
  } finally {
    store.close();
  }
}
