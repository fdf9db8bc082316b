import type { Dataset, Normalisation } from './Dataset.js';

/** How samples become the input of a model, for those who will feed it. */
export interface InputDescription {
  /** What a batch is called in code: `images`, `ids`. */
  readonly batch: string;
  /** Lines of a model card, `name` being the model's input. */
  lines(name: string): string[];
  /** Lines of Python that make the batch of samples; none where that is up to the reader. */
  readonly python: readonly string[];
}

/** @param normalisation of images */
export function describeInput({ shape, text }: Dataset, { mean, std }: Normalisation): InputDescription {
  if (text === undefined) {
    return {
      batch: 'images',
      lines: (name) => [
        `input \`${name}\`: float32 [N, ${shape.join(', ')}], NHWC, pixels / 255, then (x - mean) / std for each channel`,
        `mean: ${mean.join(', ')}; std: ${std.join(', ')}`,
      ],
      python: [],
    };
  }
  const [tokens] = shape;
  return {
    batch: 'ids',
    lines: (name) => [
      `input \`${name}\`: int32 [N, ${tokens}], the ids of a text's first ${tokens} tokens, filled up with 0 behind its end`,
      `tokenizer and vocabulary: tokenizer.json beside the model (Hugging Face tokenizers; ${text.vocabulary} tokens, ` +
        `SHA-256 ${text.encoding.slice(0, 16)}); with any other one the ids mean other words`,
    ],
    python: [
      'tokenizer = tokenizers.Tokenizer.from_file("tokenizer.json")',
      `tokenizer.enable_truncation(${tokens}); tokenizer.enable_padding(length=${tokens}, pad_id=0)`,
      'ids = numpy.array([text.ids for text in tokenizer.encode_batch(texts)], numpy.int32)',
    ],
  };
}
