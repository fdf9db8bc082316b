import { z } from 'zod';
import { dataError } from '../dataError.js';

const id = z.number().int().nonnegative();
const mark = z.tuple([z.string(), id]);

/** The places of a tokenizer.json that name ids. */
const fileSchema = z.looseObject({
  padding: z.looseObject({ pad_id: id }).nullish(),
  added_tokens: z.array(z.looseObject({ id, content: z.string() })).nullish(),
  model: z.looseObject({
    vocab: z.union([z.record(z.string(), id), z.array(z.unknown())]),
    unk_id: id.nullish(),
  }),
  post_processor: z.unknown(),
});

/** A post-processor's ids: of the marks that BERT's and RoBERTa's set, of a template's, and of those in a sequence. */
const processorSchema = z.looseObject({
  sep: mark.optional(),
  cls: mark.optional(),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(id) })).optional(),
  processors: z.array(z.unknown()).optional(),
});

/**
 * A tokenizer whose padding has the id 0, as all models here take it: the padding and the token with that id change places,
 * so that RoBERTa's (1) or XLNet's (5) becomes 0. Tokenizers that have it already stay as they are, byte for byte.
 * @param content of a tokenizer.json
 * @returns the tokenizer, and the id that its padding had: a model of its own ids gets them back by `swapIds`
 * @throws NasDistillError DATA if it has no padding at all
 */
export function paddingFirst(content: string, where: string): { content: string; padding: number } {
  const file = fileSchema.safeParse(JSON.parse(content));
  // What is wrong with it is said where it is opened.
  if (!file.success) return { content, padding: 0 };
  const { data } = file;
  const padding = paddingOf(data);
  if (padding === 0) return { content, padding };
  if (padding === undefined) {
    throw dataError(
      `${where} has no padding token`,
      'Add one, such as [PAD] or <pad>, to its added_tokens, or set its padding: texts are filled up with it.',
    );
  }
  const swap = (old: number) => swapped(old, padding);
  const { vocab, unk_id: unknown } = data.model;
  const swappedFile = {
    ...data,
    ...(data.padding ? { padding: { ...data.padding, pad_id: 0 } } : {}),
    ...(data.added_tokens
      ? {
          added_tokens: data.added_tokens
            .map((token) => ({ ...token, id: swap(token.id) }))
            .sort((a, b) => a.id - b.id),
        }
      : {}),
    model: {
      ...data.model,
      vocab: Array.isArray(vocab)
        ? vocab.map((_, place) => vocab[swap(place)])
        : Object.fromEntries(Object.entries(vocab).map(([token, old]) => [token, swap(old)])),
      ...(typeof unknown === 'number' ? { unk_id: swap(unknown) } : {}),
    },
    post_processor: swappedProcessor(data.post_processor, swap),
  };
  return { content: JSON.stringify(swappedFile), padding };
}

/** An id where 0 and `padding` have changed places; the same function leads back. */
export function swapped(id: number, padding: number): number {
  if (id === 0) return padding;
  return id === padding ? 0 : id;
}

function paddingOf({ padding, added_tokens: added, model }: z.infer<typeof fileSchema>): number | undefined {
  if (padding) return padding.pad_id;
  const isPadding = (token: string) => /^[[<]pad[\]>]$/i.test(token);
  const found = added?.find(({ content }) => isPadding(content))?.id;
  if (found !== undefined || Array.isArray(model.vocab)) return found;
  return Object.entries(model.vocab).find(([token]) => isPadding(token))?.[1];
}

function swappedProcessor(processor: unknown, swap: (id: number) => number): unknown {
  const parsed = processorSchema.safeParse(processor);
  if (!parsed.success) return processor;
  const { sep, cls, special_tokens: special, processors } = parsed.data;
  return {
    ...parsed.data,
    ...(sep ? { sep: [sep[0], swap(sep[1])] } : {}),
    ...(cls ? { cls: [cls[0], swap(cls[1])] } : {}),
    ...(special
      ? {
          special_tokens: Object.fromEntries(
            Object.entries(special).map(([name, token]) => [name, { ...token, ids: token.ids.map(swap) }]),
          ),
        }
      : {}),
    ...(processors ? { processors: processors.map((inner) => swappedProcessor(inner, swap)) } : {}),
  };
}
