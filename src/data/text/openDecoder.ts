import { z } from 'zod';
import type { TextSamples } from './TextSamples.js';
import { paddingToken, unknownToken } from './wordVocabulary.js';
import { wordPattern } from './words.js';

const own = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.number()) }),
  pre_tokenizer: z.looseObject({ pattern: z.looseObject({ Regex: z.literal(wordPattern) }) }),
});

/** What stands for a word that is not in the vocabulary. */
const unknownMark = '▢';

/** Turns ids into the text that they stand for: padding and marks left out, unknown words as ▢. */
export async function openDecoder(samples: TextSamples): Promise<(ids: Int32Array) => string> {
  const data: unknown = JSON.parse(samples.tokenizer);
  const marks = new Set([0, ...samples.special.filter((id) => id !== samples.unknown)]);
  const parsed = own.safeParse(data);
  const vocabulary = parsed.success ? parsed.data.model.vocab : {};
  if (vocabulary[paddingToken] === 0 && vocabulary[unknownToken] === 1) {
    const words = new Map(Object.entries(vocabulary).map(([word, id]) => [id, id === 1 ? unknownMark : word]));
    return (ids) => [...ids].flatMap((id) => (marks.has(id) ? [] : (words.get(id) ?? unknownMark))).join(' ');
  }
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const reader = new Tokenizer(data as object, {});
  const unknown = [...reader.get_vocab(true)].find(([, id]) => id === samples.unknown)?.[0];
  return (ids) => {
    const text = reader.decode([...ids].filter((id) => !marks.has(id)));
    return unknown === undefined ? text : text.replaceAll(unknown, unknownMark);
  };
}
