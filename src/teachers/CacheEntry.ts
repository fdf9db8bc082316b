import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { digestOf, sha256 } from '../core/digest.js';
import { NasDistillError, messageOf } from '../core/errors.js';
import { StoredFloats } from '../core/StoredFloats.js';

const headSchema = z.object({ meta: z.record(z.string(), z.unknown()), sums: z.record(z.string(), z.string()) });

/** A directory of the cache: files of values, and meta.json, which says what decides them, and their digests. */
export class CacheEntry {
  /** Of all that decides the values. */
  readonly digest: string;
  private readonly dir: string;

  constructor(
    cacheDir: string,
    private readonly meta: object,
  ) {
    this.digest = digestOf(meta);
    this.dir = join(cacheDir, this.digest.slice(0, 32));
  }

  get exists(): boolean {
    return existsSync(join(this.dir, 'meta.json'));
  }

  /** The head last: an entry without one does not exist. @throws NasDistillError STORAGE */
  write(files: Readonly<Record<string, Float32Array>>): void {
    const bytes = Object.entries(files).map(
      ([name, { buffer, byteOffset, byteLength }]) => [name, new Uint8Array(buffer, byteOffset, byteLength)] as const,
    );
    for (const [name, content] of bytes) atomicWrite(join(this.dir, name), content);
    const sums = Object.fromEntries(bytes.map(([name, content]) => [name, sha256(content)]));
    atomicWrite(join(this.dir, 'meta.json'), `${JSON.stringify({ meta: this.meta, sums })}\n`);
  }

  /**
   * The files, each of so many values. They are there at their full length; their content is verified by whoever reads them.
   * @throws NasDistillError CACHE if the head is damaged or another's, or a file is missing or cut short
   */
  files(lengths: Readonly<Record<string, number>>): Readonly<Record<string, StoredFloats>> {
    const { meta, sums } = this.head();
    if (digestOf(meta) !== this.digest) throw this.refusal('belongs to another teacher, data set or augmentation');
    const files = Object.entries(lengths).map(([name, length]) => {
      const file = new StoredFloats(join(this.dir, name), length, sums[name] ?? 'unknown');
      file.check();
      return [name, file] as const;
    });
    return Object.fromEntries(files);
  }

  private head(): z.infer<typeof headSchema> {
    try {
      return headSchema.parse(JSON.parse(readFileSync(join(this.dir, 'meta.json'), 'utf8')));
    } catch (error) {
      throw this.refusal(`meta.json is damaged (${messageOf(error).split('\n')[0]})`, error);
    }
  }

  private refusal(what: string, cause?: unknown): NasDistillError {
    return new NasDistillError('CACHE', `teacher cache ${this.dir}: ${what}`, {
      hint: 'Delete that directory: it will be computed again.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
