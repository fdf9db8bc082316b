import { NasDistillError, messageOf } from '../../core/errors.js';
import type { EngineName } from '../Engine.js';

/** What tfjs or a backend of it threw, as an engine's error: ENGINE_UNSUPPORTED for what the backend lacks, else ENGINE_FAILED. */
export function toEngineError(engine: EngineName, error: unknown): NasDistillError {
  if (error instanceof NasDistillError) return error;
  const message = messageOf(error).split('\n')[0];
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  if (kernel) {
    return new NasDistillError('ENGINE_UNSUPPORTED', `engine ${engine} has no operator ${kernel}`, {
      hint: 'Choose another engine with --engine, or a model without this operator.',
      cause: error,
    });
  }
  if (/not (yet )?support/.test(message)) {
    return new NasDistillError('ENGINE_UNSUPPORTED', `engine ${engine}: ${message}`, { cause: error });
  }
  return new NasDistillError('ENGINE_FAILED', `engine ${engine}: ${message}`, { cause: error });
}
