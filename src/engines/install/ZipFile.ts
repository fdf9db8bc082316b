import { createWriteStream, openSync, readSync, closeSync, createReadStream, fstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly method: number;
  readonly packedBytes: number;
  /** Of the entry's local header. */
  readonly offset: number;
}

/**
 * Reads a wheel: a zip archive of stored and deflated files without encryption, below 4 GiB (APPNOTE 6.3.9, sections 4.3.7,
 * 4.3.12 and 4.3.16). Its bytes were checked by their digest before, so that sizes are believed.
 */
export class ZipFile {
  readonly entries: readonly ZipEntry[];

  /** @throws Error if it is no zip archive, or one of a kind that is not read here */
  constructor(private readonly path: string) {
    const file = openSync(path, 'r');
    try {
      this.entries = readDirectory(path, file);
    } finally {
      closeSync(file);
    }
  }

  /** Writes one entry to a new file, and the folders above it. @throws Error, also for a size that is not the listed one */
  async extract(entry: ZipEntry, target: string): Promise<void> {
    const header = readAt(this.path, entry.offset, 30);
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error(`${this.path}: no file at the place of ${entry.name}`);
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    mkdirSync(dirname(target), { recursive: true });
    const output = createWriteStream(target, { flags: 'wx' });
    const packed =
      entry.packedBytes === 0
        ? new PassThrough().end()
        : createReadStream(this.path, { start, end: start + entry.packedBytes - 1, highWaterMark: 1 << 20 });
    await pipeline(packed, entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 20 }) : new PassThrough(), output);
    if (output.bytesWritten !== entry.bytes) {
      throw new Error(`${this.path}: ${entry.name} has ${output.bytesWritten} bytes, ${entry.bytes} are listed`);
    }
  }
}

function readAt(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    return readFrom(file, position, length);
  } finally {
    closeSync(file);
  }
}

function readFrom(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const got = readSync(file, buffer, 0, length, position);
  return buffer.subarray(0, got);
}

function readDirectory(path: string, file: number): ZipEntry[] {
  const { size } = fstatSync(file);
  const tailBytes = Math.min(size, 22 + 0xffff);
  const tail = readFrom(file, size - tailBytes, tailBytes);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error(`${path} is no zip archive`);
  const [bytes, offset] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (offset === 0xffffffff) throw new Error(`${path}: zip archives above 4 GiB are not read here`);
  const directory = readFrom(file, offset, bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length;) {
    if (directory.readUInt32LE(at) !== 0x02014b50) throw new Error(`${path}: its directory is damaged`);
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const method = directory.readUInt16LE(at + 10);
    if (method !== 0 && method !== 8) throw new Error(`${path}: ${name} is packed by method ${method}`);
    entries.push({
      name,
      method,
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}
