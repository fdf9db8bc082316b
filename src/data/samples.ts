import type { Dataset } from './Dataset.js';

/** What a data set's samples are called. */
export function samplesOf(dataset: { readonly text?: unknown }): 'images' | 'texts' {
  return dataset.text === undefined ? 'images' : 'texts';
}

/** How one sample is measured, such as `28x28x1` or `24 tokens`. */
export function sizeText(dataset: Pick<Dataset, 'shape' | 'text'>): string {
  return dataset.text === undefined ? dataset.shape.join('x') : `${dataset.shape[0]} tokens`;
}

/**
 * Digest of how samples became numbers, where that is the data's own: of texts the tokenizer's, which a model must share.
 * Undefined for pixels.
 */
export function encodingOf(dataset: Dataset): string | undefined {
  return dataset.text?.encoding;
}

/** A file that a model of this data needs beside it: how samples become its input. */
export interface CompanionFile {
  readonly name: string;
  readonly content: string;
}

/** The files without which a model of this data cannot be used; none for images. */
export function companionFiles(dataset: Dataset): CompanionFile[] {
  return dataset.text === undefined ? [] : [{ name: 'tokenizer.json', content: dataset.text.tokenizer }];
}
