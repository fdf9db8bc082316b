import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { atomicWrite } from './atomicWrite.js';
import { sha256 } from './digest.js';
import { NasDistillError } from './errors.js';

/** Writes a line of JSON and the bytes behind it, whose digest stands in the line. @throws NasDistillError STORAGE */
export function writeDigestedFile(file: string, head: object, body: Uint8Array): void {
  const line = JSON.stringify({ format: 1, digest: sha256(body), ...head });
  atomicWrite(file, Buffer.concat([Buffer.from(`${line}\n`), body]));
}

/**
 * Reads what `writeDigestedFile` wrote.
 * @param refusal.what names the file's kind in errors
 * @returns the head, and the bytes in memory of their own, so that any kind of number may begin where they do
 * @throws NasDistillError STORAGE where the file is missing or is not what was written
 */
export function readDigestedFile<S extends z.ZodType<{ digest: string }>>(
  file: string,
  schema: S,
  refusal: { what: string; hint: string },
): { head: z.infer<S>; body: Uint8Array<ArrayBuffer> } {
  const refuse = (what: string, cause?: unknown) =>
    new NasDistillError('STORAGE', `${refusal.what} ${file}: ${what}`, {
      hint: refusal.hint,
      ...(cause === undefined ? {} : { cause }),
    });
  if (!existsSync(file)) throw refuse('the file is missing');
  const bytes = readFileSync(file);
  const end = bytes.indexOf('\n');
  let head: z.infer<S>;
  try {
    head = schema.parse(JSON.parse(bytes.subarray(0, Math.max(0, end)).toString('utf8')));
  } catch (error) {
    throw refuse('its head is damaged', error);
  }
  const body = new Uint8Array(bytes.subarray(end + 1));
  if (sha256(body) !== head.digest) throw refuse('it is damaged or was cut short');
  return { head, body };
}
