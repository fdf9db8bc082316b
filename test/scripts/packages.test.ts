import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = join(root, 'scripts', 'packages.mjs');
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});
const lockfile = z.object({
  packages: z.record(z.string(), z.looseObject({ hasInstallScript: z.boolean().optional() })),
});

/** What an expression over the functions of scripts/packages.mjs gives, in a Node of its own. */
function ask(expression: string): unknown {
  const script = `const p = await import(${JSON.stringify(packages)}); console.log(JSON.stringify(${expression}) ?? 'null')`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return JSON.parse(done.stdout);
}

describe('what setup finds installed', () => {
  let folder: string;
  const isInstalled = () => ask(`p.isInstalled(${JSON.stringify(folder)})`);
  const lock = (path: string, entries: Record<string, unknown>) =>
    writeFileSync(join(folder, path), JSON.stringify({ packages: entries }));
  const wanted = {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b-win': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nas-distill-'));
    mkdirSync(join(folder, 'node_modules'));
    lock('package-lock.json', wanted);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is nothing without the lockfile that npm leaves after a complete install', () => {
    expect(isInstalled()).toBe(false);
  });

  it('is all, though packages for other platforms are absent', () => {
    lock('node_modules/.package-lock.json', { 'node_modules/a': wanted['node_modules/a'] });
    expect(isInstalled()).toBe(true);
  });

  it.each([
    ['another version', { version: '1.0.1', integrity: 'sha512-a' }],
    ['another content', { version: '1.0.0', integrity: 'sha512-other' }],
  ])('is not all with %s', (_what, entry) => {
    lock('node_modules/.package-lock.json', { 'node_modules/a': entry });
    expect(isInstalled()).toBe(false);
  });

  it('holds here, and better-sqlite3 loads', () => {
    expect(ask(`p.isInstalled(${JSON.stringify(root)})`)).toBe(true);
    expect(ask(`p.sqliteFault(${JSON.stringify(root)})`)).toBe(null);
    expect(ask(`p.sqliteFault(${JSON.stringify(folder)})`)).toContain("Cannot find module 'better-sqlite3'");
  });
});

describe('install scripts', () => {
  const { dependencies, devDependencies, allowScripts } = manifest.parse(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  );

  it('are off, and each package that has one is decided on', () => {
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    const lock = lockfile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
    const withScript = Object.entries(lock.packages)
      // fsevents is for macOS alone and optional; its binary is in the package.
      .filter(([path, entry]) => entry.hasInstallScript === true && !path.endsWith('/fsevents'))
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScript)].sort());
    expect(Object.entries(allowScripts).filter(([, allowed]) => allowed)).toEqual([['better-sqlite3', true]]);
  });

  it('of tfjs-node-gpu concern no user of the published package, and its binding has its sources here', () => {
    expect(dependencies).not.toHaveProperty('@tensorflow/tfjs-node-gpu');
    expect(devDependencies).toHaveProperty('@tensorflow/tfjs-node-gpu');
    const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
    expect(readFileSync(join(folder, 'binding', 'tfjs_backend.cc'), 'utf8')).toContain('TFE_');
  });
});
