import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DeviceTarget } from '../costs/budgets.js';
import { openModel } from '../devices/inferenceModel.js';
import { thisMachine } from '../devices/machine.js';
import { openQuietTimer } from '../devices/quietTimer.js';
import type { LatencyFacts } from '../promotion/promotionFacts.js';
import type { Trial } from '../store/types.js';

/** What a study noted of its devices: which of them is the machine that it ran on. */
const devices = z.array(z.object({ name: z.string(), metric: z.string(), here: z.boolean() })).catch([]);

/**
 * Times an exported student's ONNX file in onnxruntime on this machine, one sample and one thread, beside what was predicted of it
 * for every device that its study aims at.
 */
export async function measureExported(
  file: string,
  trial: Trial,
  targets: readonly DeviceTarget[],
  facts: Readonly<Record<string, unknown>>,
): Promise<LatencyFacts> {
  const setting = { threads: 1, batch: 1 };
  const timer = await openQuietTimer(setting);
  try {
    const timing = await timer.timeOpened(await openModel(readFileSync(file), trial.spec, setting));
    const { median, p95, runs, repeats, disturbed } = timing;
    const here = devices.parse(facts.devices).find((device) => device.here)?.metric;
    return {
      ...setting,
      machine: thisMachine(),
      measured: { median, p95, runs, repeats, disturbed },
      predicted: targets.map(({ name, metric }) => ({ device: name, ms: trial.costs[metric], here: metric === here })),
    };
  } finally {
    await timer.release();
  }
}
