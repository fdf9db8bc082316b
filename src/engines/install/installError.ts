import { NasDistillError } from '../../core/errors.js';
import { storageError } from '../../core/storageError.js';

export const otherEngines = 'Until then use --engine onnx or --engine wasm.';

/** An install that cannot go on: what, and the way on. */
export function installError(message: string, hint: string, cause?: unknown): NasDistillError {
  return new NasDistillError('ENGINE_INSTALL', message, { hint, ...(cause === undefined ? {} : { cause }) });
}

/** A failed write into the folder of engines; a full disk keeps its own code. */
export function installStorageError(path: string, cause: unknown): NasDistillError {
  const error = storageError(path, cause);
  if (error === cause) return error;
  return new NasDistillError(error.code, error.message, {
    hint: 'Free space there or choose another folder by NAS_DISTILL_ENGINES, then install again: a half-made engine is never used.',
    cause,
  });
}

/** A program that we ran says that the disk is full, or that it may write no larger file. */
export function fullDiskError(message: string, cause?: unknown): NasDistillError {
  return new NasDistillError('STORAGE_FULL', message, {
    hint: 'Free space, also where TMPDIR points, or lift the limit on files (ulimit -f), and install again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
