/** Texts as the ids of their tokens. */
export interface TextSamples {
  /** count * tokens ids, over a SharedArrayBuffer; 0 fills up behind a text's end. */
  readonly tokens: Int32Array;
  /** Ids are below this. */
  readonly vocabulary: number;
  /** The id of what is not in the vocabulary. */
  readonly unknown: number;
  /** Ids that are no words, such as the unknown one and marks of a text's beginning and end; never dropped. */
  readonly special: readonly number[];
  /** Share of the training split's tokens that are unknown. */
  readonly unknownShare: number;
  /** SHA-256 of the tokenizer. */
  readonly encoding: string;
  /** The id that padding had in the tokenizer's file, where that was not 0: there the two ids have changed places. */
  readonly originalPadding?: number;
  /** The tokenizer as the text of a tokenizer.json, for whoever feeds the model. */
  readonly tokenizer: string;
}
