import { openQuietTimer } from '../devices/quietTimer.js';
import type { Trial, TrialStore } from '../store/types.js';
import type { Io } from './Io.js';
import type { StudyTarget } from './openTargets.js';

/** More finalists than these are measured on demand only: a front that long is not read row by row. */
const mostFinalists = 30;

/**
 * Measures the exported models of finalists on the devices that are this machine, and keeps what was measured beside the
 * prediction. Those that were measured before are left alone.
 */
export async function measureFinalists(
  io: Io,
  store: TrialStore,
  study: string,
  finalists: readonly Trial[],
  targets: readonly StudyTarget[],
  signal: AbortSignal,
): Promise<void> {
  for (const { metric, profile, here, name } of targets) {
    if (!here || profile.kind !== 'measured') continue;
    const open = finalists.filter((trial) => trial.measured[metric] === undefined).slice(0, mostFinalists);
    if (open.length === 0) continue;
    const p95 = metric.replace('latency', 'latency_p95');
    const flag = metric.replace('latency', 'latency_disturbed');
    const timer = await openQuietTimer(profile, profile.referenceMs);
    const bar = io.progress.start(`measuring the front on ${name}`, open.length);
    let disturbed = 0;
    try {
      for (const [i, trial] of open.entries()) {
        if (signal.aborted) return;
        const timing = await timer.time(trial.spec);
        if (timing.disturbed) disturbed++;
        store.recordMeasured(study, trial.number, {
          [metric]: timing.median,
          [p95]: timing.p95,
          ...(timing.disturbed ? { [flag]: 1 } : {}),
        });
        bar.update(i + 1);
      }
    } finally {
      bar.end();
      await timer.release();
    }
    if (disturbed > 0) {
      io.progress.warn(
        `${disturbed} of ${open.length} latencies were measured beside other work on this machine, in spite of repeats: marked by ~`,
      );
    }
  }
}
