import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../src/core/rng.js';

const size = 12;

/** Writes an IDX data set of three kinds of noisy stripes (upright, level, slanting), 12x12 grey, labels in turn. */
export function writeStripes(dir: string, train = 300, test = 60): string {
  mkdirSync(dir, { recursive: true });
  for (const [name, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const rng = createRng(`stripes/${name}`);
    const head = (magic: number, ...sizes: number[]) => {
      const bytes = Buffer.alloc(4 + 4 * sizes.length);
      [magic, ...sizes].forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
      return bytes;
    };
    const images = Buffer.alloc(count * size * size);
    const labels = Buffer.alloc(count);
    for (let i = 0; i < images.length; i++) {
      const image = Math.floor(i / (size * size));
      const x = i % size;
      const y = Math.floor(i / size) % size;
      labels[image] = image % 3;
      images[i] = ([x, y, x + y][image % 3] % 4 < 2 ? 170 : 40) + rng.int(60);
    }
    writeFileSync(join(dir, `${name}-images-idx3-ubyte`), Buffer.concat([head(0x803, count, size, size), images]));
    writeFileSync(join(dir, `${name}-labels-idx1-ubyte`), Buffer.concat([head(0x801, count), labels]));
  }
  return dir;
}
