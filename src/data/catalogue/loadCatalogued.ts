import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { idx } from '../readers/idx.js';
import { readTable } from '../readers/textCsv.js';
import { corpusDigest, makeCorpus } from '../text/Corpus.js';
import { encodeCorpus, type TextOptions } from '../text/encodeCorpus.js';
import type { TextEntry } from './CatalogueEntry.js';
import { catalogue } from './index.js';
import type { CatalogueName } from './index.js';

const manifestSchema = z.object({ name: z.string(), digest: z.string() });

/** The manifest of a fetched data set, or undefined if it was never (wholly) fetched. @throws NasDistillError DATA. */
export function readManifest(name: CatalogueName, dataDir: string): { name: string; digest: string } | undefined {
  const file = join(dataDir, name, 'manifest.json');
  if (!existsSync(file)) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw dataError(`${file} is not readable: ${messageOf(cause).split('\n')[0]}`, { hint: refetch(name), cause });
  }
}

/**
 * Reads a fetched data set of the catalogue and verifies it against the pinned digest (about 0.2 s for Fashion-MNIST).
 * @throws NasDistillError DATA when it was not fetched, or is not what the catalogue names.
 */
export async function loadCatalogued(
  name: CatalogueName,
  dataDir: string,
  options: TextOptions = {},
): Promise<Dataset> {
  const folder = join(dataDir, name);
  if (readManifest(name, dataDir) === undefined) {
    throw dataError(`the data set ${name} is not in ${dataDir} yet`, `Get it with \`nas-distill data fetch ${name}\`.`);
  }
  const entry = catalogue[name];
  if (entry.kind === 'text') return loadTexts(name, folder, entry, options);
  const dataset = await idx.read(folder, { name });
  requireDigest(name, folder, dataset.digest);
  return dataset;
}

/** Below a data set's folder: its texts. */
export const textsFile = 'texts.csv';

/** The pinned digest is of the texts: which tokens they become is up to the options. */
async function loadTexts(
  name: CatalogueName,
  folder: string,
  { classes, shape }: TextEntry,
  options: TextOptions,
): Promise<Dataset> {
  const file = join(folder, textsFile);
  const rows = readTable(file).slice(1);
  const labels = rows.map(([label]) => label);
  const texts = rows.map(([, text]) => text);
  const corpus = makeCorpus(name, texts, labels, classes);
  requireDigest(name, folder, corpusDigest(corpus));
  const { vocabulary, tokenizer, tokens } = options;
  const given = {
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
  const length = tokens ?? (tokenizer === undefined ? shape[0] : undefined);
  return encodeCorpus(
    corpus,
    { ...given, ...(length === undefined ? {} : { tokens: length }) },
    (i) => `${file}, row ${i + 2}`,
  );
}

function requireDigest(name: CatalogueName, folder: string, digest: string): void {
  const expected = catalogue[name].digest;
  if (digest === expected) return;
  throw dataError(
    `${folder} is not the ${name} of the catalogue: digest ${digest}, expected ${expected}`,
    refetch(name),
  );
}

function refetch(name: string): string {
  return `Fetch it again: \`nas-distill data fetch ${name} --force\`.`;
}
