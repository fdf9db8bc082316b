/** What a model must fit. */
export interface ModelContext {
  /** Shape of one sample: [height, width, channels] of an image, [tokens] of a text. */
  readonly input: readonly number[];
  readonly classes: number;
  /** Of texts: how many ids there are, and the one of an unknown word. Absent for images. */
  readonly vocabulary?: { readonly size: number; readonly unknown: number };
}
