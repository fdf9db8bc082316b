import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineNames } from '../../src/engines/Engine.js';
import { enginesFolderVariable } from '../../src/engines/install/enginesFolder.js';
import { chooseEngine, openEngine, probeEngines } from '../../src/engines/registry.js';

describe('the registry of engines', () => {
  // A folder without engines, whatever is installed on this machine.
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-'));
  const former = process.env[enginesFolderVariable];
  beforeAll(() => void (process.env[enginesFolderVariable] = folder));
  afterAll(() => {
    if (former === undefined) Reflect.deleteProperty(process.env, enginesFolderVariable);
    else process.env[enginesFolderVariable] = former;
    rmSync(folder, { recursive: true });
  });

  it('reports every engine: a version, or what is missing and the command to get it', async () => {
    const reports = await probeEngines();
    expect(reports.map(({ name }) => name)).toEqual(engineNames);
    for (const report of reports) {
      if (report.available) expect(report.version).toMatch(/\d+\.\d+/);
      else expect([report.reason, report.install]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    }
    const here = reports.filter(({ available }) => available).map(({ name }) => name);
    expect(here.filter((name) => ['onnx', 'wasm', 'native', 'cuda'].includes(name))).toEqual(['onnx', 'wasm']);
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

  it.each(['native', 'cuda'])('%s never opens another engine in its place', async (name) => {
    await expect(openEngine(name, { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      exitCode: 4,
      message: `engine ${name}: not installed (no manifest in ${join(folder, name)})`,
      hint: expect.stringContaining(`nas-distill engine install ${name}`),
    });
  });

  it('a folder without its manifest is a half-finished install, and is not opened', async () => {
    mkdirSync(join(folder, 'native', 'binding'), { recursive: true });
    writeFileSync(join(folder, 'native', 'binding', 'tfjs_binding.node'), '');
    await expect(openEngine('native', { threads: 1 })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      message: expect.stringContaining('an install without its manifest is not used'),
    });
  });
});
