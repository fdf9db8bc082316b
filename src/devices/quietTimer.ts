import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { OnnxRunner } from '../engines/onnx/openOnnxRunner.js';
import { openInference } from './inferenceModel.js';
import { timeRuns, type Timing } from './timeRuns.js';

/** A timing, and whether other work on the machine disturbed it in spite of repeats. */
export interface QuietTiming extends Timing {
  readonly repeats: number;
  readonly disturbed: boolean;
}

export interface QuietTimer {
  /** Milliseconds of the reference model, the best that was seen. */
  reference(): number;
  /** @param repeats at most, of a timing that is disturbed */
  time(spec: ModelSpec, repeats?: number): Promise<QuietTiming>;
  /** The same of a model that is opened otherwise, such as from its exported file; it is released afterwards. */
  timeOpened(runner: OnnxRunner, repeats?: number): Promise<QuietTiming>;
  release(): Promise<void>;
}

/** What always is there to compare with: a third of a millisecond of convolution on a fast core. */
const referenceModel: ModelSpec = {
  input: [28, 28, 8],
  nodes: [
    { op: 'conv2d', name: 'a', inputs: ['input'], filters: 48, kernel: 3, stride: 1, padding: 'same', useBias: true },
    { op: 'conv2d', name: 'b', inputs: ['a'], filters: 48, kernel: 3, stride: 2, padding: 'same', useBias: true },
    { op: 'global_avg_pool', name: 'c', inputs: ['b'] },
    { op: 'dense', name: 'd', inputs: ['c'], units: 10, useBias: true },
  ],
  logits: 'd',
  taps: {},
};

const mostRepeats = 3;
/** The reference model may be this much slower than at its best. */
const slack = 1.08;
const leastHeld = 0.9;

/**
 * Times models and watches the machine: the reference model runs before and after each. Where it is slower than at its
 * best (a busy neighbour of the core, a lower clock) or the process lost its core, the timing is repeated after a pause; if no
 * repeat is undisturbed, the quickest counts and says so.
 * @param idleMs of the reference model on the idle machine, if known
 */
export async function openQuietTimer(
  options: { readonly threads: number; readonly batch: number },
  idleMs = Infinity,
): Promise<QuietTimer> {
  const reference = await openInference(referenceModel, options);
  const { threads } = options;
  let best = idleMs;
  const probe = async (): Promise<number> => {
    const { median } = await timeRuns(reference, { wanted: 8, threads });
    best = Math.min(best, median);
    return median;
  };
  for (let i = 0; i < 5; i++) await probe();
  const timeOpened: QuietTimer['timeOpened'] = async (runner, most = mostRepeats) => {
    try {
      let quickest: Timing | undefined;
      for (let repeats = 0; ; repeats++) {
        if (repeats > 0) await sleep(100 * 2 ** repeats);
        const before = await probe();
        const timing = await timeRuns(runner, { threads });
        const after = await probe();
        const disturbed = Math.max(before, after) > slack * best || timing.held < leastHeld;
        if (!disturbed) return { ...timing, repeats, disturbed };
        if (quickest === undefined || timing.median < quickest.median) quickest = timing;
        if (repeats >= most) return { ...quickest, repeats, disturbed };
      }
    } finally {
      await runner.release();
    }
  };
  return {
    reference: () => best,
    time: async (spec, most) => timeOpened(await openInference(spec, options), most),
    timeOpened,
    release: () => reference.release(),
  };
}
