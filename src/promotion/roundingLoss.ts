import { NasDistillError } from '../core/errors.js';
import type { WeightFormat } from '../costs/CostModel.js';

/**
 * How far a student with stored weights may lie from the float32 one that was trained, on validation: largest difference
 * of logits as a share of the float32 logits' range, share of images that keep their class, points of accuracy lost.
 * One image may always differ, however few there are.
 */
export const roundingBounds = {
  float16: { logits: 0.01, agreement: 0.99, accuracy: 0.005 },
  int8: { logits: 0.15, agreement: 0.95, accuracy: 0.02 },
} as const satisfies Record<Exclude<WeightFormat, 'float32'>, Bounds>;

interface Bounds {
  readonly logits: number;
  readonly agreement: number;
  readonly accuracy: number;
}

/** The stored student against the trained one, on the same images. */
export interface RoundingLoss {
  readonly images: number;
  /** Largest difference of logits, and the same as a share of the float32 logits' range. */
  readonly largestDifference: number;
  readonly shareOfRange: number;
  /** Share of images with the same top-1 class. */
  readonly agreement: number;
  readonly accuracy: { readonly float32: number; readonly stored: number };
  readonly bounds: Bounds;
}

/**
 * @param trained and `stored`: logits [images, classes] of the same images; `labels` their classes
 * @throws NasDistillError VERIFICATION if a bound is broken, saying which and by how much
 */
export function roundingLoss(
  weights: Exclude<WeightFormat, 'float32'>,
  trained: Float32Array,
  stored: Float32Array,
  labels: Int32Array,
): RoundingLoss {
  const images = labels.length;
  const classes = trained.length / images;
  const right = { trained: 0, stored: 0 };
  let same = 0;
  for (let i = 0; i < images; i++) {
    const [a, b] = [trained, stored].map((logits) => top(logits.subarray(i * classes, (i + 1) * classes)));
    if (a === b) same++;
    if (a === labels[i]) right.trained++;
    if (b === labels[i]) right.stored++;
  }
  const largestDifference = differenceOf(trained, stored);
  const bounds = roundingBounds[weights];
  const loss: RoundingLoss = {
    images,
    largestDifference,
    shareOfRange: largestDifference / rangeOf(trained),
    agreement: same / images,
    accuracy: { float32: right.trained / images, stored: right.stored / images },
    bounds,
  };
  const allowed = (share: number) => Math.max(1, Math.floor(share * images));
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const problem = !(loss.shareOfRange <= bounds.logits)
    ? `logits differ by ${percent(loss.shareOfRange)} of their range (allowed ${percent(bounds.logits)})`
    : images - same > allowed(1 - bounds.agreement)
      ? `${images - same} of ${images} validation samples change their class (allowed ${allowed(1 - bounds.agreement)})`
      : right.trained - right.stored > allowed(bounds.accuracy)
        ? `validation accuracy falls from ${percent(loss.accuracy.float32)} to ${percent(loss.accuracy.stored)} (allowed ${percent(bounds.accuracy)})`
        : undefined;
  if (problem !== undefined) {
    throw new NasDistillError(
      'VERIFICATION',
      `stored as ${weights}, the student is not the one that was trained: ${problem}`,
      {
        hint: 'Its checkpoint is kept. Promote another trial, or search with --weights float32 (or float16).',
      },
    );
  }
  return loss;
}

function top(row: Float32Array): number {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
  return best;
}

function rangeOf(values: Float32Array): number {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max - min;
}

/** Largest difference; Infinity for other lengths, NaN where a number is none. */
export function differenceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  // A NaN must count as a difference: Math.max keeps it.
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
}
