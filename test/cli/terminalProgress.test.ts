import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { terminalProgress } from '../../src/cli/terminalProgress.js';

test('the ETA of a resumed task goes by the pace of this run', async () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 }) as unknown as NodeJS.WriteStream;
  const task = terminalProgress(stream).start('Distilling', 1000, 900);
  await new Promise((resolve) => setTimeout(resolve, 300));
  task.update(901);
  const text = String(stream.read());
  expect(text).toContain('901/1000');
  // One unit in 0.3 s, 99 to go: half a minute. By 901 units in 0.3 s it would be nothing.
  const seconds = Number(/ETA (\d+(?:\.\d+)?) s/.exec(text)?.[1]);
  expect(seconds).toBeGreaterThan(25);
  expect(seconds).toBeLessThan(60);
});
