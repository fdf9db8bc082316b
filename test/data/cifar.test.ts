import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import { cifar } from '../../src/data/readers/cifar.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();

/** A record as the publisher's page describes it: labels, then the red, green and blue plane. */
function record(labels: number[], seed: number): { bytes: Buffer; at: (y: number, x: number) => number[] } {
  const value = (c: number, y: number, x: number) => (seed + 85 * c + 3 * y + 5 * x) % 256;
  const planes = [0, 1, 2].flatMap((c) => Array.from({ length: 1024 }, (_, i) => value(c, Math.floor(i / 32), i % 32)));
  return { bytes: Buffer.from([...labels, ...planes]), at: (y, x) => [0, 1, 2].map((c) => value(c, y, x)) };
}

describe('cifar', () => {
  it('reads CIFAR-10 with its test batch and names', async () => {
    const [a, b, c] = [record([3], 1), record([9], 77), record([0], 200)];
    write('ten/data_batch_1.bin', a.bytes);
    write('ten/data_batch_2.bin', b.bytes);
    write('ten/test_batch.bin', c.bytes);
    const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    write('ten/batches.meta.txt', names.join('\n') + '\n\n');
    const data = await openDataset(join(root, 'ten'), { dataDir: root });
    expect(data.shape).toEqual([32, 32, 3]);
    expect(data.classes).toEqual(names);
    expect([...data.labels]).toEqual([3, 9, 0]);
    expect([...data.officialTest]).toEqual([2]);
    for (const [n, image] of [a, b, c].entries()) {
      for (const [y, x] of [
        [0, 0],
        [0, 31],
        [17, 4],
        [31, 31],
      ] as const) {
        const from = ((n * 32 + y) * 32 + x) * 3;
        expect([...data.images.subarray(from, from + 3)]).toEqual(image.at(y, x));
      }
    }
  });

  it('reads the fine or coarse labels of CIFAR-100', async () => {
    write('hundred/train.bin', Buffer.concat([record([19, 99], 0).bytes, record([4, 0], 5).bytes]));
    const fine = await cifar.read(join(root, 'hundred'), {});
    expect([fine.classes.length, ...fine.labels]).toEqual([100, 99, 0]);
    const coarse = await cifar.read(join(root, 'hundred'), { coarse: true });
    expect([coarse.classes.length, ...coarse.labels]).toEqual([20, 19, 4]);
    expect(coarse.images[0]).toBe(0);
  });

  it('names a file that is cut short, and one with a label that does not exist', async () => {
    const cut = write('cut/data_batch_1.bin', record([3], 1).bytes.subarray(0, 3000));
    await expect(cifar.read(join(root, 'cut'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`${cut} has 3000 bytes`) as string,
    });
    const bad = write('bad/data_batch_1.bin', record([10], 1).bytes);
    await expect(cifar.read(join(root, 'bad'), {})).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`${bad}: image 0 has label 10`) as string,
    });
  });
});
