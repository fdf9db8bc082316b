import { NasDistillError } from '../core/errors.js';
import { getBackend, setBackend } from './tf.js';

/**
 * Runs synchronous tensor code with `name` as tfjs's active backend, and puts the former one back, so that several
 * engines can live in one thread. The backend must have been initialised: then tfjs switches before it returns.
 */
export function withBackend<T>(name: string, code: () => T): T {
  const former = getBackend();
  if (former === name) return code();
  activate(name);
  try {
    return code();
  } finally {
    if (former) activate(former);
  }
}

function activate(name: string): void {
  // The promise only tells what is checked right here; it cannot reject once the backend is initialised.
  void setBackend(name);
  if (getBackend() !== name) {
    throw new NasDistillError('ENGINE_FAILED', `the tensor backend '${name}' could not be made active`);
  }
}
