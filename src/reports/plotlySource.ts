import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';
import { NasDistillError } from '../core/errors.js';

const require = createRequire(import.meta.url);

/** Of 100 ms it spares 40, for 8 % more bytes. */
const level = 3;

/**
 * plotly as a classic script. Its list of further kinds of plots (maps, 3D, ...) is emptied: the page draws `scatter`
 * only, and what is not asked for is not even evaluated, half of the time that plotly takes to start. Its map part would
 * besides put a style sheet into the page as it loads.
 */
export const plotlyScript = once(() => {
  const source = readFileSync(require.resolve('plotly.js-dist-min'), 'utf8');
  const kinds = /\.register\(\[(?:\w+\(\),)+\w+\(\)\]\)/g;
  if (source.match(kinds)?.length !== 1)
    throw new NasDistillError('INTERNAL', 'plotly registers its plots in an unknown way');
  return source.replace(kinds, '.register([])');
});

let prepared: Buffer | undefined;

/** Compresses it beside this thread, for whoever has something else to do before the first page is rendered. */
export async function preparePlotly(): Promise<void> {
  prepared ??= await promisify(deflateRaw)(plotlyScript(), { level });
}

/** Compressed, in base64. */
export const embeddedPlotly = once(() => (prepared ?? deflateRawSync(plotlyScript(), { level })).toString('base64'));

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
