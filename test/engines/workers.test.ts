import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

// Worker threads run the build, which `npm test` makes first.
const registry = 'dist/engines/registry.js';

/** Squares and its gradient, summed over a few steps with state, in a worker of its own. */
function runInWorker(engine: string): Promise<unknown> {
  const url = (path: string) => JSON.stringify(pathToFileURL(path).href);
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { openEngine } from ${url(registry)};
    import * as tf from ${url('dist/engines/tf.js')};
    const engine = await openEngine('${engine}', { threads: 1 });
    const state = engine.createState({ w: { shape: [2], dtype: 'float32', data: Float32Array.of(1, -2) } });
    const step = await engine.compile(({ w }) => {
      const [gradient] = tf.grads((v) => tf.sum(tf.square(v)))([w]);
      return { state: { w: tf.sub(w, tf.mul(gradient, 0.25)) }, outputs: { gradient } };
    }, state.specs, {});
    await step.run(state, {});
    const { gradient } = await step.run(state, {});
    parentPort.postMessage([...gradient.data]);
    engine.close();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

it.each(['onnx', 'wasm'])('%s runs in two worker threads at once', async (engine) => {
  if (!existsSync(registry)) throw new Error('build first: npm run build');
  expect(await Promise.all([runInWorker(engine), runInWorker(engine)])).toEqual([[1, -2], [1, -2]]); // prettier-ignore
});
