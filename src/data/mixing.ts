// Mixup: Zhang et al., arXiv:1710.09412, equation 1: x = l * x_i + (1 - l) * x_j, y likewise, l from Beta(a, a).
// CutMix: Yun et al., arXiv:1905.04899, section 3.1: a box of share 1 - l of the area, centred anywhere and cut at the
// edges, is taken from x_j; y is mixed by the area that the box really covers.
// Departs from both in that a pair belongs to a view: (seed, image, view) decides the partner, l and the box once, so that
// the teacher's cache can hold its answer to exactly the mixed image. Logits are never mixed: the teacher's answer to a
// mixed image is not the mixture of its answers.
import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import { hashOf } from './augmentation.js';
import type { AugmentationPolicy } from './Dataset.js';

/** Beta(a, a) by Joehnk's method, which is quick for a up to 1; below 0.05 it would be 0 or 1 practically always. */
const alpha = z.union([z.literal(0), z.number().min(0.05).max(1)], 'must be 0 (off), or from 0.05 to 1');

export const mixingSchema = z
  .strictObject({
    mixup: alpha.default(0).describe('alpha of Mixup; 0: none'),
    cutmix: alpha.default(0).describe('alpha of CutMix; 0: none'),
    probability: z.number().gt(0).max(1).default(1).describe('share of the images that are mixed at all'),
  })
  .refine(({ mixup, cutmix }) => mixup > 0 || cutmix > 0, { message: 'give mixup or cutmix a value above 0' });
/** With both, each image that is mixed has one of them, evenly. */
export type Mixing = z.infer<typeof mixingSchema>;

/** How one view of one image is mixed. */
export interface Mix {
  /** The other image, by its index in the data set, shown in the same view number. */
  readonly partner: number;
  /** Share of the image itself, in the picture and in the label, 0 to 1. */
  readonly share: number;
  /** CutMix: what shows the partner. Mixup: absent. */
  readonly box?: { readonly top: number; readonly left: number; readonly height: number; readonly width: number };
}

/** The same text for the same way of mixing; that of images alone is empty. */
export function mixingKey(mixing: Mixing | null | undefined): string {
  return mixing ? [mixing.mixup, mixing.cutmix, mixing.probability].join('/') : '';
}

/** How a view is mixed; undefined: it shows images alone. */
function mixingAt({ mixing, mixings, views }: AugmentationPolicy, view: number): Mixing | undefined {
  if (mixings === undefined) return mixing;
  return mixings[Math.floor(((view % views) * mixings.length) / views)] ?? undefined;
}

/** Whether any view of a policy is mixed. */
export function mixes({ mixing, mixings }: AugmentationPolicy): boolean {
  return mixing !== undefined || mixings?.some((one) => one !== null) === true;
}

/**
 * The views that a training which mixes so is shown: all, or its share of them.
 * @throws NasDistillError INTERNAL if the policy has no views that are mixed so
 */
export function shownViews(
  policy: AugmentationPolicy,
  mixing: Mixing | null | undefined,
): { readonly first: number; readonly count: number; readonly mixed: boolean } {
  const { mixings, views } = policy;
  if (mixings === undefined) return { first: 0, count: views, mixed: policy.mixing !== undefined };
  const index = mixings.findIndex((one) => mixingKey(one) === mixingKey(mixing));
  if (index < 0) throw new NasDistillError('INTERNAL', 'no views are mixed as the training asks for');
  const count = views / mixings.length;
  return { first: index * count, count, mixed: mixings[index] !== null };
}

const salt = 0x6d697821;

/**
 * The mix that (policy, image, view) stands for; undefined: the image alone.
 * @param pool the training rows, from which partners are taken, evenly
 */
export function mixOf(
  policy: AugmentationPolicy,
  pool: Int32Array,
  size: readonly [height: number, width: number],
  image: number,
  view: number,
): Mix | undefined {
  const mixing = mixingAt(policy, view);
  if (mixing === undefined) return undefined;
  const start = hashOf(policy.seed ^ salt, image, view % policy.views);
  let drawn = 0;
  const uniform = () => hashOf(start, ++drawn, salt) / 2 ** 32;
  if (uniform() >= mixing.probability) return undefined;
  const cuts = mixing.cutmix > 0 && (mixing.mixup === 0 || uniform() < 0.5);
  const partner = pool[Math.floor(uniform() * pool.length)];
  const share = beta(cuts ? mixing.cutmix : mixing.mixup, uniform);
  if (!cuts) return { partner, share };
  const side = Math.sqrt(1 - share);
  const [top, height] = cut(size[0], side, uniform());
  const [left, width] = cut(size[1], side, uniform());
  return { partner, share: 1 - (height * width) / (size[0] * size[1]), box: { top, left, height, width } };
}

/** From where and how far a box of `side` * length around a point reaches inside [0, length). */
function cut(length: number, side: number, at: number): [from: number, size: number] {
  const wide = Math.floor(length * side);
  const centre = Math.floor(at * length);
  const from = Math.max(0, centre - (wide >> 1));
  return [from, Math.min(length, centre - (wide >> 1) + wide) - from];
}

/** Beta(a, a), a <= 1 (Joehnk 1964): x = u^(1/a), y = v^(1/a); x / (x + y) of the first with x + y <= 1. */
function beta(a: number, uniform: () => number): number {
  for (;;) {
    const x = uniform() ** (1 / a);
    const y = uniform() ** (1 / a);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
