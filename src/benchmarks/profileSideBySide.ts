import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { NasDistillError } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import type { OperatorTime, StepProfile } from '../engines/onnx/profileStep.js';
import { prepareThreads } from '../engines/registry.js';
import type { BenchmarkNetName } from './nets.js';

export interface ProfileStart {
  readonly net: BenchmarkNetName;
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  /** Two 32-bit numbers: threads that are ready, threads that are done. */
  readonly counters: SharedArrayBuffer;
}
export type FromProfileThread = { readonly profile: StepProfile } | { readonly failed: string };

/** An operator's time in a step on one worker, and on each of several that run at once. */
export interface OperatorBeside extends Omit<OperatorTime, 'share'> {
  readonly side_by_side_ms: number;
}
export interface SideBySide {
  readonly workers: number;
  /** Sums of what the operators took, each its median over the steps: what interrupts a thread is not in it. */
  readonly operators_ms: number;
  readonly side_by_side_ms: number;
  /** Means over the steps of what all operators took, interruptions with them. */
  readonly mean_ms: number;
  readonly side_by_side_mean_ms: number;
  /** By operator, the one that loses most milliseconds first. */
  readonly operators: readonly OperatorBeside[];
  /** By operator and shapes, likewise. */
  readonly shapes: readonly OperatorBeside[];
}

const script = join(packageRoot, 'dist', 'benchmarks', 'profileThread.js');

/**
 * Profiles a net's training step on one thread alone and then on `workers` threads at once, each with a step of its own: what shares the
 * way to memory takes longer. Times are medians over the steps. Alone and together are measured three times in turns, and the median
 * of the runs is taken.
 */
export async function profileSideBySide(
  net: BenchmarkNetName,
  batch: number,
  workers: number,
  steps = 20,
): Promise<SideBySide> {
  await prepareThreads('onnx');
  const alone: StepProfile[] = [];
  const together: StepProfile[] = [];
  for (let round = 0; round < 3; round++) {
    alone.push(...(await profileAtOnce(net, batch, 1, steps)));
    together.push(...(await profileAtOnce(net, batch, workers, steps)));
  }
  const middle = (profiles: readonly StepProfile[]) =>
    [...profiles].sort((a, b) => a.operators_ms - b.operators_ms)[Math.floor((profiles.length - 1) / 2)];
  const [one, many] = [middle(alone), middle(together)];
  return {
    workers,
    operators_ms: one.operators_ms,
    side_by_side_ms: many.operators_ms,
    mean_ms: one.mean_ms,
    side_by_side_mean_ms: many.mean_ms,
    operators: paired(one.operators, many.operators),
    shapes: paired(one.shapes, many.shapes),
  };
}

function paired(alone: readonly OperatorTime[], together: readonly OperatorTime[]): OperatorBeside[] {
  const keyOf = ({ operator, shapes = '' }: Pick<OperatorTime, 'operator' | 'shapes'>): string =>
    `${operator} ${shapes}`;
  const other = new Map(together.map((one) => [keyOf(one), one.ms]));
  return alone
    .map(({ operator, shapes, count, mb, ms }) => {
      const own = { operator, ...(shapes === undefined ? {} : { shapes }), count, mb, ms };
      return { ...own, side_by_side_ms: other.get(keyOf(own)) ?? ms };
    })
    .sort((a, b) => b.side_by_side_ms - b.ms - (a.side_by_side_ms - a.ms));
}

async function profileAtOnce(
  net: BenchmarkNetName,
  batch: number,
  threads: number,
  steps: number,
): Promise<StepProfile[]> {
  const start: ProfileStart = { net, batch, steps, threads, counters: new SharedArrayBuffer(8) };
  return Promise.all(
    Array.from({ length: threads }, async () => {
      // The main thread's stdout belongs to the command's result.
      const worker = new Worker(script, { workerData: start, stdout: true });
      const [answer]: FromProfileThread[] = await once(worker, 'message');
      await worker.terminate();
      if ('failed' in answer) throw new NasDistillError('ENGINE_FAILED', `profile of ${net}: ${answer.failed}`);
      return answer.profile;
    }),
  );
}
