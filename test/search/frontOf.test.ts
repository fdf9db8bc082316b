import { describe, expect, it } from 'vitest';
import { dominates } from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';
import { frontOf } from '../../src/search/frontOf.js';
import { openStore } from '../../src/store/openStore.js';
import { newTrial } from '../store/fixtures.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the front', () => {
  it('is the students that no other beats, cheapest first, without baselines and failures', () => {
    const dir = mkdtempSync(join(tmpdir(), 'front-'));
    const store = openStore(join(dir, 'nas-distill.db'));
    store.createStudy({ name: 's', settings: {}, facts: {} });
    const rng = createRng('front');
    for (let i = 1; i <= 60; i++) {
      const costs = { bytes: 100 + rng.int(20), params: 1, macs: 1, memory: 1 };
      store.createTrial('s', newTrial(`a${i}`, { costs, ...(i % 10 === 0 ? { origin: 'baseline' as const } : {}) }));
      store.start('s', i, 0);
      const metrics = { accuracy: rng.int(20) / 20 };
      store.finish('s', i, i % 7 === 0 ? { state: 'FAILED', metrics, reason: 'test' } : { state: 'COMPLETE', metrics });
    }
    const trials = store.trials('s');
    store.close();
    rmSync(dir, { recursive: true });
    const students = trials.filter((t) => t.state === 'COMPLETE' && t.origin === 'search');
    const beaten = students.filter((a) =>
      students.some(
        (b) =>
          b.costs.bytes <= a.costs.bytes &&
          b.metrics.accuracy >= a.metrics.accuracy &&
          (b.costs.bytes < a.costs.bytes || b.metrics.accuracy > a.metrics.accuracy),
      ),
    );
    const point = (t: (typeof trials)[number]) => `${t.costs.bytes} ${t.metrics.accuracy}`;
    const unbeaten = new Set(students.filter((t) => !beaten.includes(t)).map(point));
    const front = frontOf(trials, 'bytes');
    expect(front.length).toBeGreaterThan(1);
    // Twins (equal in both) stand on the front once.
    expect(front.map(point).sort()).toEqual([...unbeaten].sort());
    const bytes = front.map((t) => t.costs.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  });

  it('of several costs: whoever no other beats in accuracy and all of them', () => {
    const rng = createRng('three');
    const trials = Array.from({ length: 150 }, (_, i) => ({
      number: i + 1,
      state: 'COMPLETE' as const,
      origin: 'search' as const,
      costs: { bytes: rng.int(12), params: 1, macs: 1, memory: 1, 'latency:phone': rng.int(12) },
      metrics: { accuracy: rng.int(12) / 12 },
      repeats: [],
    })) as unknown as Parameters<typeof frontOf>[0];
    const point = ({ costs, metrics }: (typeof trials)[number]) => [
      costs.bytes,
      costs['latency:phone'],
      -metrics.accuracy,
    ];
    const unbeaten = trials.filter((a) => trials.every((b) => !dominates(point(b), point(a)))).map(point);
    const front = frontOf(trials, ['bytes', 'latency:phone']).map(point);
    expect(new Set(front.map(String))).toEqual(new Set(unbeaten.map(String)));
    expect(front.length).toBe(new Set(unbeaten.map(String)).size);
    expect(front.length).toBeGreaterThan(frontOf(trials, 'bytes').length);
  });
});
