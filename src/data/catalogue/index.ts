import type { CatalogueEntry } from './CatalogueEntry.js';
import { fashionMnist } from './fashionMnist.js';
import { mnist } from './mnist.js';
import { wordnet } from './wordnet.js';

export type CatalogueName = 'fashion-mnist' | 'mnist' | 'wordnet';

/** The public data sets that `nas-distill data fetch` gets. A new one is one file and one line here. */
export const catalogue: Readonly<Record<CatalogueName, CatalogueEntry>> = {
  'fashion-mnist': fashionMnist,
  mnist,
  wordnet,
};

export function isCatalogued(name: string): name is CatalogueName {
  return Object.hasOwn(catalogue, name);
}
