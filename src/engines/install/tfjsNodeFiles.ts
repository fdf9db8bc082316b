import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackage } from '../findPackage.js';
import { installError } from './installError.js';
import { protoStandInSource, tfjsStandInSource } from './nativeSources.js';
import { tfjsNode } from './pins.js';
import { lastLine, runCommand } from './runCommand.js';

/**
 * The folder of tfjs-node-gpu's files: the package where it is installed (a clone has it), else fetched by the user's own npm
 * and checked; its install script never runs. @throws NasDistillError ENGINE_INSTALL
 */
export async function obtainTfjsNode(work: string): Promise<string> {
  const found = findPackage(tfjsNode.name);
  if (found?.version === tfjsNode.version) return found.folder;
  const spec = `${tfjsNode.name}@${tfjsNode.version}`;
  const folder = join(work, 'npm');
  mkdirSync(folder);
  const words = [
    'pack',
    spec,
    '--pack-destination',
    folder,
    '--ignore-scripts',
    '--prefer-offline',
    '--loglevel=error',
  ];
  const packed = await runCommand('npm', [...words, '--fetch-retries=1', '--fetch-retry-maxtimeout=5000']);
  const tarball = packed.code === 0 ? readdirSync(folder).find((name) => name.endsWith('.tgz')) : undefined;
  if (tarball === undefined) {
    const reason = packed.code === undefined ? 'there is no npm' : lastLine(packed.stderr) || 'npm left no tarball';
    throw installError(
      `cannot fetch ${spec}: ${reason}`,
      'Is the npm registry reachable (npm ping)? Then install again.',
    );
  }
  const path = join(folder, tarball);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
  if (integrity !== tfjsNode.integrity) {
    throw installError(
      `${spec} from the npm registry has ${integrity}, pinned is ${tfjsNode.integrity}`,
      'Run `npm cache verify` and install again; if it stays so, the registry serves another package: do not use it.',
    );
  }
  const unpacked = await runCommand('tar', ['-xzf', path, '-C', folder]);
  if (unpacked.code !== 0) {
    throw installError(`tar cannot unpack ${path}: ${lastLine(unpacked.stderr) || 'there is no tar'}`, 'Install tar.');
  }
  return join(folder, 'package');
}

/**
 * Copies what runs: tfjs-node's backend and kernels, with stand-ins for the packages that they require. From node_modules
 * they would vanish with the next `npm ci --omit=dev`, and would load the whole of tfjs with two more backends.
 */
export function copyJavascript(tfjsNodeFolder: string, target: string): string {
  const dist = join(target, 'tfjs-node-gpu', 'dist');
  mkdirSync(join(dist, 'proto'), { recursive: true });
  for (const file of ['nodejs_kernel_backend.js', 'int64_tensors.js', 'register_all_kernels.js']) {
    cpSync(join(tfjsNodeFolder, 'dist', file), join(dist, file));
  }
  const isScript = (path: string) => path.endsWith('kernels') || path.endsWith('.js');
  cpSync(join(tfjsNodeFolder, 'dist', 'kernels'), join(dist, 'kernels'), { recursive: true, filter: isScript });
  // Whatever package.json lies above: these files are CommonJS.
  writeFileSync(join(target, 'package.json'), '{"type":"commonjs"}\n');
  writeFileSync(join(dist, 'proto', 'api_pb.js'), protoStandInSource);
  for (const name of ['tfjs', 'tfjs-core']) {
    const folder = join(target, 'node_modules', '@tensorflow', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), tfjsStandInSource);
  }
  return dist;
}
