import { NasDistillError } from '../../core/errors.js';
import { hashOf } from '../augmentation.js';
import { mixes } from '../mixing.js';
import type { BatchRequest } from '../batches.js';
import { placeOf } from '../keptSamples.js';
import type { TextSamples } from './TextSamples.js';

const salt = 0x7465_7874;

/**
 * Writes a batch of texts, [size, length] ids. A view with word dropout (Iyyer et al., ACL 2015, section 3.2) shows some words
 * as unknown: which ones is a hash of (seed, text, view, position), so that the teacher and all students see the same.
 */
export function fillTokens(text: TextSamples, length: number, request: BatchRequest): void {
  const { dataset, indices, start, size, policy, view = 0, out } = request;
  if (policy !== undefined && mixes(policy)) {
    throw new NasDistillError('CONFIG', 'Mixup and CutMix mix images; texts cannot be mixed', {
      hint: 'Use a recipe without `mixing`.',
    });
  }
  const share = policy?.wordDropout ?? 0;
  for (let i = 0; i < size; i++) {
    const index = indices[start + i];
    const place = placeOf(dataset, index);
    const row = text.tokens.subarray(place * length, (place + 1) * length);
    out.set(row, i * length);
    if (policy === undefined || share === 0) continue;
    const shown = hashOf(policy.seed ^ salt, index, view % policy.views);
    for (let t = 0; t < length; t++) {
      const id = row[t];
      // Padding and marks stay: without them a text would have another length.
      if (id === 0 || text.special.includes(id)) continue;
      if (hashOf(shown, t, salt) < share * 2 ** 32) out[i * length + t] = text.unknown;
    }
  }
}
