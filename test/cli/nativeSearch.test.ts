import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { engines } from '../../src/engines/registry.js';
import { openStore } from '../../src/store/openStore.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const root = mkdtempSync(join(tmpdir(), 'native-search-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const probe = await engines.native.probe();
const title = 'the same candidates learn as much on native as on onnx, in two workers';
if (!probe.available) it.skip(`${title}: ${probe.reason}`);

it.runIf(probe.available)(title, { timeout: 240_000 }, async () => {
  const data = writeStripes(join(root, 'stripes'));
  const accuracies = async (engine: string) => {
    const results = join(root, engine);
    storeQuickTeacher(join(results, 'teachers'), { classes: ['0', '1', '2'] });
    const words = ['--results', results, 'search', '--data', data, '--space', 'minimal', '--no-report', '--json'];
    words.push('--budget', '2KB', '--trials', '4', '--epochs', '2', '--workers', '2', '--engine', engine);
    words.push('--sampler', 'random', '--seed', '7');
    const ended = await runProcess(words, 120_000);
    expect(ended.stderr).not.toContain('absl');
    expect({ code: ended.code, stderr: ended.code === 0 ? '' : ended.stderr }).toEqual({ code: 0, stderr: '' });
    const store = openStore(join(results, 'nas-distill.db'), { readonly: true });
    const trials = store.trials('minimal-stripes-2KB');
    store.close();
    return trials.map(({ number, costs, metrics }) => ({ number, bytes: costs.bytes, accuracy: metrics.accuracy }));
  };
  const [native, onnx] = [await accuracies('native'), await accuracies('onnx')];
  expect(native.length).toBeGreaterThanOrEqual(4);
  expect(native.map(({ bytes }) => bytes)).toEqual(onnx.map(({ bytes }) => bytes));
  // float32 sums in another order: the same but for images that lie on a border between classes.
  native.forEach(({ accuracy }, i) => expect(Math.abs(accuracy - onnx[i].accuracy), `trial ${i}`).toBeLessThan(0.05));
});
