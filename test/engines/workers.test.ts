import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { builtUrl, stepInWorker, stepped } from './stepInWorker.js';

it.each(['onnx', 'wasm'])('%s runs in two worker threads at once', async (engine) => {
  if (!existsSync('dist/engines/registry.js')) throw new Error('build first: npm run build');
  expect(await Promise.all([stepInWorker(engine), stepInWorker(engine)])).toEqual([stepped, stepped]);
});

it('onnx takes denormals for zero in every thread that is started after prepareThreads', () => {
  // A process of its own: the first session of a process decides.
  const tiny = `
    import { parentPort } from 'node:worker_threads';
    import { openEngine } from ${builtUrl('engines/registry.js')};
    import { mul } from ${builtUrl('engines/tf.js')};
    const engine = await openEngine('onnx', { threads: 1 });
    const x = { shape: [2], dtype: 'float32', data: Float32Array.of(1e-30, 1) };
    const step = await engine.compile((_, feeds) => ({ outputs: { y: mul(feeds.x, 1e-10) } }), {}, { x });
    const { y } = await step.run(engine.createState({}), { x });
    parentPort.postMessage(y.data[0]);
    engine.close();`;
  const main = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { prepareThreads } from ${builtUrl('engines/registry.js')};
    await prepareThreads('onnx');
    const code = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(tiny)}));
    const found = [];
    for (let i = 0; i < 3; i++) found.push((await once(new Worker(code), 'message'))[0]);
    process.stdout.write(JSON.stringify(found));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', main], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([0, 0, 0]);
});
