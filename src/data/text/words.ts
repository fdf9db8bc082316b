// A word is a run of letters (with their marks), a run of digits, or one other character that is no space. Written once as
// the source of a regular expression, because the tokenizer.json that is exported says the same to other programs.
export const wordPattern = String.raw`[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]`;

const words = new RegExp(wordPattern, 'gu');

/** The words of a text, in lower case and compatibility form (NFKC). */
export function wordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(words) ?? [];
}
