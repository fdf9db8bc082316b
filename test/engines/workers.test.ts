import { execFileSync } from 'node:child_process';
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

it('onnx takes denormals for zero in every thread that is started after prepareThreads', () => {
  const url = (path: string) => JSON.stringify(pathToFileURL(path).href);
  // A process of its own: the first session of a process decides.
  const tiny = `
    import { parentPort } from 'node:worker_threads';
    import { openEngine } from ${url(registry)};
    import { mul } from ${url('dist/engines/tf.js')};
    const engine = await openEngine('onnx', { threads: 1 });
    const x = { shape: [2], dtype: 'float32', data: Float32Array.of(1e-30, 1) };
    const step = await engine.compile((_, feeds) => ({ outputs: { y: mul(feeds.x, 1e-10) } }), {}, { x });
    const { y } = await step.run(engine.createState({}), { x });
    parentPort.postMessage(y.data[0]);
    engine.close();`;
  const main = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { prepareThreads } from ${url(registry)};
    await prepareThreads('onnx');
    const code = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(tiny)}));
    const found = [];
    for (let i = 0; i < 3; i++) found.push((await once(new Worker(code), 'message'))[0]);
    process.stdout.write(JSON.stringify(found));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', main], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([0, 0, 0]);
});
