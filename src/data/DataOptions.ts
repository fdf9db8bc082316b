import { z } from 'zod';

/** A column's header, or its number from 0. */
const column = z.union([z.string().min(1), z.number().int().nonnegative().transform(String)]);

/**
 * How a user may say that data is to be read: flags of every command that opens data and keys of the study file.
 * Each concerns some formats only (ReaderEntry.options) and is refused for the others.
 */
export const dataOptionsShape = {
  /** Image files are resized to this square; images that are pixels already must have this size. */
  imageSize: z.number().int().positive().optional(),
  /** Image files are converted; pixels of a CSV file are taken as such. Default: grayscale if every image is, else rgb. */
  color: z.enum(['grayscale', 'rgb']).optional(),
  /** CSV: where the label is. */
  labelColumn: column.optional(),
  /** CSV: where the path of the image is, relative to the CSV file. */
  pathColumn: column.optional(),
  /** CIFAR-100: the 20 coarse classes instead of the 100 fine ones. */
  coarse: z.boolean().optional(),
  /** CSV of texts: where the text is. */
  textColumn: column.optional(),
  /** Texts: how many tokens of each are read; shorter ones are filled up. */
  tokens: z.number().int().min(2).max(4096).optional(),
  /** Texts: how many of the most frequent words of the training split are known. */
  vocabulary: z.number().int().min(3).max(1_000_000).optional(),
  /** Texts: a tokenizer.json whose ids are used, such as a teacher's, instead of a vocabulary of this data. */
  tokenizer: z.string().min(1).optional(),
} as const;

export const dataOptionsSchema = z.object(dataOptionsShape);
export type DataOptions = z.output<typeof dataOptionsSchema>;

/** What only some formats know. */
export type FormatOption = Exclude<keyof DataOptions, 'imageSize'>;
export const formatOptions = [
  'color',
  'labelColumn',
  'pathColumn',
  'coarse',
  'textColumn',
  'tokens',
  'vocabulary',
  'tokenizer',
] as const satisfies readonly FormatOption[];

/** The flag of each option, for errors and the command line. */
export const dataFlag = {
  imageSize: '--image-size',
  color: '--color',
  labelColumn: '--label-column',
  pathColumn: '--path-column',
  coarse: '--coarse',
  textColumn: '--text-column',
  tokens: '--tokens',
  vocabulary: '--vocabulary',
  tokenizer: '--tokenizer',
} as const satisfies Record<keyof DataOptions, string>;
