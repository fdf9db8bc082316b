import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** What a program of a worker thread imports: worker threads run the build, which `npm test` makes first. */
export const builtUrl = (path: string) => JSON.stringify(pathToFileURL(`dist/${path}`).href);

/** What every engine must say in `stepInWorker`. */
export const stepped = [1, -2];

/** A program for a worker thread: two steps of gradient descent on a sum of squares, whose last gradient it posts. */
export function steppingProgram(engine: string): string {
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { openEngine } from ${builtUrl('engines/registry.js')};
    import * as tf from ${builtUrl('engines/tf.js')};
    const engine = await openEngine('${engine}', { threads: 1 });
    const state = engine.createState({ w: { shape: [2], dtype: 'float32', data: Float32Array.of(1, -2) } });
    const step = await engine.compile(({ w }) => {
      const [gradient] = tf.grads((v) => tf.sum(tf.square(v)))([w]);
      return { state: { w: tf.sub(w, tf.mul(gradient, 0.25)) }, outputs: { gradient } };
    }, state.specs, {});
    await step.run(state, {});
    const { gradient } = await step.run(state, {});
    engine.close();
    parentPort.postMessage([...gradient.data]);`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Runs it in a worker of its own, to the worker's end. */
export function stepInWorker(engine: string): Promise<unknown> {
  const worker = new Worker(new URL(steppingProgram(engine)));
  return new Promise((resolve, reject) => {
    let message: unknown;
    worker.once('message', (value) => (message = value));
    worker.once('error', reject);
    worker.once('exit', () => resolve(message));
  });
}
