import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import { idx } from '../../src/data/readers/idx.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();

/** An IDX file written by hand: 00 00, type, number of dimensions, big-endian dimensions, values. */
function idxFile(dims: number[], values: readonly number[], type = 8): Buffer {
  const sizes = dims.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return Buffer.from([0, 0, type, dims.length, ...sizes, ...values]);
}
const ramp = (n: number, base = 0) => Array.from({ length: n }, (_, i) => (base + i) % 256);
const names = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
};
const good = { images: idxFile([3, 2, 2], ramp(12)), labels: idxFile([3], [0, 2, 1]) };
const message = (...texts: string[]) => ({
  code: 'DATA',
  message: expect.stringMatching(
    new RegExp(texts.map((t) => t.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('.*')),
  ) as string,
});

describe('idx', () => {
  it('reads plain and gzipped files, the test pair last, and classes.txt', async () => {
    write(`good/${names.trainImages}`, good.images);
    write(`good/${names.trainLabels}`, good.labels);
    write(`good/${names.testImages}.gz`, gzipSync(idxFile([2, 2, 2], ramp(8, 100))));
    write(`good/${names.testLabels}.gz`, gzipSync(idxFile([2], [1, 1])));
    write('good/classes.txt', 'ape\r\nbee\r\ncat\r\n');
    const data = await openDataset(join(root, 'good'), { dataDir: root });
    expect(data.shape).toEqual([2, 2, 1]);
    expect(data.classes).toEqual(['ape', 'bee', 'cat']);
    expect([...data.labels]).toEqual([0, 2, 1, 1, 1]);
    expect([...data.images]).toEqual([...ramp(12), ...ramp(8, 100)]);
    expect([...data.officialTest]).toEqual([3, 4]);
  });

  it('takes val as validation beside test, as the test set without it, and a file beside its archive once', async () => {
    const pair = (folder: string, part: string, labels: number[]) => {
      write(`${folder}/${part}-images-idx3-ubyte`, idxFile([labels.length, 2, 2], ramp(4 * labels.length)));
      write(`${folder}/${part}-labels-idx1-ubyte`, idxFile([labels.length], labels));
    };
    pair('three', 'train', [0, 1, 0, 1]);
    pair('three', 'val', [1, 0, 1]);
    write('three/val-images-idx3-ubyte.gz', gzipSync(idxFile([3, 2, 2], ramp(12))));
    const two = await idx.read(join(root, 'three'), {});
    expect([[...two.officialTest], two.officialValidation]).toEqual([[4, 5, 6], undefined]);
    pair('three', 'test', [1, 1]);
    const three = await idx.read(join(root, 'three'), {});
    expect([...three.labels]).toEqual([0, 1, 0, 1, 1, 0, 1, 1, 1]);
    expect([...(three.officialValidation ?? [])]).toEqual([4, 5, 6]);
    expect([...three.officialTest]).toEqual([7, 8]);
  });

  it('reads EMNIST names, and refuses two sets in one folder', async () => {
    for (const [set, label] of [
      ['letters', 1],
      ['digits', 0],
    ] as const) {
      for (const part of ['test', 'train']) {
        write(`emnist/emnist-${set}-${part}-images-idx3-ubyte`, idxFile([2, 1, 1], ramp(2)));
        write(`emnist/emnist-${set}-${part}-labels-idx1-ubyte`, idxFile([2], [0, part === 'train' ? 1 : label]));
      }
      if (set === 'letters') {
        const data = await idx.read(join(root, 'emnist'), {});
        expect([data.count, ...data.officialTest]).toEqual([4, 2, 3]);
      }
    }
    await expect(idx.read(join(root, 'emnist'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('emnist-digits-test-images') as string,
    });
  });

  it('reads colour images from one images file', async () => {
    const file = write('rgb/photos-images-idx4-ubyte', idxFile([2, 1, 2, 3], ramp(12)));
    write('rgb/photos-labels-idx1-ubyte', idxFile([2], [1, 0]));
    const data = await idx.read(file, { name: 'photos' });
    expect([data.name, ...data.shape]).toEqual(['photos', 1, 2, 3]);
    expect([...data.images]).toEqual(ramp(12));
  });

  it('the digest depends on pixels, labels and classes, not on the name or compression', async () => {
    const digest = async (folder: string, images: Buffer, labels: Buffer, classes?: string) => {
      write(`${folder}/${names.trainImages}`, images);
      write(`${folder}/${names.trainLabels}`, labels);
      if (classes !== undefined) write(`${folder}/classes.txt`, classes);
      return (await idx.read(join(root, folder), {})).digest;
    };
    const base = await digest('d0', good.images, good.labels);
    expect(await digest('d1', gzipSync(good.images), good.labels)).toBe(base);
    const others = [
      await digest('d2', idxFile([3, 2, 2], ramp(12, 1)), good.labels),
      await digest('d3', good.images, idxFile([3], [0, 1, 2])),
      await digest('d4', good.images, good.labels, 'x\ny\nz'),
      await digest('d5', idxFile([3, 1, 4], ramp(12)), good.labels),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
  });

  const zipped = gzipSync(
    idxFile(
      [3, 20, 20],
      Array.from({ length: 1200 }, (_, i) => (i * 7919) % 251),
    ),
  );
  const flipped = Buffer.from(zipped);
  flipped[flipped.length - 6] ^= 0xff;
  it.each([
    ['cut short', good.images.subarray(0, 20), ['is cut short', 'promises 28 bytes, found 20']],
    ['too long', Buffer.concat([good.images, Buffer.of(1)]), ['is too long', 'promises 28 bytes, found 29']],
    ['cut in the head', good.images.subarray(0, 10), ['is cut short']],
    ['empty', Buffer.alloc(0), ['is cut short']],
    ['a wrong magic number', Buffer.from('<html>not found</html>'), ['is not an IDX file', '3c 68 74 6d']],
    ['floats', idxFile([3, 2, 2], ramp(48), 13), ['is not an IDX file of bytes']],
    ['a huge promise', idxFile([4_000_000_000, 2, 2], ramp(12)), ['is cut short']],
    ['two dimensions', idxFile([3, 4], ramp(12)), ['has 2 dimensions']],
    ['another number of images', idxFile([2, 2, 2], ramp(8)), ['has 2 images', 'has 3 labels']],
    ['two channels', idxFile([3, 1, 2, 2], ramp(12)), ['has 2 channels']],
    ['gzip cut short', zipped.subarray(0, zipped.length - 200), ['broken gzip file']],
    ['gzip with a wrong checksum', flipped, ['broken gzip file']],
    [
      'gzip of less than promised',
      gzipSync(good.images.subarray(0, 20)),
      ['is cut short', 'promises 28 bytes, found 20'],
    ],
    ['gzip of a huge promise', gzipSync(idxFile([4_000_000_000, 2, 2], ramp(12))), ['is cut short']],
  ])('refuses images: %s', async (name, content, texts) => {
    const folder = `bad-${name.replace(/\W/g, '-')}`;
    const file = write(`${folder}/${names.trainImages}`, content);
    write(`${folder}/${names.trainLabels}`, good.labels);
    await expect(idx.read(join(root, folder), {})).rejects.toMatchObject(message(file, ...texts));
  });

  it('refuses missing labels, labels beyond classes.txt, one class', async () => {
    write(`lone/${names.trainImages}`, good.images);
    await expect(idx.read(join(root, 'lone'), {})).rejects.toMatchObject(message('no labels file'));
    write(`lone/${names.trainLabels}`, good.labels);
    write('lone/classes.txt', 'a\nb\n');
    await expect(idx.read(join(root, 'lone'), {})).rejects.toMatchObject(message('label 2 of image 1'));
    write(`same/${names.trainImages}`, good.images);
    write(`same/${names.trainLabels}`, idxFile([3], [1, 1, 1]));
    await expect(idx.read(join(root, 'same'), {})).rejects.toMatchObject(message('of one class'));
  });

  it('says what is missing where the path or the format is unknown', async () => {
    await expect(openDataset(join(root, 'nowhere'), { dataDir: root })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const text = write('notes.txt', 'hello');
    await expect(openDataset(text, { dataDir: root })).rejects.toMatchObject(
      message('notes.txt: no known data format'),
    );
  });
});
