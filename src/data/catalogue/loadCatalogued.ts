import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { idx } from '../readers/idx.js';
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
export async function loadCatalogued(name: CatalogueName, dataDir: string): Promise<Dataset> {
  const folder = join(dataDir, name);
  if (readManifest(name, dataDir) === undefined) {
    throw dataError(`the data set ${name} is not in ${dataDir} yet`, `Get it with \`nas-distill data fetch ${name}\`.`);
  }
  const dataset = await idx.read(folder, { name });
  if (dataset.digest !== catalogue[name].digest) {
    throw dataError(
      `${folder} is not the ${name} of the catalogue: digest ${dataset.digest}, expected ${catalogue[name].digest}`,
      refetch(name),
    );
  }
  return dataset;
}

function refetch(name: string): string {
  return `Fetch it again: \`nas-distill data fetch ${name} --force\`.`;
}
