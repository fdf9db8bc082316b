import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { synthetic } from './synthetic.js';

// A worker in plain JavaScript: it sums what it got, then writes one pixel, which the sender must see.
const source = `
const { parentPort } = require('node:worker_threads');
parentPort.once('message', (data) => {
  const sum = (a) => a.reduce((x, y) => x + y, 0);
  const answer = { pixels: sum(data.images), labels: sum(data.labels), tests: data.officialTest.length, name: data.name, digest: data.digest };
  data.images[7] = 123;
  parentPort.postMessage(answer);
});`;

it('reaches a worker thread whole and without being copied', async () => {
  const data = synthetic([40, 60], { shape: [8, 8, 3], tests: 10 });
  data.images[7] = 5;
  const sum = (values: Uint8Array | Int32Array) => [...values].reduce((a, b) => a + b, 0);
  const expected = {
    pixels: sum(data.images),
    labels: sum(data.labels),
    tests: 10,
    name: data.name,
    digest: data.digest,
  };
  const worker = new Worker(source, { eval: true });
  try {
    worker.postMessage(data);
    const [answer] = z.tuple([z.unknown()]).parse(await once(worker, 'message'));
    expect(answer).toEqual(expected);
    expect(data.images[7]).toBe(123);
  } finally {
    await worker.terminate();
  }
});
