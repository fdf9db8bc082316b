import type { BenchmarkMode } from './benchmarkProgram.js';
import type { Sample } from './runners.js';
import { spreadOf, type Spread } from './Spread.js';

/** How many times the work of one worker several do side by side: as many as they are, where nothing is shared. */
export type Scaling = Readonly<Record<BenchmarkMode, Spread>>;

/** Round by round, so that what else the machine did in a round falls on both. */
export function scalingOf(
  one: Readonly<Record<BenchmarkMode, readonly Sample[]>>,
  many: Readonly<Record<BenchmarkMode, readonly Sample[]>>,
): Scaling {
  const of = (mode: BenchmarkMode) => spreadOf(many[mode].map((sample, round) => one[mode][round].own / sample.own));
  return { step: of('step'), forward: of('forward') };
}
