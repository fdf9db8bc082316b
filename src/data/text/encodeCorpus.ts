import { sha256 } from '../../core/digest.js';
import type { DataOptions } from '../DataOptions.js';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { makeDataset } from '../makeDataset.js';
import { fullSplits } from '../splits.js';
import type { Corpus } from './Corpus.js';
import { openTokenizer, readTokenizer } from './openTokenizer.js';
import { countWords, tokenizerOfWords } from './wordVocabulary.js';

/** How many tokens of a text are read, and how many words are known, unless told otherwise. */
export const defaultTokens = 32;
export const defaultVocabulary = 8000;

export type TextOptions = Pick<DataOptions, 'tokens' | 'vocabulary' | 'tokenizer'>;

/**
 * Turns texts into ids: by a tokenizer that is given, else by a vocabulary of the words of the training split. Validation
 * and test add no word to it.
 * @param place says of a text by its number where it stands, for errors
 * @throws NasDistillError DATA for a text without a word, or options that exclude each other
 */
export async function encodeCorpus(
  corpus: Corpus,
  options: TextOptions,
  place: (text: number) => string,
): Promise<Dataset> {
  const { name, texts, labels, classes, officialTest } = corpus;
  const bare = { name, classes, count: texts.length, labels, officialTest, text: true };
  const { train } = fullSplits(bare);
  const where = options.tokenizer ?? `the tokenizer of ${name}`;
  const { tokenizer, padding } = tokenizerText(corpus, train, options);
  const encoder = await openTokenizer(tokenizer, where);
  const tokens = options.tokens ?? encoder.length ?? defaultTokens;
  const ids = new Int32Array(new SharedArrayBuffer(4 * texts.length * tokens));
  texts.forEach((text, i) => {
    const known = encoder.encode(text, tokens);
    const words = known.filter((id) => id === encoder.unknown || !encoder.special.includes(id));
    if (words.length === 0) {
      throw dataError(`${place(i)}: the text holds no word`, 'Remove that line, or write the text into it.');
    }
    ids.set(known, i * tokens);
  });
  const of = (index: number) => ids.subarray(index * tokens, (index + 1) * tokens);
  const [seen, unknown] = train.reduce(
    ([all, missing], index) => {
      for (const id of of(index)) {
        if (id !== 0) all++;
        if (id === encoder.unknown) missing++;
      }
      return [all, missing] as const;
    },
    [0, 0] as readonly [number, number],
  );
  return makeDataset({
    name,
    shape: [tokens],
    classes,
    images: new Uint8Array(new SharedArrayBuffer(0)),
    labels,
    officialTest,
    text: {
      tokens: ids,
      vocabulary: encoder.vocabulary,
      unknown: encoder.unknown,
      special: encoder.special,
      unknownShare: unknown / seen,
      encoding: sha256(tokenizer),
      tokenizer,
      ...(padding === 0 ? {} : { originalPadding: padding }),
    },
  });
}

function tokenizerText(
  corpus: Corpus,
  train: Int32Array,
  options: TextOptions,
): { tokenizer: string; padding: number } {
  if (options.tokenizer !== undefined) {
    if (options.vocabulary !== undefined) {
      throw dataError(
        `${corpus.name}: a tokenizer has its own vocabulary`,
        'Give --tokenizer or --vocabulary, not both (in a study file: tokenizer, vocabulary).',
      );
    }
    const { content, padding } = readTokenizer(options.tokenizer);
    return { tokenizer: content, padding };
  }
  const words = function* () {
    for (const index of train) yield corpus.texts[index];
  };
  const vocabulary = countWords(words(), options.vocabulary ?? defaultVocabulary);
  return { tokenizer: tokenizerOfWords(vocabulary, options.tokens ?? defaultTokens), padding: 0 };
}
