import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Dataset } from '../../src/data/Dataset.js';
import { sampleViewer } from '../../src/data/sampleViewer.js';
import { encodeCorpus } from '../../src/data/text/encodeCorpus.js';
import { makeCorpus } from '../../src/data/text/Corpus.js';

function picturesOf(shape: number[], images: Uint8Array): Dataset {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    name: 'made',
    digest: 'd',
    shape,
    classes: ['a', 'b'],
    count: images.length / size,
    images,
    labels: Int32Array.from({ length: images.length / size }, (_, i) => i % 2),
    officialTest: new Int32Array(),
  };
}

async function pixelsOf(uri: string | undefined) {
  const png = Buffer.from((uri ?? '').replace('data:image/png;base64,', ''), 'base64');
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return { data: [...data], size: [info.height, info.width, info.channels] };
}

it.each([3, 4])('shows images of %i channels pixel by pixel, as another decoder reads them', async (channels) => {
  const images = Uint8Array.from({ length: 2 * 5 * 7 * channels }, (_, i) => (i * 37) % 256);
  const view = await sampleViewer(picturesOf([5, 7, channels], images));
  const { data, size } = await pixelsOf(view(1).image);
  expect(size).toEqual([5, 7, channels]);
  expect(data).toEqual([...images.subarray(5 * 7 * channels)]);
});

it('shows large images as means over squares', async () => {
  // 100 x 60: squares of 3 x 3 make 33 x 20.
  const images = Uint8Array.from({ length: 100 * 60 }, (_, i) => (Math.floor(i / 60) % 3 === 0 ? 90 : 0));
  const view = await sampleViewer(picturesOf([100, 60, 1], images));
  const png = Buffer.from((view(0).image ?? '').replace('data:image/png;base64,', ''), 'base64');
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.height, info.width]).toEqual([33, 20]);
  expect(new Set(data)).toEqual(new Set([30]));
});

it('shows nothing of what is no picture', async () => {
  const view = await sampleViewer(picturesOf([2, 2, 2], new Uint8Array(8)));
  expect(view(0)).toEqual({});
});

it('shows texts as a model reads them, unknown words marked', async () => {
  const texts = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? `good day ${'𝕏'.repeat(i === 0 ? 1 : 0)}` : 'bad day </script>',
  );
  const labels = texts.map((_, i) => (i % 2 === 0 ? 'good' : 'bad'));
  const dataset = await encodeCorpus(makeCorpus('made', texts, labels), { tokens: 6, vocabulary: 6 }, String);
  const view = await sampleViewer(dataset);
  // Four words are known: day, and the most frequent others.
  expect(view(1).text?.split(' ')).toContain('day');
  expect(view(1).text).toMatch(/▢/);
  expect(view(1).text).not.toMatch(/PAD|UNK/);
});
