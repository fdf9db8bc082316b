// Ends by itself only if `close` leaves no handle; prints nothing but its own line.
import { fileURLToPath } from 'node:url';
import { createPiscinaExecutor } from '../../dist/executors/createPiscinaExecutor.js';

const shared = (Type, values) => {
  const array = new Type(new SharedArrayBuffer(values.length * Type.BYTES_PER_ELEMENT));
  array.set(values);
  return array;
};
const pixels = Array.from({ length: 8 * 16 }, (_, i) => (i * 37) % 256);
const executor = await createPiscinaExecutor(
  {
    workers: 1,
    engine: 'onnx',
    threadsPerWorker: 1,
    data: {
      dataset: {
        name: 'x',
        digest: 'x',
        shape: [4, 4, 1],
        classes: ['a', 'b'],
        count: 8,
        images: shared(Uint8Array, pixels),
        labels: shared(Int32Array, [0, 1, 0, 1, 0, 1, 0, 1]),
        officialTest: new Int32Array(0),
      },
      splits: { train: Int32Array.of(0, 1, 2, 3), validation: Int32Array.of(4, 5, 6, 7), test: new Int32Array(0) },
      normalisation: { mean: [0.5], std: [0.25] },
      augmentation: { shift: 0, flip: false, views: 1, seed: 1 },
    },
  },
  fileURLToPath(new URL('mortalWorker.mjs', import.meta.url)),
);
const outcome = await executor.run(
  {
    trial: 1,
    seed: '1',
    spec: {
      input: [4, 4, 1],
      nodes: [
        { name: 'pool', op: 'global_avg_pool', inputs: ['input'] },
        { name: 'logits', op: 'dense', inputs: ['pool'], units: 2, useBias: true },
      ],
      logits: 'logits',
      taps: {},
    },
    training: {
      epochs: 1,
      batchSize: 4,
      optimiser: { name: 'sgd' },
      learningRate: 0.1,
      schedule: { name: 'constant' },
      clipNorm: null,
      labelSmoothing: 0,
      losses: [{ loss: 'ce', weight: 1 }],
    },
  },
  { onStart: () => {}, onRung: () => 'continue' },
);
await executor.close();
process.stdout.write(`${outcome.state}${outcome.reason ? ` ${outcome.reason}` : ''}\n`);
