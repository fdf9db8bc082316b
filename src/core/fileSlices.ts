import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 2 ** 20;

/**
 * A part of an open file, piece by piece, so that no file is too large (Node reads 2 GB at once at most). A piece is valid until
 * the next one is asked for; fewer come where the file ends.
 */
export function* piecesOf(handle: number, offset = 0, length = Infinity): Generator<Uint8Array> {
  const chunk = Buffer.alloc(Math.min(chunkBytes, length));
  for (let done = 0; done < length;) {
    const read = readSync(handle, chunk, 0, Math.min(chunk.length, length - done), offset + done);
    if (read === 0) return;
    yield chunk.subarray(0, read);
    done += read;
  }
}

/** So many bytes of a file from an offset on, or those that are there; the rest of the file is not read. */
export function readSlice(path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  withFile(path, (handle) => {
    for (const piece of piecesOf(handle, offset, length)) {
      bytes.set(piece, at);
      at += piece.length;
    }
  });
  return bytes.subarray(0, at);
}

/** SHA-256 in hex of a file of any size. */
export function digestOfFile(path: string): string {
  const hash = createHash('sha256');
  withFile(path, (handle) => {
    for (const piece of piecesOf(handle)) hash.update(piece);
  });
  return hash.digest('hex');
}

function withFile(path: string, use: (handle: number) => void): void {
  const handle = openSync(path, 'r');
  try {
    use(handle);
  } finally {
    closeSync(handle);
  }
}
