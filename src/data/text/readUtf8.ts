import { readFileSync } from 'node:fs';
import { dataError, unreadable } from '../dataError.js';

/** A file as text. @throws NasDistillError DATA if it is empty or not UTF-8, saying where */
export function readUtf8(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (bytes.length === 0) throw dataError(`${path} is empty`, 'Check that the right file was given.');
  const mark = bytes.readUIntBE(0, Math.min(2, bytes.length));
  if (mark === 0xfffe || mark === 0xfeff) throw notUtf8(path, 'it begins with the mark of UTF-16', 'UTF-16');
  if (bytes.subarray(0, 4096).includes(0)) {
    throw notUtf8(path, `byte ${bytes.indexOf(0) + 1} is 0: it is UTF-16 without a mark, or no text at all`, 'UTF-16');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const line = bytes.subarray(0, at).reduce((n, byte) => n + (byte === 10 ? 1 : 0), 1);
    const value = bytes[at].toString(16).padStart(2, '0');
    throw notUtf8(path, `line ${line} holds the byte 0x${value}, which is none`, 'WINDOWS-1252');
  }
}

function notUtf8(path: string, why: string, from: string) {
  return dataError(`${path} is not UTF-8: ${why}`, `Convert it: iconv -f ${from} -t UTF-8 (or save it as UTF-8).`);
}

/** Where the first character begins that is none: by halves, as decoding is quick and tells only whether. */
function firstInvalid(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle), true)) good = middle;
    else bad = middle;
  }
  // The bytes before may be the beginning of a character that does not go on.
  while (good > 0 && !decodes(bytes.subarray(0, good), false)) good--;
  return good;
}

/** Whether it is a UTF-8 text, or the beginning of one, whose last character may be cut off. */
function decodes(bytes: Buffer, beginning: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: beginning });
    return true;
  } catch {
    return false;
  }
}
