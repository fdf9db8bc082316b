import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { dataError } from '../dataError.js';
import { paddingFirst } from './paddingFirst.js';
import { readUtf8 } from './readUtf8.js';
import { paddingToken, unknownToken } from './wordVocabulary.js';
import { wordPattern, wordsOf } from './words.js';

/** Turns texts into ids. */
export interface Tokenizer {
  /** Ids are below this. */
  readonly vocabulary: number;
  readonly unknown: number;
  readonly special: readonly number[];
  /** How many tokens of a text it was made for, if it says so. */
  readonly length?: number;
  /** The ids of a text, marks included, at most `length` of them. */
  encode(text: string, length: number): number[];
}

const fileSchema = z.looseObject({
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.union([z.record(z.string(), z.number().int().nonnegative()), z.array(z.unknown())]),
    unk_token: z.string().nullish(),
    continuing_subword_prefix: z.string().nullish(),
  }),
  padding: z.looseObject({ pad_id: z.number().int(), strategy: z.unknown() }).nullish(),
  truncation: z.looseObject({ max_length: z.number().int().min(2) }).nullish(),
  added_tokens: z
    .array(z.looseObject({ id: z.number().int().nonnegative(), content: z.string(), special: z.boolean().optional() }))
    .nullish(),
  pre_tokenizer: z.looseObject({ pattern: z.looseObject({ Regex: z.string().optional() }).optional() }).nullish(),
});

/**
 * Reads a tokenizer.json, its padding moved to the id 0.
 * @throws NasDistillError DATA if it is no JSON, or has no padding
 */
export function readTokenizer(path: string): { content: string; padding: number } {
  const content = readUtf8(path);
  parseJson(content, path);
  return paddingFirst(content, path);
}

/**
 * Opens the content of a tokenizer.json whose padding is the id 0: one of this program's own by a quick way, any other by @huggingface/tokenizers.
 * @param where named in errors
 * @throws NasDistillError DATA if it is none
 */
export async function openTokenizer(content: string, where: string): Promise<Tokenizer> {
  const data = parseJson(content, where);
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw dataError(`${where} is no tokenizer.json: ${path.map(String).join('.')}: ${message}`, {
      hint: "Give the tokenizer.json that lies beside the teacher's model.",
    });
  }
  const file = parsed.data;
  const tokenizer = ownWords(file) ?? (await foreign(data, file, where));
  const length = file.truncation?.max_length;
  return length === undefined ? tokenizer : { ...tokenizer, length };
}

function parseJson(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw dataError(`${where} is no tokenizer.json: ${messageOf(cause).split('\n')[0]}`, { cause });
  }
}

type TokenizerFile = z.infer<typeof fileSchema>;

/** A tokenizer of whole words as tokenizerOfWords writes it; undefined if it is another one. */
function ownWords({ model, pre_tokenizer, added_tokens }: TokenizerFile): Tokenizer | undefined {
  const { vocab } = model;
  if (Array.isArray(vocab) || (added_tokens ?? []).length > 0) return undefined;
  if (pre_tokenizer?.pattern?.Regex !== wordPattern || vocab[paddingToken] !== 0 || vocab[unknownToken] !== 1) {
    return undefined;
  }
  const ids = new Map(Object.entries(vocab));
  return {
    vocabulary: ids.size,
    unknown: 1,
    special: [1],
    encode: (text, length) =>
      wordsOf(text)
        .slice(0, length)
        .map((word) => ids.get(word) ?? 1),
  };
}

async function foreign(data: unknown, file: TokenizerFile, where: string): Promise<Tokenizer> {
  const { Tokenizer: Reader } = await import('@huggingface/tokenizers');
  const added = file.added_tokens ?? [];
  const reader = attempt(where, () => new Reader(data as object, {}));
  const name = file.model.unk_token ?? added.find(({ content }) => /^[[<]unk[\]>]$/i.test(content))?.content;
  const unknown = name === undefined ? undefined : reader.token_to_id(name);
  if (unknown === undefined) {
    throw dataError(`${where} has no token for what is unknown`, {
      hint: 'Word dropout and shorter vocabularies need one, such as [UNK] or <unk>.',
    });
  }
  const ids = [...reader.get_vocab(true).values()];
  // Marks that it sets around a text are kept where a long one is cut.
  const bare = attempt(where, () => reader.encode('a', { add_special_tokens: false }).ids);
  const framed = attempt(where, () => reader.encode('a').ids);
  const tail = bare.length === 0 ? 0 : framed.length - framed.lastIndexOf(bare[bare.length - 1]) - 1;
  return {
    vocabulary: ids.reduce((most, id) => Math.max(most, id), 0) + 1,
    unknown,
    special: [...new Set([unknown, ...added.filter((token) => token.special === true).map(({ id }) => id)])],
    encode: (text, length) => {
      const all = reader.encode(text).ids;
      if (all.length <= length) return all;
      return tail === 0 ? all.slice(0, length) : [...all.slice(0, length - tail), ...all.slice(-tail)];
    },
  };
}

function attempt<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw dataError(`${where} cannot be used: ${messageOf(cause).split('\n')[0]}`, {
      hint: 'It must be the tokenizer.json of a WordPiece, BPE or Unigram tokenizer.',
      cause,
    });
  }
}
