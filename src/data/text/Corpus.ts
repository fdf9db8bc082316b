import { canonicalJson, sha256 } from '../../core/digest.js';
import { dataError } from '../dataError.js';
import { allocateLabels } from '../makeDataset.js';
import { byCodeUnit } from '../readers/folders.js';

/** Labelled texts before they are tokens. */
export interface Corpus {
  readonly name: string;
  readonly texts: readonly string[];
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  /** Texts that the publisher set aside for testing; empty if there are none. */
  readonly officialTest: Int32Array;
}

/** SHA-256 over texts, labels and classes: what the catalogue pins. */
export function corpusDigest({ texts, labels, classes }: Pick<Corpus, 'texts' | 'labels' | 'classes'>): string {
  const bytes = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
  return sha256(canonicalJson({ classes, texts }), bytes);
}

/** Texts with the names of their classes. @param classes in their order; default: sorted by code units */
export function makeCorpus(
  name: string,
  texts: readonly string[],
  names: readonly string[],
  classes: readonly string[] = [...new Set(names)].sort(byCodeUnit),
): Corpus {
  const place = new Map(classes.map((known, i) => [known, i]));
  const labels = allocateLabels(names.length);
  names.forEach((label, i) => {
    const at = place.get(label);
    if (at === undefined) throw dataError(`${name}: text ${i + 1} has the unknown class "${label}"`);
    labels[i] = at;
  });
  return { name, texts, labels, classes, officialTest: new Int32Array(new SharedArrayBuffer(0)) };
}
