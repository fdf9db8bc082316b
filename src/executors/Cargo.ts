import { closeSync } from 'node:fs';
import type { HandedData } from '../distillation/TrainingConfig.js';
import { packArrays } from './sharedArrays.js';

/**
 * A study's data, ready to cross to each process that holds the workers. What lies in files is read there, by handles that
 * stay open until `close`: a process that is started again reads the same files, even if they were deleted meanwhile.
 */
export class Cargo {
  readonly packed: ReturnType<typeof packArrays>['packed'];
  readonly arrays: ReturnType<typeof packArrays>['arrays'];
  /** Of the open files, in their order. */
  readonly handles: readonly number[];
  private closed = false;

  /** @throws NasDistillError CACHE for a file that is missing or cut short */
  constructor(data: HandedData) {
    const { packed, arrays, files } = packArrays(data);
    const handles: number[] = [];
    try {
      for (const file of files) handles.push(file.open());
    } catch (error) {
      for (const handle of handles) closeSync(handle);
      throw error;
    }
    this.packed = packed;
    this.arrays = arrays;
    this.handles = handles;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const handle of this.handles) closeSync(handle);
  }
}
