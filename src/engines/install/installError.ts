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
