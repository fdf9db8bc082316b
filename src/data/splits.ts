import { NasDistillError } from '../core/errors.js';
import { createRng, type Rng } from '../core/rng.js';
import type { Dataset, Splits } from './Dataset.js';
import { samplesOf } from './samples.js';

export interface SplitOptions {
  readonly seed: number;
  /** Share of the images outside of test that is held out for validation where the publisher set none aside. */
  readonly validationFraction: number;
  /** Share of all images that is held out for test where the publisher set none aside. */
  readonly testFraction: number;
  /** At most so many training images, stratified; the others are left out. */
  readonly trainLimit?: number;
  readonly validationLimit?: number;
}

/** What a split depends on: not on what the samples are. */
export type Splittable = Pick<
  Dataset,
  'name' | 'classes' | 'count' | 'labels' | 'officialTest' | 'officialValidation'
> & {
  readonly text?: unknown;
};

/** The splits of all studies and teachers: validation and test must be the same samples for every one of them. */
const shared = { seed: 2024, validationFraction: 0.1, testFraction: 0.1 } as const;

/** All of the data: a tenth of the training samples is held out for validation; test is the publisher's or a tenth. */
export function fullSplits(dataset: Splittable): Splits {
  return makeSplits(dataset, shared);
}

/** The same split, with at most so many training and validation samples: what brief distillation sees. */
export function briefSplits(dataset: Splittable, trainLimit: number, validationLimit: number): Splits {
  return makeSplits(dataset, { ...shared, trainLimit, validationLimit });
}

/**
 * Splits a data set: deterministic by seed, disjoint, stratified by class, ascending. The limits only thin out: validation
 * and test are the same images whatever the limit on training.
 * @throws NasDistillError DATA if a class has too few images for a split.
 */
export function makeSplits(dataset: Splittable, options: SplitOptions): Splits {
  const rng = createRng(`splits/${options.seed}`);
  const { officialTest, officialValidation } = dataset;
  const official = new Set([...officialTest, ...(officialValidation ?? [])]);
  const pools = byClass(dataset, (index) => !official.has(index)).map((pool, c) => rng.fork(c).shuffle(pool));
  const given = officialValidation && new Set(officialValidation);
  const givenPools = given && byClass(dataset, (index) => given.has(index));
  const test: number[] = [...officialTest];
  const validation: number[][] = [];
  const train: number[][] = [];
  pools.forEach((pool, c) => {
    const tests = officialTest.length > 0 ? 0 : atLeastOne(pool.length * options.testFraction);
    const validations = givenPools ? 0 : atLeastOne((pool.length - tests) * options.validationFraction);
    if (pool.length - tests - validations < 1) {
      throw new NasDistillError(
        'DATA',
        `data set ${dataset.name}: class "${dataset.classes[c]}" has ${pool.length} ${samplesOf(dataset)}, too few to split`,
        {
          hint: 'Each class needs one in each of train, validation and test, so far as they are not given apart.',
        },
      );
    }
    test.push(...pool.slice(0, tests));
    // Shuffled like the others, so that a limit takes some of all and not the first files.
    validation.push(
      givenPools ? rng.fork(`given/${c}`).shuffle(givenPools[c]) : pool.slice(tests, tests + validations),
    );
    train.push(pool.slice(tests + validations));
  });
  return {
    train: sorted(thin(train, options.trainLimit, rng.fork('train'))),
    validation: sorted(thin(validation, options.validationLimit, rng.fork('validation'))),
    test: sorted(test),
  };
}

function atLeastOne(share: number): number {
  return Math.max(1, Math.round(share));
}

function byClass(dataset: Splittable, keep: (index: number) => boolean): number[][] {
  const pools: number[][] = dataset.classes.map(() => []);
  for (let i = 0; i < dataset.count; i++) if (keep(i)) pools[dataset.labels[i]].push(i);
  return pools;
}

/** Takes the pools' heads in proportion to their sizes, `limit` in all. */
function thin(pools: readonly number[][], limit: number | undefined, rng: Rng): number[] {
  const total = pools.reduce((sum, pool) => sum + pool.length, 0);
  if (limit === undefined || limit >= total) return pools.flat();
  const exact = pools.map((pool) => (pool.length * limit) / total);
  const takes = exact.map(Math.floor);
  let left = limit - takes.reduce((a, b) => a + b, 0);
  // Largest remainders first; ties in a seeded order.
  const order = rng.shuffle(exact.map((_, i) => i)).sort((a, b) => (exact[b] % 1) - (exact[a] % 1));
  for (const i of order) {
    if (left === 0) break;
    takes[i]++;
    left--;
  }
  return pools.flatMap((pool, i) => pool.slice(0, takes[i]));
}

function sorted(indices: number[]): Int32Array {
  const out = new Int32Array(new SharedArrayBuffer(4 * indices.length));
  out.set(indices);
  return out.sort();
}
