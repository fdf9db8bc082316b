import { expect, it } from 'vitest';
import { checkEngine } from '../../src/engines/check/checkEngine.js';
import { errorOf, expectedLosses, lossTolerance, runTrainingCheck } from '../../src/engines/check/trainingCheck.js';
import { openReferenceEngine } from './referenceEngine.js';

it('the written-down losses are those of the reference, and fall', async () => {
  const { losses } = await runTrainingCheck(await openReferenceEngine());
  losses.forEach((loss, i) => expect(loss).toBeCloseTo(expectedLosses[i], 4));
  expect(losses[5]).toBeLessThan(0.9 * losses[0]);
});

it.each(['onnx', 'wasm'] as const)('%s trains in a process of its own as the reference does', async (engine) => {
  const answer = await checkEngine(engine, { threads: 1 });
  if (!answer.ok) throw new Error(answer.message);
  expect(answer.error).toBeLessThan(lossTolerance);
  expect(answer.stepMs).toBeGreaterThan(0);
});

it('losses that differ, are missing or are no numbers are not taken for good', () => {
  expect(errorOf(expectedLosses)).toBe(0);
  expect(errorOf([...expectedLosses.slice(0, 5), 2 * expectedLosses[5]])).toBeCloseTo(1);
  expect(errorOf(expectedLosses.slice(0, 5))).toBe(Infinity);
  expect(errorOf([null, ...expectedLosses.slice(1)])).toBe(Infinity);
  expect(errorOf([NaN, ...expectedLosses.slice(1)])).toBe(Infinity);
});

it('tells why an engine cannot be opened', async () => {
  const parts = {
    binding: '/none/x.node',
    environment: '/none/environment.node',
    library: '/none/x.so',
    kernels: '/none/k.so',
    javascript: '/none',
  };
  const answer = await checkEngine('native', { threads: 1, parts });
  expect(answer).toMatchObject({ ok: false, code: 'ENGINE_MISSING', message: expect.stringContaining('/none/environment.node does not load') }); // prettier-ignore
});
