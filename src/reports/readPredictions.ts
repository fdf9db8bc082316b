import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { predictionsFile, predictionsSchema, type Predictions } from '../store/Predictions.js';
import type { PromotionRecord } from '../store/types.js';

/** A file beyond this would not leave the report small enough to be sent around. */
const mostBytes = 1_000_000;
/** Of all promotions of a study together, the latest first. */
const mostTogether = 3_000_000;

/**
 * What the promoted students of a study answer, by trial, from their directories; the latest promotion of a trial counts.
 * A promotion whose file is absent, too large or unreadable is shown without: the report is about the search. `complain`
 * hears of those that are there and not shown.
 */
export function readPredictions(
  resultsDir: string,
  promotions: readonly PromotionRecord[],
  complain: (message: string) => void = () => undefined,
): Map<number, Predictions> {
  const found = new Map<number, Predictions>();
  let together = 0;
  for (const { trial, directory } of [...promotions].sort((a, b) => b.finishedAt - a.finishedAt)) {
    if (found.has(trial)) continue;
    const file = resolve(resultsDir, directory, predictionsFile);
    if (!existsSync(file)) continue;
    const bytes = statSync(file).size;
    if (bytes > mostBytes || together + bytes > mostTogether) {
      complain(`${file} is too large to be shown (${bytes} bytes)`);
      continue;
    }
    const parsed = predictionsSchema.safeParse(jsonOf(readFileSync(file, 'utf8')));
    if (!parsed.success) {
      complain(`${file} cannot be read: promote the trial again to have it shown`);
      continue;
    }
    together += bytes;
    found.set(trial, parsed.data);
  }
  return found;
}

/** Undefined for what is no JSON, which then fails the schema. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
