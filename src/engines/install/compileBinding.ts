import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindingPatches, bindingSource } from './bindingSource.js';
import { fullDiskError, installError, otherEngines } from './installError.js';
import { kernelsSource } from './kernelsSource.js';
import { environmentAddonSource } from './nativeSources.js';
import { findNodeHeaders } from './nodeHeaders.js';
import { libraryNames } from './obtainLibraries.js';
import { nodeApiVersion } from './pins.js';
import { runCommand } from './runCommand.js';

/** The C++ compiler's command and what it calls itself. @throws NasDistillError ENGINE_INSTALL if there is none */
export async function findCompiler(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ command: string; version: string }> {
  const candidates = environment.CXX ? [environment.CXX] : ['g++', 'c++', 'clang++'];
  for (const command of candidates) {
    const { code, stdout } = await runCommand(command, ['--version']);
    if (code === 0) return { command, version: stdout.split('\n')[0] };
  }
  throw installError(
    `no C++ compiler is here (looked for ${candidates.join(', ')})`,
    'Install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install) or set CXX.',
  );
}

/**
 * Compiles tfjs-node's binding against TensorFlow's C API, our own operators, and the small addon beside them. The binding looks for the libraries
 * in `rpath`: a path, absolute or from the binding's own folder.
 * @throws NasDistillError ENGINE_INSTALL with the compiler's first error
 */
export async function compileBinding(options: {
  compiler: string;
  /** tfjs-node-gpu's `binding` folder. */
  sources: string;
  tensorflow: string;
  rpath: string;
  /** Folder for what is compiled; it exists. */
  target: string;
  platform: string;
}): Promise<{ binding: string; environment: string; kernels: string }> {
  const { compiler, sources, tensorflow, rpath, target, platform } = options;
  const common = ['-O2', '-std=c++17', '-fPIC', `-DNAPI_VERSION=${nodeApiVersion}`, `-I${findNodeHeaders()}`];
  common.push(...(platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']));
  const linked = [...libraryNames(platform).map((name) => join(tensorflow, name)), `-Wl,-rpath,${rpath}`];
  const binding = join(target, 'tfjs_binding.node');
  const patched = patchSources(sources, join(target, 'source'));
  const files = readdirSync(patched).filter((name) => name.endsWith('.cc'));
  await compile(compiler, [
    ...common,
    `-I${join(tensorflow, 'include')}`,
    `-I${patched}`,
    ...files.map((name) => join(patched, name)),
    ...linked,
    '-o',
    binding,
  ]);
  const kernels = join(target, 'kernels.so');
  const kernelsFile = join(target, 'kernels.cc');
  writeFileSync(kernelsFile, kernelsSource);
  const vectorised = ['-O3', '-fno-trapping-math', '-fno-math-errno', '-ffp-contract=fast'];
  await compile(compiler, [...common, ...vectorised, kernelsFile, ...linked, '-o', kernels]);
  const environment = join(target, 'environment.node');
  const source = join(target, 'environment.cc');
  writeFileSync(source, environmentAddonSource);
  await compile(compiler, [...common, source, '-o', environment]);
  return { binding, environment, kernels };
}

/** tfjs-node's files with what is ours in them and beside them; returns their folder. */
function patchSources(sources: string, folder: string): string {
  mkdirSync(folder);
  for (const name of readdirSync(sources)) {
    let text = readFileSync(join(sources, name), 'utf8');
    for (const { from, to } of bindingPatches[name] ?? []) {
      if (!text.includes(from))
        throw installError(`tfjs-node's ${name} is not the file that is expected`, otherEngines);
      text = text.replace(from, to);
    }
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'steps.cc'), bindingSource);
  return folder;
}

async function compile(compiler: string, words: readonly string[]): Promise<void> {
  const { code, signal, stderr } = await runCommand(compiler, words);
  const output = words[words.length - 1];
  if (code === 0 && existsSync(output)) return;
  const first = stderr.split('\n').find((line) => /error/i.test(line)) ?? stderr.split('\n')[0];
  if (signal === 'SIGXFSZ' || /No space left|File size limit|Disk quota|File too large/i.test(stderr)) {
    throw fullDiskError(
      `${compiler} cannot write what it compiles: ${first || `it ended with ${signal}`}`,
      new Error(stderr),
    );
  }
  throw installError(
    `${compiler} cannot compile the binding: ${first || `it ended with ${signal ?? code}`}`,
    'It needs a compiler for C++17 (g++ 8, clang 7 or newer); see all that it says by running the same with --verbose.',
    new Error(stderr),
  );
}
