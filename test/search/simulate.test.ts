import { describe, expect, test } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { samplers } from '../../src/samplers/registry.js';
import type { SamplerEntry } from '../../src/samplers/Sampler.js';
import { createPruner } from '../../src/search/createPruner.js';
import { simulate, volumeOf } from '../../src/search/simulate.js';
import { parseTableBudgets } from '../../src/search/simulateBudget.js';
import { simulateSeeds } from '../../src/search/simulateSeeds.js';
import { parseReference, parseTable } from '../../src/search/simulateTable.js';
import { smallTable, widerTable } from './simulateTables.js';

const small = () => parseTable(JSON.stringify(smallTable()), 'small.json');
const wider = (rungs = 0) => parseTable(JSON.stringify(widerTable(rungs)), 'wider.json');
const common = { budgets: [], trials: 60, workers: 1, seeds: 2 };

describe('table', () => {
  test('finds each row, minimises what is maximised, knows what is a cost', () => {
    const table = small();
    expect(table.space.count()).toBe(9n);
    const row = table.row({ choices: { depth: 2, block: 'b' } });
    expect(row).toMatchObject({
      values: [88, 210],
      point: [-88, 210],
      numbers: { accuracy: 88, params: 210, latency: 8 },
    });
    expect(table.objectives.map((o) => o.known)).toEqual([false, true]);
  });

  test('an objective that is given twice, once in each direction', () => {
    const text = JSON.stringify(smallTable()).replace(
      '"params":"minimize"',
      '"params":"minimize","accuracy":"minimize"',
    );
    expect(() => parseTable(text, 'twice.json')).toThrow(/table twice\.json: "objectives\.accuracy" is there twice/);
  });

  test.each<[string, (t: ReturnType<typeof smallTable>) => void, RegExp]>([
    [
      'a missing row',
      (t) => t.rows.splice(4, 1),
      /1 of 9 architectures have no row, the first {"block":"b","depth":2}/,
    ],
    [
      'two rows of one architecture',
      (t) => t.rows.push({ ...t.rows[0], accuracy: 1 }),
      /row 10: the architecture has a row/,
    ],
    ['an accuracy that is no number', (t) => (t.rows[2].accuracy = null), /row 3.accuracy: /],
    ['an objective that is missing', (t) => delete t.rows[1].params, /row 2: the objective params is missing/],
    [
      'a value that is not of its parameter',
      (t) => (t.rows[0].architecture = { depth: 9, block: 'a' }),
      /row 1: architecture.depth cannot be 9/,
    ],
    [
      'a parameter that is not set',
      (t) => (t.rows[0].architecture = { depth: 1 }),
      /row 1: architecture.block is missing/,
    ],
    [
      'a parameter too many',
      (t) => (t.rows[0].architecture = { depth: 1, block: 'a', x: 1 }),
      /row 1: "x" is no parameter/,
    ],
    [
      'a cost to be maximised',
      (t) => (t.objectives.params = 'maximize'),
      /objectives.params is a cost and cannot be maximised/,
    ],
    ['a direction that is none', (t) => (t.objectives.params = 'up'), /objectives.params: /],
    ['no objective', (t) => (t.objectives = {}), /objectives: there is none/],
    ['nothing to learn', (t) => (t.objectives = { params: 'minimize' }), /every objective is known/],
    ['a value twice', (t) => t.parameters.depth.push(1), /parameters.depth lists a value twice/],
    ['rungs in some rows only', (t) => (t.rows[0].rungs = [50, 83]), /different numbers of rungs/],
  ])('%s is refused with its place', (_, spoil, message) => {
    const table = smallTable();
    spoil(table);
    const parse = () => parseTable(JSON.stringify(table), 'bad.json');
    expect(parse).toThrow(NasDistillError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^table bad.json: /);
  });

  test('no JSON', () => {
    expect(() => parseTable('{"rows": [NaN]}', 'bad.json')).toThrow(/is no JSON/);
  });
});

describe('budgets', () => {
  test('limit any column, exactly at the limit fits', () => {
    const [budget] = parseTableBudgets(['latency<=7'], small());
    expect(budget).toMatchObject({ name: 'latency', limit: 7, upper: true });
  });

  test('one that cannot be met names the nearest, and both do together', () => {
    const fails = (texts: string[]) => {
      try {
        parseTableBudgets(texts, small());
      } catch (error) {
        if (error instanceof NasDistillError) return error;
      }
      return expect.fail('accepted');
    };
    expect(fails(['params<=99'])).toMatchObject({
      code: 'INFEASIBLE',
      hint: "The nearest that can be met: --budget 'params<=100'",
    });
    const both = fails(['params<=150', 'latency<=8']);
    expect(both.message).toContain('together');
    // depth 1: 100 params, latency 9 (an eighth over); depth 2: 200 params (a third over), latency 8.
    expect(both.hint).toBe("The nearest that can be met: --budget 'params<=150' --budget 'latency<=9'");
  });

  test.each([
    ['params', /name, <= or >=, and a number/],
    ['params<=many', /name, <= or >=, and a number/],
    ['weight<=3', /no number "weight"/],
    ['accuracy<=80', /contradicts the objective: accuracy is maximised/],
    ['accuracy>=80', /known only after training/],
    ['params>=80', /contradicts the objective: params is minimised/],
  ])('%s is refused', (text, message) => {
    expect(() => parseTableBudgets([text], small())).toThrow(message);
  });
});

describe('reference', () => {
  test('is the worst of the table, or as given', () => {
    expect(parseReference(undefined, small())).toEqual([-83, 320]);
    expect(parseReference('params=1e3', small())).toEqual([-83, 1000]);
    expect(() => parseReference('params', small())).toThrow(/is not an objective, = and a number/);
    expect(() => parseReference('macs=1', small())).toThrow(/"macs" is no objective/);
  });

  test('that nothing beats is refused', () => {
    const table = small();
    const reference = parseReference('accuracy=99', table);
    expect(() => simulateSeeds({ ...common, table, reference, sampler: samplers.random })).toThrow(/no feasible row/);
  });
});

describe('simulation', () => {
  test.each(Object.entries<SamplerEntry>(samplers))(
    '%s finds the whole front of a table that it tries whole',
    (_, sampler) => {
      const table = small();
      const result = simulateSeeds({ ...common, table, sampler, reference: parseReference(undefined, table) });
      expect(result.hypervolumeRatio).toEqual({ mean: 1, min: 1, max: 1 });
      expect(result.best).toEqual({ mean: 91, min: 91, max: 91 });
      expect(result.complete.mean).toBe(9);
    },
  );

  test.each(Object.entries<SamplerEntry>(samplers))(
    '%s keeps the budget, repeats nothing, gives the same again',
    (_, sampler) => {
      const table = wider();
      const budgets = parseTableBudgets(['params<=70'], table);
      const settings = {
        ...common,
        table,
        budgets,
        sampler,
        workers: 3,
        trials: 30,
        seed: '1',
        pruner: createPruner('none', {}, 1),
      };
      const run = simulate(settings);
      expect(run.trials.every((t) => t.row.numbers.params <= 70)).toBe(true);
      expect(new Set(run.trials.map((t) => t.row)).size).toBe(30);
      expect(simulate(settings).trials).toEqual(run.trials);
      expect(simulate({ ...settings, seed: '2' }).trials).not.toEqual(run.trials);
    },
  );

  test.each([
    [1, 0, 0],
    [1, 1, 1],
    [2, 0, 1],
    [2, 1, 2],
  ])('%i at once, %i ahead: a proposal lacks %i results', (workers, ahead, lacks) => {
    const rungs = 3;
    let [asked, told] = [0, 0];
    const outstanding: number[] = [];
    const sampler: SamplerEntry = {
      ...samplers.random,
      create: (context, options) => {
        const real = samplers.random.create(context, options);
        return {
          ...real,
          ask: () => {
            outstanding.push(asked - told);
            asked++;
            return real.ask();
          },
          tell: (trial) => {
            told++;
            real.tell(trial);
          },
        };
      },
    };
    const pruner = createPruner('none', {}, rungs);
    const run = simulate({ ...common, table: wider(rungs), sampler, workers, ahead, trials: 20, seed: '1', pruner });
    expect(run.trials.map(({ row }) => row)).toHaveLength(20);
    expect(run.rungs).toBe(20 * rungs);
    // At the beginning there are fewer.
    expect(outstanding.slice(4)).toEqual(Array.from({ length: 16 }, () => lacks));
  });

  test('the ratio is over the feasible front', () => {
    const table = wider();
    const budgets = parseTableBudgets(['params<=60'], table);
    const reference = parseReference(undefined, table);
    const result = simulateSeeds({
      ...common,
      table,
      budgets,
      reference,
      trials: 729,
      seeds: 1,
      sampler: samplers.random,
    });
    expect(result.hypervolumeRatio.mean).toBeCloseTo(1, 12);
    const inside = table.rows.filter((row) => row.numbers.params <= 60);
    expect(result.complete.mean).toBe(inside.length);
    expect(result.bestPossible).toBe(Math.max(...inside.map((row) => row.numbers.accuracy)));
  });

  test('models beat evolution, evolution beats chance', () => {
    const table = wider();
    const mean = (sampler: SamplerEntry) =>
      simulateSeeds({ ...common, table, seeds: 20, sampler, reference: parseReference(undefined, table) })
        .hypervolumeRatio.mean;
    const [auto, nsga2, random] = [mean(samplers.auto), mean(samplers.nsga2), mean(samplers.random)];
    // Over five seeds chance moves the mean by 0.002.
    expect(auto).toBeGreaterThan(0.99);
    expect(auto).toBeGreaterThan(nsga2);
    expect(nsga2).toBeGreaterThan(random);
  });

  test('pruners train fewer rungs, and what they prune is no point of the front', () => {
    const table = wider(9);
    const run = simulate({
      ...common,
      table,
      sampler: samplers.random,
      workers: 2,
      seed: '1',
      pruner: createPruner('moasha', {}, 9),
    });
    const pruned = run.trials.filter((t) => t.state === 'PRUNED');
    expect(pruned.length).toBeGreaterThan(15);
    expect(run.rungs).toBeLessThan(60 * 9 * 0.8);
    // What is on the final front was on the front at every rung, as curves here do not cross.
    const beaten = (p: readonly number[]) =>
      run.trials.some((t) => t.row.point.every((v, m) => v <= p[m]) && t.row.point.some((v, m) => v < p[m]));
    expect(pruned.every((t) => beaten(t.row.point))).toBe(true);
  });

  test('the volume of three objectives drops nothing that counts', () => {
    expect(
      volumeOf(
        [
          [0, 0, 0.5],
          [0.5, 0.5, 0],
          [0.6, 0.6, 0.6],
        ],
        [1, 1, 1],
      ),
    ).toBeCloseTo(0.5 + 0.125, 12);
  });
});
