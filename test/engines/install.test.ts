import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.js';
import { checkEngine } from '../../src/engines/check/checkEngine.js';
import { enginesFolder } from '../../src/engines/install/enginesFolder.js';
import { findInstalled } from '../../src/engines/install/findInstalled.js';
import { thisHost, type Host } from '../../src/engines/install/host.js';
import { changedFiles, installEngine, pinsFor, removeEngine } from '../../src/engines/install/installEngine.js';
import { compileBinding } from '../../src/engines/install/compileBinding.js';
import { operatorsDigest } from '../../src/engines/install/kernelsSource.js';
import { manifestFile, type Manifest } from '../../src/engines/install/Manifest.js';
import { findNodeHeaders } from '../../src/engines/install/nodeHeaders.js';
import { obtainLibraries } from '../../src/engines/install/obtainLibraries.js';
import { configuredIndex } from '../../src/engines/install/packageIndex.js';
import type { EnginePins, Wheel } from '../../src/engines/install/pins.js';
import { findPip, pipDownload } from '../../src/engines/install/pipDownload.js';
import { tinyDisk } from '../cli/tinyDisk.js';
import { zipOf } from './zipOf.js';

// What these tests need of the machine; where it lacks one of them, the tests that do are skipped by name.
const withPip = (await findPip(undefined)) === undefined ? it.skip : it;
const withCompiler = spawnSync('g++', ['--version']).status === 0 ? it : it.skip;

const root = mkdtempSync(join(tmpdir(), 'nas-distill-install-'));
const path = process.env.PATH ?? '';
const linux: Host = { platform: 'linux', arch: 'x64', node: 'v20.20.2', nodeApi: 9, glibc: '2.36' };
let folders = 0;
const fresh = (): string => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));

/** Of another process; one that ended and that nobody has asked about yet is not. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim();
  return state !== '' && !state.startsWith('Z');
}

/** Programs by name in a folder that is all of PATH. */
function onlyPrograms(...names: string[]): void {
  const folder = fresh();
  for (const name of names) {
    const found = path.split(delimiter).map((part) => join(part, name)).find((file) => existsSync(file)); // prettier-ignore
    if (found) symlinkSync(found, join(folder, name));
  }
  process.env.PATH = folder;
}

afterEach(() => void (process.env.PATH = path));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const library = Buffer.alloc(300_000, 'tensorflow');
const content = zipOf({
  'tensorflow/libtensorflow_cc.so.2': library,
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/include/tensorflow/c/eager/c_api.h': '// C API',
  'tensorflow/include/Eigen/Core': 'not needed',
  'tensorflow/python/keras.py': 'not needed',
  '../outside.h': 'never',
  'tensorflow_cpu-2.21.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n',
  'tensorflow_cpu-2.21.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n',
});
const wheel: Wheel = {
  name: 'tensorflow-cpu',
  version: '2.21.0',
  file: 'tensorflow_cpu-2.21.0-py3-none-any.whl',
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
};
const small: EnginePins = { wheels: [wheel], installedBytes: 1e6, tags: ['any'] };

describe('a package index on this machine', () => {
  let server: Server;
  let index: string;
  let served = content;
  let html = false;
  let answer: string | undefined;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === `/files/${wheel.file}`) return void response.end(served);
      if (request.url === '/moved/') return void response.writeHead(302, { location: '/simple/tensorflow-cpu/' }).end();
      if (request.url !== '/simple/tensorflow-cpu/') return void response.writeHead(404).end();
      if (html || !request.headers.accept?.includes('json')) {
        const link = `<!DOCTYPE html><a href="../../files/${wheel.file}#sha256=${wheel.sha256}">${wheel.file}</a>`;
        return void response.setHeader('content-type', 'text/html').end(link);
      }
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
      const files = [{ filename: wheel.file, url: `../../files/${wheel.file}`, hashes: { sha256: wheel.sha256 } }];
      response.end(answer ?? JSON.stringify({ meta: { 'api-version': '1.0' }, name: wheel.name, files }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  });
  afterEach(() => {
    served = content;
    html = false;
    answer = undefined;
  });
  afterAll(() => server.close());

  it.each(['JSON', 'HTML'])(
    'without Python: takes just libraries and headers out of the wheel (%s listing)',
    async (kind) => {
      html = kind === 'HTML';
      onlyPrograms();
      const work = fresh();
      const { folder, tensorflow } = await obtainLibraries({ index }, small, work, 'linux', silent);
      expect(tensorflow).toEqual({ version: '2.21.0', origin: 'index', source: 'tensorflow-cpu==2.21.0' });
      expect(readFileSync(join(folder, 'libtensorflow_cc.so.2')).equals(library)).toBe(true);
      const files = readdirSync(work, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.map((entry) => entry.name).sort()).toEqual(['c_api.h', 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']); // prettier-ignore
      expect(existsSync(join(work, '..', 'outside.h'))).toBe(false);
    },
  );

  withPip('by pip, where a Python has it', async () => {
    const folder = fresh();
    await pipDownload((await findPip(undefined)) ?? '', small, folder, index);
    expect(readFileSync(join(folder, wheel.file)).equals(content)).toBe(true);
  });

  it('refuses a wheel with changed bytes, downloaded by itself', async () => {
    served = Buffer.from(content);
    served[100] ^= 1;
    onlyPrograms();
    await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
      code: 'ENGINE_INSTALL',
      exitCode: 4,
      message: expect.stringMatching(/^tensorflow_cpu-2.21.0-py3-none-any.whl is not the pinned wheel: expected \d+ bytes with sha256 /), // prettier-ignore
      hint: expect.stringContaining('do not use it'),
    });
  });

  withPip('refuses a wheel with changed bytes, downloaded by pip', async () => {
    served = Buffer.from(content);
    served[100] ^= 1;
    await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
      code: 'ENGINE_INSTALL',
      message: 'a wheel from the package index does not have the pinned sha256 (tensorflow-cpu)',
    });
  });

  it.each(['<html>log in', '{"files": 3}'])('an answer that is no listing: %s', async (text) => {
    answer = text;
    onlyPrograms();
    await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
      code: 'ENGINE_INSTALL',
      message: expect.stringMatching(/tensorflow-cpu\/: its answer is no listing of a Python package index$/),
    });
  });

  it('says which package an index does not have', async () => {
    onlyPrograms();
    const other = { ...small, wheels: [{ ...wheel, file: 'tensorflow_cpu-9-py3-none-any.whl' }] };
    await expect(obtainLibraries({ index }, other, fresh(), 'linux', silent)).rejects.toMatchObject({
      code: 'ENGINE_INSTALL',
      message: expect.stringContaining('does not list tensorflow_cpu-9-py3-none-any.whl'),
    });
    const missing = { ...small, wheels: [{ ...wheel, name: 'tensorflow-none' }] };
    await expect(obtainLibraries({ index }, missing, fresh(), 'linux', silent)).rejects.toMatchObject({
      message: expect.stringMatching(/tensorflow-none\/: it answered 404$/),
    });
  });

  it('a disk that is full while the wheel is written or unpacked', async (context) => {
    const disk = tinyDisk(512);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      onlyPrograms();
      disk.fill(content.length / 1024 + 100);
      await expect(obtainLibraries({ index }, small, disk.path, 'linux', silent)).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        exitCode: 5,
        hint: expect.stringContaining('a half-made engine is never used'),
      });
    } finally {
      process.env.PATH = path;
      disk.unmount();
    }
  });
});

const refusing = 'http://127.0.0.1:9/simple';

withPip('no network: pip reaches no index', async () => {
  const index = refusing;
  await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
    code: 'ENGINE_INSTALL',
    message: expect.stringMatching(/^pip cannot download tensorflow-cpu 2.21.0: no connection: .*refused/),
    hint: expect.stringContaining('--index URL'),
  });
});

it('no network: the index does not answer', async () => {
  const index = refusing;
  onlyPrograms();
  await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
    code: 'ENGINE_INSTALL',
    message: expect.stringMatching(/^cannot download http:\/\/127.0.0.1:9\/simple\/tensorflow-cpu\/: .*ECONNREFUSED/),
    hint: expect.stringContaining('--tensorflow DIR'),
  });
});

it('finds the index as pip does: flag, variable, configuration file', () => {
  const file = join(fresh(), 'pip.conf');
  writeFileSync(file, '[global]\ntimeout = 5\nindex-url = http://127.0.0.1/from-file\n');
  const environment = { PIP_CONFIG_FILE: file, XDG_CONFIG_HOME: root };
  expect(configuredIndex(undefined, environment)).toBe('http://127.0.0.1/from-file');
  expect(configuredIndex(undefined, { ...environment, PIP_INDEX_URL: 'http://127.0.0.1/env' })).toBe(
    'http://127.0.0.1/env',
  );
  expect(configuredIndex('http://127.0.0.1/flag', environment)).toBe('http://127.0.0.1/flag');
});

it('without any configuration the index is the public one, as with pip', () => {
  expect(configuredIndex(undefined, { PIP_CONFIG_FILE: join(root, 'none'), XDG_CONFIG_HOME: root })).toBe(
    'https://pypi.org/simple',
  );
});

it.each(['nonsense', 'ftp://127.0.0.1/simple', 'http://'])('an index that is no address: %s', async (index) => {
  onlyPrograms();
  await expect(obtainLibraries({ index }, small, fresh(), 'linux', silent)).rejects.toMatchObject({
    code: 'ENGINE_INSTALL',
    message: `'${index}' is no address of a Python package index`,
    hint: expect.stringContaining('https://'),
  });
});

withCompiler.each(['SIGINT', 'SIGTERM'] as const)('%s leaves nothing behind', async (signal) => {
  const [given, base] = [fresh(), fresh()];
  const compiler = join(given, 'slow');
  writeFileSync(compiler, '#!/bin/sh\n[ "$1" = --version ] && echo slow && exit\necho $$ > "$0.pid"\nexec sleep 60\n', {
    mode: 0o755,
  });
  mkdirSync(join(given, 'include', 'tensorflow', 'c', 'eager'), { recursive: true });
  writeFileSync(join(given, 'include', 'tensorflow', 'c', 'eager', 'c_api.h'), '');
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) writeFileSync(join(given, name), '');
  const words = ['engine', 'install', 'native', '--tensorflow', given, '--dir', base];
  const child = spawn(process.execPath, [bin, ...words], { env: { ...process.env, CXX: compiler } });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  while (!existsSync(`${compiler}.pid`)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(readdirSync(base)).toEqual([`.unfinished-native-${child.pid}`]);
  child.kill(signal);
  expect(await ended).toBe(130);
  expect(said).toContain('nothing was installed');
  expect(readdirSync(base)).toEqual([]);
  const pid = Number(readFileSync(`${compiler}.pid`, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

describe('what the machine must have', () => {
  it.each<[Partial<Host>, RegExp]>([
    [{ platform: 'win32' }, /^engine native cannot be installed on win32 x64, only on linux x64/],
    [{ nodeApi: 7, node: 'v14.0.0' }, /^engine native needs Node-API 8, this Node \(v14.0.0\) has 7$/],
    [{ glibc: undefined }, /^engine native needs glibc 2.27 or newer, this system has another C library/],
    [{ glibc: '2.17' }, /needs glibc 2.27 or newer, this system has 2.17$/],
  ])('%j', (difference, message) => {
    expect(() => pinsFor('native', { ...linux, ...difference })).toThrowError(
      expect.objectContaining({
        code: 'ENGINE_INSTALL',
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    );
    expect(pinsFor('native', linux).wheels[0].name).toBe('tensorflow-cpu');
  });

  it('a C++ compiler', async () => {
    onlyPrograms('python3');
    const base = fresh();
    await expect(installEngine('native', {}, base, silent)).rejects.toMatchObject({
      code: 'ENGINE_INSTALL',
      exitCode: 4,
      message: 'no C++ compiler is here (looked for g++, c++, clang++)',
      hint: expect.stringContaining('apt-get install g++'),
    });
    expect(readdirSync(base)).toEqual([]);
  });

  withCompiler('disk space, before anything is downloaded', async (context) => {
    const disk = tinyDisk(256);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      await expect(installEngine('native', {}, disk.path, silent)).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        exitCode: 5,
        message: expect.stringMatching(/^installing takes 1.13 GB for a while, .* has .* free$/),
      });
    } finally {
      disk.unmount();
    }
  });

  withCompiler('a folder that may be written', async () => {
    const file = join(fresh(), 'file');
    writeFileSync(file, '');
    await expect(installEngine('native', {}, join(file, 'engines'), silent)).rejects.toMatchObject({
      code: 'STORAGE',
      hint: expect.stringContaining('NAS_DISTILL_ENGINES'),
    });
  });

  withCompiler(
    'libraries under --tensorflow that are libraries, and a compiler that gets along with them',
    async () => {
      const given = fresh();
      const base = fresh();
      await expect(installEngine('native', { tensorflow: given }, base, silent)).rejects.toMatchObject({
        code: 'ENGINE_INSTALL',
        message: expect.stringContaining('there is no libtensorflow_cc'),
        hint: expect.stringContaining('python3 -c'),
      });
      mkdirSync(join(given, 'include', 'tensorflow', 'c', 'eager'), { recursive: true });
      writeFileSync(join(given, 'include', 'tensorflow', 'c', 'eager', 'c_api.h'), '#error not the C API');
      for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
        writeFileSync(join(given, name), '');
      mkdirSync(join(base, '.unfinished-native-4194305'));
      await expect(installEngine('native', { tensorflow: given }, base, silent)).rejects.toMatchObject({
        code: 'ENGINE_INSTALL',
        message: expect.stringMatching(/^g\+\+ cannot compile the binding: .*error/),
      });
      // Neither this install nor the one of a process that is gone left anything.
      expect(readdirSync(base)).toEqual([]);
    },
  );
});

withCompiler('a disk that is full, or a limit on files, while the binding is compiled', async () => {
  const folder = fresh();
  const [sources, target, compiler] = [join(folder, 'sources'), join(folder, 'target'), join(folder, 'limited')];
  mkdirSync(sources);
  mkdirSync(target);
  writeFileSync(join(sources, 'large.cc'), 'extern "C" char values[1 << 20];\nchar values[1 << 20] = {1};\n');
  writeFileSync(compiler, '#!/bin/sh\nulimit -f 64\nexec g++ "$@"\n', { mode: 0o755 });
  const options = { compiler, sources, tensorflow: folder, rpath: folder, target, platform: 'linux' };
  await expect(compileBinding(options)).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    exitCode: 5,
    message: expect.stringContaining('cannot write what it compiles'),
    hint: expect.stringContaining('TMPDIR'),
  });
});

describe('an installed engine', () => {
  const manifest: Manifest = {
    format: 1,
    engine: 'native',
    installed: '2026-01-01T00:00:00Z',
    platform: 'linux',
    arch: 'x64',
    nodeApi: 8,
    node: 'v20.20.2',
    compiler: 'g++ 12',
    tfjsNode: '4.22.0',
    operators: operatorsDigest,
    tensorflow: { version: '2.21.0', origin: 'pip', source: 'tensorflow-cpu==2.21.0' },
    parts: {
      binding: 'binding.node',
      environment: 'environment.node',
      library: 'library.so',
      kernels: 'kernels.so',
      javascript: 'js',
    },
    files: [{ path: 'binding.node', bytes: 7, sha256: createHash('sha256').update('binding').digest('hex') }],
  };
  function installed(change: Partial<Manifest> = {}, binding = 'binding'): string {
    const base = fresh();
    mkdirSync(join(base, 'native'));
    writeFileSync(join(base, 'native', 'binding.node'), binding);
    writeFileSync(join(base, 'native', manifestFile), JSON.stringify({ ...manifest, ...change }));
    return base;
  }

  it('is found with its parts and its size', () => {
    const base = installed();
    expect(findInstalled('native', base, linux)).toMatchObject({
      ok: true,
      engine: { bytes: 7, parts: { binding: join(base, 'native', 'binding.node') } },
    });
  });

  it.each<[string, Partial<Manifest>, Partial<Host>, string, RegExp]>([
    ['another machine', {}, { arch: 'arm64' }, 'binding', /^it was installed for linux x64, this Node is linux arm64$/],
    ['an older Node', { nodeApi: 10 }, {}, 'binding', /^its binding needs Node-API 10, this Node \(v20.20.2\) has 9$/],
    ['other operators', { operators: 'before' }, {}, 'binding', /^it was installed by another version of nas-distill/],
    ['a cut file', {}, {}, 'bind', /binding.node has 4 bytes, not the 7 that were installed$/],
    ['a missing file', { files: [{ path: 'gone.so', bytes: 1, sha256: '' }] }, {}, 'binding', /gone.so is missing$/],
  ])('%s is a clear reason, never a crash', (_name, change, host, binding, reason) => {
    const found = findInstalled('native', installed(change, binding), { ...linux, ...host });
    expect(found).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('a damaged manifest', () => {
    const base = installed();
    writeFileSync(join(base, 'native', manifestFile), '{"format":');
    expect(findInstalled('native', base, linux)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('is damaged'),
    });
  });

  it('whose bytes were changed is noticed by its digests', async () => {
    const folder = join(installed({}, 'BINDING'), 'native');
    expect(await changedFiles(manifest, folder)).toEqual([join(folder, 'binding.node')]);
    writeFileSync(join(folder, 'binding.node'), 'binding');
    expect(await changedFiles(manifest, folder)).toEqual([]);
  });

  it('is removed as a whole', () => {
    const base = installed();
    expect(removeEngine('native', base)).toBeGreaterThan(7);
    expect(readdirSync(base)).toEqual([]);
    expect(removeEngine('native', base)).toBeUndefined();
  });
});

it('lies in the folder that is named, else in the cache of the user', () => {
  expect(enginesFolder({ NAS_DISTILL_ENGINES: '/x/engines' })).toBe('/x/engines');
  expect(enginesFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/nas-distill/engines');
});

withCompiler('a native library that ends its process is a reason, not the end of this one', async () => {
  const folder = fresh();
  const [source, addon] = [join(folder, 'crash.cc'), join(folder, 'crash.node')];
  writeFileSync(
    source,
    '#include <node_api.h>\n#include <stdlib.h>\nnapi_value init(napi_env, napi_value) { abort(); }\nNAPI_MODULE(x, init)\n',
  );
  const words = ['-shared', '-fPIC', `-I${findNodeHeaders()}`, source, '-o', addon];
  expect(spawnSync('g++', words, { encoding: 'utf8' }).stderr).toBe('');
  const parts = { binding: addon, environment: addon, library: addon, kernels: addon, javascript: folder };
  expect(await checkEngine('native', { threads: 1, parts })).toEqual({
    ok: false,
    code: 'ENGINE_FAILED',
    message: expect.stringMatching(/^its process ended with SIGABRT/),
  });
});

const real = findInstalled('native');
it.runIf(real.ok)(
  'installs from an installed TensorFlow, compiles and trains (only where native is installed)',
  async () => {
    if (!real.ok) return;
    const { folder } = real.engine;
    const source = real.engine.manifest.tensorflow;
    const tensorflow = source.origin === 'folder' ? source.source : join(folder, 'tensorflow');
    const base = fresh();
    const done = await installEngine('native', { tensorflow }, base, silent);
    expect(done.check.error).toBeLessThan(2e-3);
    expect(done.tensorflow).toMatchObject({ version: '2.21.0', origin: 'folder' });
    expect(findInstalled('native', base, thisHost())).toMatchObject({ ok: true });
    expect(readdirSync(base)).toEqual(['native']);
  },
  300_000,
);
