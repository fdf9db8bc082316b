import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { atomicWrite } from '../../core/atomicWrite.js';
import type { TimedSetting } from './WorkerSetting.js';

const entrySchema = z.object({
  key: z.string(),
  timed: z
    .array(
      z.object({
        workers: z.number().int().positive(),
        threads: z.number().int().positive(),
        stepsPerSecond: z.number().positive(),
      }),
    )
    .min(1),
});
const fileSchema = z.object({ format: z.literal(1), entries: z.array(entrySchema) });

/** The newest are kept. */
const most = 50;

/** What settings of workers were measured on which machine for which step, in one file; the key stands for all that counts. */
export class SettingMemory {
  constructor(private readonly file: string) {}

  get(key: string): readonly TimedSetting[] | undefined {
    return this.entries().find((entry) => entry.key === key)?.timed;
  }

  /** @throws NasDistillError STORAGE */
  put(key: string, timed: readonly TimedSetting[]): void {
    const others = this.entries().filter((entry) => entry.key !== key);
    const entries = [...others, { key, timed }].slice(-most);
    atomicWrite(this.file, `${JSON.stringify({ format: 1, entries }, null, 1)}\n`);
  }

  /** None where the file cannot be read: it is measured, and written, again. */
  private entries(): readonly z.infer<typeof entrySchema>[] {
    if (!existsSync(this.file)) return [];
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))).entries;
    } catch {
      return [];
    }
  }
}
