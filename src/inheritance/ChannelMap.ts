import type { Rng } from '../core/rng.js';

/**
 * Where a layer's channels come from in the relative that it inherits from (Net2Net, arXiv:1511.05641, section 2.2): a channel
 * that is there twice is read with shares that sum to 1, so that what follows computes what it did.
 */
export interface ChannelMap {
  /** The relative's channel; -1: none. */
  readonly source: Int32Array;
  /** By what a layer that reads the channel multiplies the weight that it inherits. */
  readonly share: Float64Array;
  /** How many channels the relative has. */
  readonly from: number;
}

/** True if every channel is the relative's own channel of the same number. */
export function isIdentity({ source, from }: ChannelMap): boolean {
  return source.length === from && source.every((channel, i) => channel === i);
}

/** True if all of the relative's channels are there, each as often as the others. */
export function isEven(map: ChannelMap): boolean {
  return map.source.length % map.from === 0 && map.source.every((channel, i) => channel === i % map.from);
}

/**
 * The map between two widths: the first channels are themselves, further ones repeat them in turn. It depends on the two widths
 * alone, so that both sides of a sum agree. Shares of a repeated channel are drawn unevenly, as equal ones would stay twins.
 */
export function widthMap(from: number, to: number, rng: Rng): ChannelMap {
  const source = Int32Array.from({ length: to }, (_, i) => i % from);
  const draws = rng.fork(`width/${from}/${to}`);
  const raw = Float64Array.from({ length: to }, () => 0.5 + draws.uniform());
  const sums = new Float64Array(from);
  source.forEach((channel, i) => (sums[channel] += raw[i]));
  return { source, share: raw.map((value, i) => value / sums[source[i]]), from };
}

/** Channels one behind the other; undefined parts have no source. @param sizes their widths here and in the relative */
export function joined(
  parts: readonly (ChannelMap | undefined)[],
  sizes: readonly { own: number; from: number }[],
): ChannelMap {
  const source: number[] = [];
  const share: number[] = [];
  let offset = 0;
  parts.forEach((part, p) => {
    for (let i = 0; i < sizes[p].own; i++) {
      const channel = part === undefined ? i : part.source[i];
      source.push(channel < 0 || channel >= sizes[p].from ? -1 : channel + offset);
      share.push(part === undefined ? 1 : part.share[i]);
    }
    offset += sizes[p].from;
  });
  return { source: Int32Array.from(source), share: Float64Array.from(share), from: offset };
}
