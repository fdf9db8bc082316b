import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import { csv } from '../../src/data/readers/csv.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();
const message = (text: string) => ({ code: 'DATA', message: expect.stringContaining(text) as string });

describe('csv', () => {
  it('reads pixels with a header of numbers, numeric labels in numeric order', async () => {
    const file = write('pixels.csv', '\uFEFFlabel,0,1,2,3\n10,1,2,3,4\n9,250,251,252,255\n');
    const data = await openDataset(file, { dataDir: root });
    expect(data.name).toBe('pixels');
    expect(data.shape).toEqual([2, 2, 1]);
    expect(data.classes).toEqual(['9', '10']);
    expect([...data.labels]).toEqual([1, 0]);
    expect([...data.images]).toEqual([1, 2, 3, 4, 250, 251, 252, 255]);
  });

  it('reads pixels without a header and with the label last, and RGB by their number', async () => {
    const values = Array.from({ length: 12 }, (_, i) => i);
    const data = await csv.read(write('last.csv', `${values.join()},cat\n${values.join()},"dog, big"\n`), {});
    expect(data.shape).toEqual([2, 2, 3]);
    expect(data.classes).toEqual(['cat', 'dog, big']);
    expect([...data.images.subarray(12)]).toEqual(values);
  });

  it('reads paths relative to the file', async () => {
    const pixel = (value: number) =>
      sharp(Uint8Array.of(value, value, value), { raw: { width: 1, height: 1, channels: 3 } })
        .png()
        .toBuffer();
    write('images/a.png', await pixel(7));
    write('images/b.png', await pixel(9));
    const data = await csv.read(write('paths.csv', 'file,species\nimages/b.png,owl\nimages/a.png,ape\n'), {});
    expect(data.classes).toEqual(['ape', 'owl']);
    expect([...data.labels]).toEqual([1, 0]);
    expect([...data.images]).toEqual([9, 9, 9, 7, 7, 7]);
    await expect(csv.read(write('gone.csv', 'images/a.png,x\nimages/gone.png,y\n'), {})).rejects.toMatchObject(
      message(`row 2: the image ${join(root, 'images', 'gone.png')} does not exist`),
    );
    await expect(csv.read(write('three.csv', 'id,file,kind\n1,images/a.png,x\n'), {})).rejects.toMatchObject(
      message('not clear'),
    );
  });

  it.each([
    ['', 'is empty'],
    ['label,a,b,c,d\n', 'no lines below'],
    ['label,a,b,c,d\n1,1,2,3,256\n', 'row 2, column 5: "256"'],
    ['label,a,b,c,d\n1,1,2,3,4\n2,1,-1,3,4\n', 'row 3, column 3: "-1"'],
    ['label,a,b,c,d\n1,1,2,,4\n', 'row 2, column 4: ""'],
    ['label,a,b,c,d\n1,1,2,3\n', 'no readable CSV'],
    ['label,a,b,c,d\n1,"1,2,3,4\n', 'no readable CSV'],
    ['label,a,b\n1,1,2\n', '2 pixel values'],
    ['label,a,b,c,d\n,1,2,3,4\n', 'row 2: the label is empty'],
    ['label,a,b,c,d\n1,1,2,3,4\n1,1,2,3,4\n', 'one class only'],
  ])('refuses %j', async (content, text) => {
    await expect(csv.read(write('bad.csv', content), {})).rejects.toMatchObject(message(text));
  });
});
