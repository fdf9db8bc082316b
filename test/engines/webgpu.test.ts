import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter } from 'node:path';
import { describe, expect, it } from 'vitest';
import { engines, openEngine } from '../../src/engines/registry.js';

// Chromium brings a Vulkan driver that computes on the CPU, with a loader beside it: slow, but a real WebGPU device.
const folder = '/usr/lib/chromium';
const driver = `${folder}/vk_swiftshader_icd.json`;
const found = existsSync(driver) && existsSync(`${folder}/libvulkan.so.1`);
const environment = {
  ...process.env,
  // Read by the dynamic linker when a process starts, so that all of it happens in processes of their own.
  LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
  XDG_RUNTIME_DIR: tmpdir(),
  VK_ICD_FILENAMES: driver,
};
const run = (words: readonly string[]) =>
  spawnSync(process.execPath, words, { env: environment, encoding: 'utf8', timeout: 280_000 });

if (!found) it.skip(`engine webgpu over a software driver: ${driver} or a Vulkan loader beside it is not here`);

describe.runIf(found)('engine webgpu over a software Vulkan driver', () => {
  it('passes the whole contract suite', { timeout: 300_000 }, () => {
    const vitest = 'node_modules/vitest/vitest.mjs';
    const { stdout } = run([vitest, 'run', 'test/engines/contract.test.ts', '-t', 'engine webgpu', '--reporter=json']);
    const report = JSON.parse(stdout.slice(stdout.indexOf('{"numTotal'))) as Record<string, number>;
    expect(report.numFailedTests).toBe(0);
    expect(report.numPassedTests).toBeGreaterThan(150);
  });

  it('trains as the reference does, under the name onnx:webgpu too', { timeout: 120_000 }, () => {
    const { stdout, status } = run(['bin/nas-distill.mjs', 'engine', 'doctor', 'onnx:webgpu', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, engines: [{ engine: 'webgpu', here: true, problems: [] }] });
  });
});

describe('execution providers that are not here', () => {
  it('one of another platform says where it is to be had', async () => {
    const name = process.platform === 'darwin' ? 'onnx:directml' : 'onnx:coreml';
    const where = process.platform === 'darwin' ? 'win32' : 'darwin';
    await expect(openEngine(name, { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      exitCode: 4,
      message: expect.stringMatching(new RegExp(`^engine ${name}: onnxruntime has its provider .* on ${where} only`)),
      hint: expect.stringContaining('Until then use --engine onnx'),
    });
  });

  it('one whose libraries are missing never computes on the CPU in its stead', async (context) => {
    const probe = await engines['onnx:cuda'].probe();
    if (probe.available || process.platform !== 'linux')
      return context.skip('onnxruntime has CUDA here, or can never have');
    await expect(openEngine('onnx:cuda', { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      message: expect.stringMatching(/^engine onnx:cuda: .*Failed to load shared library/),
      hint: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=cuda12'),
    });
  });
});
