import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.js';
import { openDataset } from '../../src/data/openDataset.js';
import { makeDataset } from '../../src/data/makeDataset.js';
import { imageFolder } from '../../src/data/readers/imageFolder.js';
import { makeSplits } from '../../src/data/splits.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();

/** 2 x 3 pixels whose values are known: `base`, `base + 1`, ... */
const rgb = (base: number, height = 2, width = 3) =>
  sharp(
    Uint8Array.from({ length: height * width * 3 }, (_, i) => base + i),
    { raw: { width, height, channels: 3 } },
  );
const gray = (base: number) =>
  sharp(
    Uint8Array.from({ length: 6 }, (_, i) => base + i),
    { raw: { width: 3, height: 2, channels: 1 } },
  ).toColourspace('b-w');

describe('imageFolder', () => {
  it('reads RGB PNG exactly, classes and files in code unit order', async () => {
    write('rgb/dog/a.png', await rgb(100).png().toBuffer());
    write('rgb/Cat/b.png', await rgb(50).png().toBuffer());
    write('rgb/Cat/a.png', await rgb(0).png().toBuffer());
    write('rgb/Cat/notes.txt', 'no image');
    const data = await openDataset(join(root, 'rgb'), { dataDir: root });
    expect(data.shape).toEqual([2, 3, 3]);
    expect(data.classes).toEqual(['Cat', 'dog']);
    expect([...data.labels]).toEqual([0, 0, 1]);
    const expected = [0, 50, 100].flatMap((base) => Array.from({ length: 18 }, (_, i) => base + i));
    expect([...data.images]).toEqual(expected);
    expect(data.officialTest.length).toBe(0);
    expect(data.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('keeps grayscale images in one channel, and takes test/ as the official test', async () => {
    for (const [part, base] of [
      ['train', 0],
      ['test', 100],
    ] as const) {
      write(`parts/${part}/a/1.png`, await gray(base).png().toBuffer());
      write(
        `parts/${part}/b/1.png`,
        await gray(base + 20)
          .png()
          .toBuffer(),
      );
    }
    const data = await imageFolder.read(join(root, 'parts'), {});
    expect(data.shape).toEqual([2, 3, 1]);
    expect([...data.labels]).toEqual([0, 1, 0, 1]);
    expect([...data.officialTest]).toEqual([2, 3]);
    expect([...data.images.subarray(12, 18)]).toEqual([100, 101, 102, 103, 104, 105]);
  });

  it('takes val/ where there is no test/, and refuses a class that training does not have', async () => {
    write('val/train/a/1.png', await gray(1).png().toBuffer());
    write('val/train/b/1.png', await gray(2).png().toBuffer());
    write('val/val/b/1.png', await gray(3).png().toBuffer());
    expect([...(await imageFolder.read(join(root, 'val'), {})).officialTest]).toEqual([2]);
    write('val/val/c/1.png', await gray(3).png().toBuffer());
    await expect(imageFolder.read(join(root, 'val'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(join('val', 'c', '1.png')) as string,
    });
  });

  it('takes val/ as the validation images beside test/, which no split mixes', async () => {
    let shade = 0;
    for (const [part, each] of [
      ['train', 6],
      ['val', 4],
      ['test', 3],
    ] as const) {
      for (const label of ['a', 'b']) {
        for (let i = 0; i < each; i++) write(`three/${part}/${label}/${i}.png`, await gray(shade++).png().toBuffer());
      }
    }
    const data = await openDataset(join(root, 'three'), { dataDir: root });
    expect([...data.officialTest]).toEqual([20, 21, 22, 23, 24, 25]);
    expect([...(data.officialValidation ?? [])]).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    const options = { seed: 1, validationFraction: 0.1, testFraction: 0.1 };
    const splits = makeSplits(data, options);
    expect([...splits.train]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([...splits.validation]).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    expect([...splits.test]).toEqual([20, 21, 22, 23, 24, 25]);
    const brief = makeSplits(data, { ...options, validationLimit: 4 });
    expect(brief.validation.filter((i) => data.labels[i] === 0).length).toBe(2);
    expect([...brief.validation].every((i) => splits.validation.includes(i))).toBe(true);
    expect(brief).toEqual(makeSplits(data, { ...options, validationLimit: 4 }));
    // Another role for the same images is other data: caches and studies must not be shared.
    const { officialValidation, ...parts } = data;
    expect(officialValidation).toBeDefined();
    expect(makeDataset(parts).digest).not.toBe(data.digest);
  });

  it('refuses a test/ folder whose images are not sorted into classes', async () => {
    write('loose/train/a/1.png', await gray(1).png().toBuffer());
    write('loose/train/b/1.png', await gray(2).png().toBuffer());
    write('loose/test/1.png', await gray(3).png().toBuffer());
    await expect(imageFolder.read(join(root, 'loose'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`${join('loose', 'test')} holds no PNG`) as string,
    });
  });

  it('says what it leaves out: images of other formats, folders without any', async () => {
    write('left/a/1.png', await gray(1).png().toBuffer());
    write('left/b/1.png', await gray(2).png().toBuffer());
    write('left/b/2.webp', await gray(2).webp().toBuffer());
    write('left/notes/readme.txt', 'no image');
    mkdirSync(join(root, 'left', 'drafts'));
    const said: string[] = [];
    const progress = { ...silent, warn: (text: string) => void said.push(text) };
    const data = await imageFolder.read(join(root, 'left'), { progress });
    expect(data.classes).toEqual(['a', 'b']);
    expect(said).toEqual([
      `left out, as neither PNG nor JPEG: ${join(root, 'left', 'b', '2.webp')}`,
      `no class, as without PNG or JPEG images: ${join(root, 'left', 'drafts')} and 1 more`,
    ]);
  });

  it('reads JPEG to within its loss, and applies the EXIF orientation', async () => {
    const flat = (value: number) =>
      sharp({ create: { width: 16, height: 8, channels: 3, background: { r: value, g: 20, b: 200 } } }).jpeg({
        quality: 100,
      });
    write('jpeg/a/1.jpg', await flat(10).withMetadata({ orientation: 6 }).toBuffer());
    write('jpeg/b/1.JPEG', await flat(240).withMetadata({ orientation: 8 }).toBuffer());
    const data = await imageFolder.read(join(root, 'jpeg'), {});
    expect(data.shape).toEqual([16, 8, 3]);
    const [r, g, b] = data.images;
    expect(Math.abs(r - 10) + Math.abs(g - 20) + Math.abs(b - 200)).toBeLessThan(6);
  });

  it('asks for a size where images differ, and resizes to it', async () => {
    write('sizes/a/1.png', await rgb(0).png().toBuffer());
    const odd = write('sizes/b/1.png', await rgb(0, 4, 5).png().toBuffer());
    await expect(imageFolder.read(join(root, 'sizes'), {})).rejects.toMatchObject({
      message: expect.stringContaining(`${odd} is 4x5`) as string,
      hint: expect.stringContaining('--image-size') as string,
    });
    const data = await openDataset(join(root, 'sizes'), { dataDir: root, imageSize: 8 });
    expect(data.shape).toEqual([8, 8, 3]);
  });

  it('names a JPEG that is cut short, and a file that is no image', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    write('broken/a/good.jpg', jpeg);
    const cut = write('broken/b/cut.jpg', jpeg.subarray(0, jpeg.length / 2));
    await expect(imageFolder.read(join(root, 'broken'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(cut) as string,
    });
    const text = write('broken/b/cut.jpg', 'hello');
    await expect(imageFolder.read(join(root, 'broken'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(text) as string,
    });
  });

  it('takes 16-bit, transparent and palette images, and mixed ones as RGB', async () => {
    const one = (channels: 1 | 4, ...values: number[]) =>
      sharp(Uint8Array.from(values), { raw: { width: 1, height: 1, channels } });
    write('kinds/a/16bit.png', await one(1, 51).toColourspace('grey16').png().toBuffer());
    write('kinds/a/alpha.png', await one(4, 200, 100, 50, 0).png().toBuffer());
    write('kinds/b/palette.png', await one(4, 10, 20, 30, 255).png({ palette: true }).toBuffer());
    const data = await imageFolder.read(join(root, 'kinds'), {});
    expect(data.shape).toEqual([1, 1, 3]);
    expect([...data.images]).toEqual([51, 51, 51, 0, 0, 0, 10, 20, 30]);
    const gray = await imageFolder.read(join(root, 'kinds'), { color: 'grayscale' });
    expect(gray.shape).toEqual([1, 1, 1]);
    expect([...gray.images.subarray(0, 2)]).toEqual([51, 0]);
  });

  it('names a PNG that is cut short', async () => {
    const png = await sharp(
      Uint8Array.from({ length: 3072 }, (_, i) => (i * 7919) % 251),
      {
        raw: { width: 32, height: 32, channels: 3 },
      },
    )
      .png()
      .toBuffer();
    write('png/a/good.png', png);
    const cut = write('png/b/cut.png', png.subarray(0, png.length - 400));
    await expect(imageFolder.read(join(root, 'png'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(cut) as string,
    });
  });

  it('refuses one class, and a folder without images', async () => {
    write('one/only/1.png', await rgb(0).png().toBuffer());
    await expect(openDataset(join(root, 'one'), { dataDir: root })).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('one class only ("only")') as string,
    });
    mkdirSync(join(root, 'empty', 'a'), { recursive: true });
    await expect(imageFolder.read(join(root, 'empty'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('holds no PNG or JPEG') as string,
    });
    await expect(openDataset(join(root, 'empty'), { dataDir: root })).rejects.toMatchObject({ code: 'DATA' });
  });
});
