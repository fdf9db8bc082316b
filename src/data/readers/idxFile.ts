import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { messageOf } from '../../core/errors.js';
import { dataError, unreadable } from '../dataError.js';

// The IDX format (MNIST's): two zero bytes, a type byte (8: unsigned bytes), the number of dimensions,
// then each dimension as a big-endian 32-bit number, then the values.

/** What the head of one IDX file says, checked against the size of the file. */
export interface IdxHeader {
  readonly file: string;
  readonly gzip: boolean;
  readonly dims: readonly number[];
  /** Bytes before the values, and bytes of values. */
  readonly headerBytes: number;
  readonly dataBytes: number;
}

/** Deflate cannot shrink by more than this factor, so a header that promises more is refused before any allocation. */
const maxDeflateRatio = 1032;

/** Reads and checks the head of a plain or gzipped IDX file of bytes. @throws NasDistillError DATA naming the file. */
export function readIdxHeader(file: string): IdxHeader {
  let start: Buffer;
  let fileBytes: number;
  try {
    const fd = openSync(file, 'r');
    try {
      fileBytes = fstatSync(fd).size;
      start = Buffer.alloc(Math.min(4096, fileBytes));
      readSync(fd, start, 0, start.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  const gzip = start.length >= 2 && start[0] === 0x1f && start[1] === 0x8b;
  if (!gzip && file.endsWith('.gz')) {
    throw dataError(`${file} is not a gzip file: it starts with ${hex(start, 2)}, expected 1f 8b`, redo);
  }
  const head = gzip ? startOfGzip(file, start, fileBytes) : start;
  if (head.length < 4) throw dataError(`${file} is cut short: expected at least 4 bytes, found ${head.length}`, redo);
  if (head[0] !== 0 || head[1] !== 0 || head[2] !== 8 || head[3] < 1 || head[3] > 4) {
    throw dataError(
      `${file} is not an IDX file of bytes: it starts with ${hex(head, 4)}, expected 00 00 08 and 1 to 4 dimensions`,
      'Give the files as their publisher ships them (images idx3-ubyte, labels idx1-ubyte).',
    );
  }
  const headerBytes = 4 + 4 * head[3];
  if (head.length < headerBytes) {
    throw dataError(`${file} is cut short: expected a head of ${headerBytes} bytes, found ${head.length}`, redo);
  }
  const dims = Array.from({ length: head[3] }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const dataBytes = dims.reduce((product, n) => product * n, 1);
  const header = { file, gzip, dims, headerBytes, dataBytes };
  if (gzip ? headerBytes + dataBytes > fileBytes * maxDeflateRatio : headerBytes + dataBytes !== fileBytes) {
    throw wrongLength(header, fileBytes, gzip ? ' compressed' : '');
  }
  return header;
}

/** Reads the values of a file whose head was read into `target` (dataBytes long). @throws NasDistillError DATA. */
export async function readIdxData(header: IdxHeader, target: Uint8Array): Promise<void> {
  const { file, headerBytes, dataBytes } = header;
  if (target.length !== dataBytes) throw new RangeError(`target holds ${target.length} bytes, not ${dataBytes}`);
  const expected = headerBytes + dataBytes;
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const stream = header.gzip ? source.pipe(createGunzip({ chunkSize: 1 << 20 })) : source;
  source.on('error', (error) => stream.destroy(error));
  let found = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const skip = Math.min(chunk.length, Math.max(0, headerBytes - found));
      const at = found + skip - headerBytes;
      found += chunk.length;
      if (found > expected) throw wrongLength(header, found, ' or more');
      target.set(skip > 0 ? chunk.subarray(skip) : chunk, Math.max(0, at));
    }
  } catch (error) {
    if (!header.gzip) throw unreadable(file, error);
    if (!isZlibError(error)) throw unreadable(file, error);
    throw dataError(
      `${file} is a broken gzip file (${messageOf(error)}): expected ${expected} bytes of IDX, found ${found} good ones`,
      { hint: redo, cause: error },
    );
  } finally {
    source.destroy();
  }
  if (found !== expected) throw wrongLength(header, found, '');
}

const redo = 'Download or copy the file again.';

function wrongLength(header: IdxHeader, found: number, note: string) {
  const expected = header.headerBytes + header.dataBytes;
  const what = found < expected ? 'is cut short' : 'is too long';
  return dataError(
    `${header.file} ${what}: its head (${header.dims.join('x')}) promises ${expected} bytes, found ${found}${note}`,
    redo,
  );
}

function startOfGzip(file: string, start: Buffer, fileBytes: number): Buffer {
  try {
    // SYNC_FLUSH gives what the first bytes decompress to, without an error for the missing rest.
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw dataError(
      `${file} is a broken gzip file (${messageOf(error)}): expected IDX, found nothing readable in ${fileBytes} bytes`,
      {
        hint: redo,
        cause: error,
      },
    );
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

function hex(bytes: Buffer, n: number): string {
  return [...bytes.subarray(0, n)].map((b) => b.toString(16).padStart(2, '0')).join(' ') || 'nothing';
}
