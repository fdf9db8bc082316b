import { afterAll, beforeAll, describe, it } from 'vitest';
import { engines, openEngine } from '../../src/engines/registry.js';
import type { Pair } from './againstReference.js';
import { openReferenceEngine } from './referenceEngine.js';

const probe = await engines.native.probe();

/** Tests of engine native on one thread beside the reference; skipped, with the reason, where it is not installed. */
export function nativeBesideReference(title: string, tests: (pair: () => Pair) => void): void {
  if (!probe.available) return void it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);
  describe(title, () => {
    let pair: Pair | undefined;
    beforeAll(async () => {
      pair = { engine: await openEngine('native', { threads: 1 }), reference: await openReferenceEngine() };
    });
    afterAll(() => pair?.engine.close());
    tests(() => {
      if (pair === undefined) throw new Error('the engines are open while tests run');
      return pair;
    });
  });
}
