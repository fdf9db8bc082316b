import '@tensorflow/tfjs-backend-cpu';
import type { Engine } from '../../src/engines/Engine.js';
import { EagerEngine } from '../../src/engines/eager/EagerEngine.js';
import * as tf from '../../src/engines/tf.js';

/**
 * The reference of the tests: the same eager engine over tfjs's `cpu` backend. Far too slow for real work, so the
 * product never opens it, and it has no name of its own.
 */
export async function openReferenceEngine(): Promise<Engine> {
  const former = tf.getBackend();
  await tf.setBackend('cpu');
  if (former) await tf.setBackend(former);
  return new EagerEngine({ name: 'wasm', version: 'reference: tfjs cpu', threads: 1 }, 'cpu');
}
