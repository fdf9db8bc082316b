import type { CatalogueEntry } from './CatalogueEntry.js';
import { fashionMnist } from './fashionMnist.js';
import { mnist } from './mnist.js';

/** The public data sets that `nas-distill data fetch` gets. A new one is one file and one line here. */
export const catalogue = {
  'fashion-mnist': fashionMnist,
  mnist,
} as const satisfies Record<string, CatalogueEntry>;

export type CatalogueName = keyof typeof catalogue;

export function isCatalogued(name: string): name is CatalogueName {
  return Object.hasOwn(catalogue, name);
}
