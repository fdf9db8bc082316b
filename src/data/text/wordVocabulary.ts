import { byCodeUnit } from '../readers/folders.js';
import { wordPattern, wordsOf } from './words.js';

/** Fills up behind a text's end; has the id 0. */
export const paddingToken = '[PAD]';
/** Stands for a word that is not known; has the id 1. */
export const unknownToken = '[UNK]';

/** Longer ones are no words; readers of a tokenizer.json know the same limit. */
const longestWord = 100;

/**
 * The most frequent words of some texts, by frequency and then by code units, behind the two marks.
 * @param size of the vocabulary, marks included
 */
export function countWords(texts: Iterable<string>, size: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].filter(([word]) => word.length <= longestWord);
  words.sort(([a, n], [b, m]) => m - n || byCodeUnit(a, b));
  return [paddingToken, unknownToken, ...words.slice(0, size - 2).map(([word]) => word)];
}

/**
 * A vocabulary of whole words in the format of Hugging Face's tokenizers. As WordPiece without any pieces, which is the same
 * as whole words and is read by every implementation.
 */
export function tokenizerOfWords(vocabulary: readonly string[], tokens: number): string {
  return JSON.stringify({
    version: '1.0',
    truncation: { direction: 'Right', max_length: tokens, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: tokens },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: paddingToken,
    },
    added_tokens: [],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'Split', pattern: { Regex: wordPattern }, behavior: 'Removed', invert: true },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: unknownToken,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: longestWord,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  });
}
