import { expect, test } from 'vitest';
import { createRng, type Rng } from '../../src/core/rng.js';
import { leastPeak, type MemoryStep } from '../../src/costs/liveness.js';

const step = (reads: number[], size: number, more: Partial<MemoryStep> = {}): MemoryStep => ({
  reads,
  size,
  view: false,
  inPlace: false,
  workspace: 0,
  ...more,
});

/** Every order in which the steps can run, each simulated by itself with a plain list of live buffers. */
function bruteForce(inputSize: number, steps: readonly MemoryStep[], output: number): number {
  const memoryOf = (buffer: number): number =>
    buffer > 0 && steps[buffer - 1].view ? memoryOf(steps[buffer - 1].reads[0]) : buffer;
  const sizeOf = (buffer: number) => (buffer === 0 ? inputSize : steps[buffer - 1].size);
  let best = Infinity;
  const walk = (ran: readonly number[], alive: ReadonlySet<number>, peak: number): void => {
    if (peak >= best) return;
    if (ran.length === steps.length) {
      best = peak;
      return;
    }
    steps.forEach((s, i) => {
      if (ran.includes(i) || s.reads.some((read) => read > 0 && !ran.includes(read - 1))) return;
      const after = [...ran, i];
      const needed = (memory: number) =>
        memory === memoryOf(output) ||
        steps.some((other, k) => !after.includes(k) && other.reads.some((read) => memoryOf(read) === memory));
      const total = [...alive].reduce((sum, memory) => sum + sizeOf(memory), 0);
      const dying = s.reads.map(memoryOf).filter((memory) => !needed(memory));
      const over = s.inPlace && dying.some((memory) => memory !== 0 && sizeOf(memory) === s.size);
      const during = total + (s.view || over ? 0 : s.size) + s.workspace;
      const next = new Set([...alive, memoryOf(i + 1)].filter(needed));
      walk(after, next, Math.max(peak, during));
    });
  };
  walk([], new Set([0]), inputSize);
  return best;
}

function randomGraph(rng: Rng): MemoryStep[] {
  const count = 3 + rng.int(6);
  return Array.from({ length: count }, (_, i) => {
    const reads = [Math.max(0, i - rng.int(3)), ...(rng.uniform() < 0.4 ? [rng.int(i + 1)] : [])];
    const kind = rng.uniform();
    const size = rng.pick([10, 10, 20, 40]);
    return step(reads, size, {
      inPlace: kind < 0.4,
      view: kind > 0.85 && reads.length === 1,
      workspace: rng.uniform() < 0.2 ? rng.int(30) : 0,
    });
  });
}

test('property: the least peak of random graphs is that of the best of all orders', () => {
  let branching = 0;
  for (let seed = 0; seed < 400; seed++) {
    const rng = createRng(`liveness/${seed}`);
    // A view's size is its memory's.
    const steps: MemoryStep[] = [];
    for (const drawn of randomGraph(rng)) {
      const from = drawn.reads[0];
      steps.push(drawn.view ? { ...drawn, size: from === 0 ? 25 : steps[from - 1].size } : drawn);
    }
    // Everything leads to the output, as in a model.
    const unread = steps.map((_, i) => i + 1).filter((b) => !steps.some((s) => s.reads.includes(b)));
    steps.push(step(unread, 5));
    const given = bruteForce(25, steps, steps.length);
    expect(leastPeak(25, steps, steps.length), `seed ${seed}`).toBe(given);
    if (unread.length > 1) branching++;
  }
  expect(branching).toBeGreaterThan(100);
});

test('the order matters: the branch that shrinks goes first', () => {
  // Two branches from buffer 1 (100): one of 400 values in its middle that ends at 10, one that ends at 300.
  const branches = (first: 'small' | 'large'): MemoryStep[] => {
    const small = [step([1], 400), step([2], 10)];
    const large = [step([1], 300)];
    const start = step([0], 100);
    if (first === 'small') return [start, ...small, ...large, step([3, 4], 10)];
    return [start, step([1], 300), step([1], 400), step([3], 10), step([2, 4], 10)];
  };
  // 100 + 400, then 100 + 400 + 10; the other way 100 + 300 + 400 + 10.
  expect(leastPeak(50, branches('small'), 5)).toBe(510);
  expect(leastPeak(50, branches('large'), 5)).toBe(510);
});

test('the input is not overwritten, a buffer with another reader neither', () => {
  expect(leastPeak(100, [step([0], 100, { inPlace: true })], 1)).toBe(200);
  const shared = [step([0], 100), step([1], 100, { inPlace: true }), step([1, 2], 100, { inPlace: true })];
  expect(leastPeak(100, shared, 3)).toBe(200);
});

test('a region of more steps than bits keeps its order and is counted all the same', () => {
  // A skip over 40 layers: the skip, and two buffers at a time.
  const layers = Array.from({ length: 40 }, (_, i) => step([i + 1], 10));
  const steps = [step([0], 10), ...layers, step([1, 41], 10)];
  expect(leastPeak(10, steps, 42)).toBe(30);
});
