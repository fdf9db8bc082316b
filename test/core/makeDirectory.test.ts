import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/core/makeDirectory.js';

const root = mkdtempSync(join(tmpdir(), 'make-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('makeDirectory', () => {
  it('makes all that is missing, and again does nothing', () => {
    const path = join(root, 'a', 'b', 'c');
    makeDirectory(path);
    makeDirectory(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('goes through a link to a directory', () => {
    symlinkSync(join(root, 'a'), join(root, 'link'));
    makeDirectory(join(root, 'link', 'd'));
    expect(statSync(join(root, 'a', 'd')).isDirectory()).toBe(true);
  });

  it('says which part of the path is a file', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => {
      makeDirectory(join(root, 'file', 'below'));
    }).toThrow(/file: a part of the path is a file, not a directory \(ENOTDIR\)/);
  });

  // In a process of its own: what is tested is that it returns at all. It runs the build, as node reads no TypeScript.
  it.runIf(existsSync('/proc/self'))('returns below /proc, where nothing can be made', () => {
    const module = fileURLToPath(new URL('../../dist/core/makeDirectory.js', import.meta.url));
    const code = `import(${JSON.stringify(module)}).then((m) => m.makeDirectory('/proc/nas/distill')).catch((e) => console.log(e.code, e.message))`;
    const { stdout, signal } = spawnSync(process.execPath, ['-e', code], {
      encoding: 'utf8',
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    expect(signal).toBeNull();
    expect(stdout).toMatch(/^STORAGE cannot write \/proc\/nas: .*ENOENT/);
  });
});
