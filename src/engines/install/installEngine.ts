import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { atomicWrite } from '../../core/atomicWrite.js';
import { NasDistillError, nodeCodeOf } from '../../core/errors.js';
import { makeDirectory } from '../../core/makeDirectory.js';
import type { Progress } from '../../core/progress.js';
import { formatBytes } from '../../core/units.js';
import { checkEngine, type CheckAnswer } from '../check/checkEngine.js';
import { lossTolerance } from '../check/trainingCheck.js';
import { compileBinding, findCompiler } from './compileBinding.js';
import { partsIn } from './findInstalled.js';
import { describeHost, thisHost, type Host } from './host.js';
import { installError, installStorageError, otherEngines } from './installError.js';
import { operatorsDigest } from './kernelsSource.js';
import { bytesOf, manifestFile, type Manifest } from './Manifest.js';
import { libraryNames, obtainLibraries, type LibrarySource } from './obtainLibraries.js';
import { glibcNeeded, nodeApiVersion, pins, tfjsNode, type EnginePins } from './pins.js';
import { sweepOnSignal } from './sweepOnSignal.js';
import { copyJavascript, obtainTfjsNode } from './tfjsNodeFiles.js';

export type InstallableEngine = 'native' | 'cuda';

export interface Installed {
  readonly folder: string;
  readonly bytes: number;
  readonly tensorflow: Manifest['tensorflow'];
  readonly compiler: string;
  readonly check: Extract<CheckAnswer, { ok: true }>;
}

const unfinished = '.unfinished-';

/**
 * Installs an engine: TensorFlow's libraries, tfjs-node's files, the binding compiled against both, and a few training steps
 * to see that it computes. All of it happens in a folder of its own that becomes the engine by one renaming at the end.
 * @throws NasDistillError ENGINE_INSTALL, STORAGE or STORAGE_FULL, each with a way on; what was installed before then stays
 */
export async function installEngine(
  name: InstallableEngine,
  source: LibrarySource,
  base: string,
  progress: Progress,
  host: Host = thisHost(),
): Promise<Installed> {
  const enginePins = pinsFor(name, host);
  const compiler = await findCompiler();
  makeBase(base);
  removeUnfinished(base);
  requireSpace(base, enginePins, source);
  const work = join(base, `${unfinished}${name}-${process.pid}`);
  const settled = sweepOnSignal(work, progress);
  try {
    mkdirSync(work);
    const manifest = await build(name, source, enginePins, compiler, work, host, progress);
    const check = await requireTraining(name, manifest, work, progress);
    const version = check.version.replace(/^TensorFlow /, '');
    const complete = { ...manifest, tensorflow: { ...manifest.tensorflow, version } };
    atomicWrite(join(work, manifestFile), `${JSON.stringify(complete, undefined, 2)}\n`);
    const folder = join(base, name);
    takePlace(work, folder);
    return { folder, bytes: bytesOf(complete), tensorflow: complete.tensorflow, compiler: compiler.version, check };
  } catch (error) {
    if (nodeCodeOf(error) !== undefined && !(error instanceof NasDistillError)) throw installStorageError(work, error);
    throw error;
  } finally {
    settled();
    rmSync(work, { recursive: true, force: true });
  }
}

/** What is pinned for this machine. @throws NasDistillError ENGINE_INSTALL if nothing is, or this Node or libc is too old */
export function pinsFor(name: InstallableEngine, host: Host): EnginePins {
  const found = pins[name][`${host.platform}-${host.arch}`];
  const known = Object.keys(pins[name]).join(', ').replaceAll('-', ' ');
  if (found === undefined) {
    throw installError(`engine ${name} cannot be installed on ${describeHost(host)}, only on ${known}`, otherEngines);
  }
  if (host.nodeApi < nodeApiVersion) {
    throw installError(
      `engine ${name} needs Node-API ${nodeApiVersion}, this Node (${host.node}) has ${host.nodeApi}`,
      'Use Node 20.9 or newer.',
    );
  }
  if (host.platform === 'linux' && !atLeast(host.glibc, glibcNeeded)) {
    const have =
      host.glibc === undefined ? 'this system has another C library (musl?)' : `this system has ${host.glibc}`;
    throw installError(`engine ${name} needs glibc ${glibcNeeded} or newer, ${have}`, otherEngines);
  }
  return found;
}

function atLeast(version: string | undefined, needed: string): boolean {
  if (version === undefined) return false;
  const [a, b] = [version, needed].map((text) => text.split('.').map(Number));
  return a[0] !== b[0] ? a[0] > b[0] : a[1] >= b[1];
}

async function build(
  name: InstallableEngine,
  source: LibrarySource,
  enginePins: EnginePins,
  compiler: { command: string; version: string },
  work: string,
  host: Host,
  progress: Progress,
): Promise<Manifest> {
  const sources = await obtainTfjsNode(work);
  const libraries = await obtainLibraries(source, enginePins, work, host.platform, progress);
  progress.info('Compiling the binding');
  const bindingFolder = join(work, 'binding');
  mkdirSync(bindingFolder);
  const own = libraries.tensorflow.origin !== 'folder';
  const beside = host.platform === 'darwin' ? '@loader_path/../tensorflow' : '$ORIGIN/../tensorflow';
  const { binding, environment, kernels } = await compileBinding({
    compiler: compiler.command,
    sources: join(sources, 'binding'),
    tensorflow: libraries.folder,
    rpath: own ? beside : libraries.folder,
    target: bindingFolder,
    platform: host.platform,
  });
  const javascript = copyJavascript(sources, join(work, 'js'));
  rmSync(join(work, 'npm'), { recursive: true, force: true });
  const [, framework] = libraryNames(host.platform).map((file) => join(libraries.folder, file));
  const outside = own ? [] : libraryNames(host.platform).map((file) => join(libraries.folder, file));
  const { arch, platform, node } = host;
  return {
    format: 1,
    engine: name,
    installed: new Date().toISOString(),
    platform,
    arch,
    nodeApi: nodeApiVersion,
    node,
    compiler: compiler.version,
    tfjsNode: tfjsNode.version,
    operators: operatorsDigest,
    tensorflow: libraries.tensorflow,
    parts: {
      binding: relative(work, binding),
      environment: relative(work, environment),
      kernels: relative(work, kernels),
      library: own ? relative(work, framework) : framework,
      javascript: relative(work, javascript),
    },
    files: await listFiles(work, outside),
  };
}

/** A training step in a process of its own: a binding that crashes must not take the installer with it. */
async function requireTraining(
  name: InstallableEngine,
  manifest: Manifest,
  work: string,
  progress: Progress,
): Promise<Extract<CheckAnswer, { ok: true }>> {
  progress.info('Checking it with training steps');
  const answer = await checkEngine(name, { threads: 1, parts: partsIn(work, manifest) });
  if (!answer.ok) {
    throw installError(
      `the compiled binding does not train: ${answer.message}`,
      'Nothing was installed. Compiler and TensorFlow may not fit each other: try another compiler by CXX, or no --tensorflow.',
    );
  }
  if (answer.error > lossTolerance) {
    throw installError(
      `the compiled binding computes wrong losses: ${answer.losses.map((loss) => loss?.toFixed(4) ?? 'NaN').join(', ')}`,
      `Nothing was installed. ${otherEngines}`,
    );
  }
  return answer;
}

async function listFiles(work: string, outside: readonly string[]): Promise<Manifest['files']> {
  const inside = readdirSync(work, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files: Manifest['files'] = [];
  for (const file of [...inside, ...outside].sort()) {
    const path = outside.includes(file) ? file : relative(work, file);
    files.push({ path, bytes: statSync(file).size, sha256: await sha256OfFile(file) });
  }
  return files;
}

/** Files of an installed engine whose bytes are not the installed ones. */
export async function changedFiles(manifest: Manifest, folder: string): Promise<string[]> {
  const changed: string[] = [];
  for (const { path, sha256 } of manifest.files) {
    const file = isAbsolute(path) ? path : resolve(folder, path);
    if (!existsSync(file) || (await sha256OfFile(file)) !== sha256) changed.push(file);
  }
  return changed;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function makeBase(base: string): void {
  try {
    makeDirectory(base);
    const probe = join(base, `${unfinished}probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw installStorageError(base, error instanceof NasDistillError ? error.cause : error);
  }
}

/** What installs that were killed left behind. One whose process lives is left alone. */
function removeUnfinished(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^\.(?:unfinished|former)-.*-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid))))
      rmSync(join(base, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return nodeCodeOf(error) === 'EPERM';
  }
}

function requireSpace(base: string, { installedBytes, wheels }: EnginePins, source: LibrarySource): void {
  if (source.tensorflow !== undefined) return;
  const { bavail, bsize } = statfsSync(base);
  const needed = installedBytes + wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  if (bavail * bsize >= needed) return;
  throw new NasDistillError(
    'STORAGE_FULL',
    `installing takes ${formatBytes(needed)} for a while, ${base} has ${formatBytes(bavail * bsize)} free`,
    {
      hint: 'Free space, choose another folder by NAS_DISTILL_ENGINES, or use an installed TensorFlow by --tensorflow DIR.',
    },
  );
}

/** The new folder takes the place of the former one, which goes only then. */
function takePlace(work: string, folder: string): void {
  const former = join(folder, '..', `.former-${relative(join(folder, '..'), folder)}-${process.pid}`);
  const had = existsSync(folder);
  if (had) renameSync(folder, former);
  renameSync(work, folder);
  if (had) rmSync(former, { recursive: true, force: true });
}

/** Removes an installed engine; returns the bytes it took, or undefined if there was none. */
export function removeEngine(name: InstallableEngine, base: string): number | undefined {
  const folder = join(base, name);
  if (!existsSync(folder)) return undefined;
  const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  // Renamed first: a removal that is interrupted leaves no half of an engine under its name.
  const leaving = join(base, `.former-${name}-${process.pid}`);
  try {
    renameSync(folder, leaving);
    rmSync(leaving, { recursive: true });
  } catch (error) {
    throw installStorageError(folder, error);
  }
  return bytes;
}
