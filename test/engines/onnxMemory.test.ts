import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, expect, it, vi } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { memory } from '../../src/engines/tf.js';
import { traceBackend } from '../../src/engines/onnx/trace/TraceBackend.js';
import { SpecBuilder } from '../../src/models/SpecBuilder.js';
import { randomFeeds } from '../../src/distillation/randomFeeds.js';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

afterEach(() => vi.restoreAllMocks());

/** No two of them have the same shapes. */
function candidate(width: number) {
  const b = new SpecBuilder([16, 16, 3]);
  const conv = b.conv('conv', 'input', { filters: width, kernel: 3, useBias: false });
  const x = b.activation('act', b.batchNorm('norm', conv), 'relu');
  const pool = b.node({ name: 'pool', op: 'max_pool', inputs: [x], size: 2, stride: 2, padding: 'same' });
  return b.build(b.dense('logits', b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [pool] }), 10));
}

/** Resident memory in MB after a full collection. */
function resident(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().rss / 1e6;
}

/** A hundred here; `NAS_DISTILL_CANDIDATES=1000 npm test -- test/engines/onnxMemory` is the long run. */
const candidates = Number(process.env.NAS_DISTILL_CANDIDATES ?? 100);

it(
  'many candidates in one process leave tensors, sessions and memory flat',
  { timeout: 60_000 + 3000 * candidates },
  async () => {
    // The sessions that are open: counted where they are made and released, both of them for real.
    let open = 0;
    const create: (model: Uint8Array, options: InferenceSession.SessionOptions) => Promise<InferenceSession> =
      InferenceSession.create.bind(InferenceSession);
    vi.spyOn(InferenceSession, 'create').mockImplementation(async (model: unknown, options: unknown) => {
      const session = await create(model as Uint8Array, options as InferenceSession.SessionOptions);
      const release = session.release.bind(session);
      open++;
      session.release = async () => {
        open--;
        await release();
      };
      return session;
    });
    const engine = await createOnnxEngine({ threads: 1 });
    const train = async (width: number): Promise<void> => {
      const spec = candidate(width);
      const training = createTrainingStep({
        spec,
        config: { losses: [{ loss: 'ce', weight: 1 }], labelSmoothing: 0, clipNorm: 1, optimiser: { name: 'adamw' } },
        batch: 32,
        classes: 10,
        imageShape: spec.input,
        teacher: undefined,
        rng: createRng(width),
      });
      const state = engine.createState(training.state);
      const step = await engine.compile(training.step, state.specs, training.feeds);
      const feeds = randomFeeds(training.feeds, createRng(width));
      for (let i = 0; i < 3; i++) await step.run(state, feeds);
      step.dispose();
      state.dispose();
    };
    // What is loaded, compiled by V8 and kept as spare sessions is there after the first ones.
    for (let i = 0; i < 30; i++) await train(8 + i);
    const before = { tensors: memory().numTensors, traced: traceBackend().numDataIds(), resident: resident() };
    for (let i = 30; i < 30 + candidates; i++) {
      await train(8 + (i % 97));
      if (candidates > 100 && i % 100 === 29) process.stdout.write(`${i + 1}: ${resident().toFixed(0)} MB resident\n`);
    }
    const growth = resident() - before.resident;
    expect(memory().numTensors).toBe(before.tensors);
    expect(traceBackend().numDataIds()).toBe(before.traced);
    expect(open).toBeLessThanOrEqual(4);
    // It swings by about 130 MB, as the allocator keeps and returns pages; a hundred candidates that stayed open were 1600 MB.
    expect(growth).toBeLessThan(300);
    engine.close();
    await vi.waitFor(() => expect(open).toBe(0));
  },
);
