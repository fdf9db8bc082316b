import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findNativeBinding, nativeDirVariable } from '../../src/engines/closedDoors.js';
import { engineNames } from '../../src/engines/Engine.js';
import { chooseEngine, openEngine, probeEngines } from '../../src/engines/registry.js';

describe('the registry of engines', () => {
  const folders: string[] = [];
  afterEach(() => {
    Reflect.deleteProperty(process.env, nativeDirVariable);
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it('reports every engine: a version, or what is missing and the command to get it', async () => {
    const reports = await probeEngines();
    expect(reports.map(({ name }) => name)).toEqual(engineNames);
    for (const report of reports) {
      if (report.available) expect(report.version).toMatch(/\d+\.\d+/);
      else
        expect([report.reason, report.install]).toEqual([
          expect.stringMatching(/./),
          expect.stringMatching(/npm (run )?install /),
        ]);
    }
    expect(reports.filter(({ available }) => available).map(({ name }) => name)).toEqual(['onnx', 'wasm']);
  });

  it('chooses onnx where it loads, and says why', async () => {
    expect(await chooseEngine('auto')).toEqual({ name: 'onnx', why: expect.stringContaining('onnxruntime-node 1.') });
    expect(await chooseEngine('wasm')).toEqual({ name: 'wasm', why: 'asked for by --engine' });
  });

  it('opens the engine that was named', async () => {
    const engine = await openEngine('wasm', { threads: 1 });
    expect(engine.info.name).toBe('wasm');
    engine.close();
    expect(() => engine.createState({})).toThrow('after close');
  });

  it('refuses an unknown name, listing the known ones', async () => {
    await expect(openEngine('tpu', { threads: 1 })).rejects.toMatchObject({
      code: 'USAGE',
      message: "unknown engine 'tpu'",
      hint: expect.stringContaining('auto, onnx, wasm'),
    });
  });

  it.each(['native', 'cuda', 'webgpu'])('%s never opens another engine in its place', async (name) => {
    await expect(openEngine(name, { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      exitCode: 4,
      message: expect.stringMatching(new RegExp(`^engine ${name}: .*does not run it yet$`)),
      hint: expect.stringMatching(/npm (run )?install /),
    });
  });

  it('finds a compiled binding, and still says that it is not run yet', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nas-distill-'));
    folders.push(folder);
    const binding = join(folder, 'tfjs_binding.node');
    writeFileSync(binding, '');
    process.env[nativeDirVariable] = folder;
    expect(findNativeBinding()).toBe(binding);
    await expect(openEngine('native', { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      message: expect.stringContaining(`a TensorFlow binding is present (${binding}), but`),
    });
  });
});
