import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nodeCodeOf } from '../../core/errors.js';
import type { TensorflowParts } from '../native/loadTensorflow.js';
import { enginesFolder } from './enginesFolder.js';
import { describeHost, thisHost, type Host } from './host.js';
import { operatorsDigest } from './kernelsSource.js';
import { bytesOf, readManifest, type Manifest } from './Manifest.js';

export interface InstalledEngine {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly parts: TensorflowParts;
  readonly bytes: number;
}

/** An installed engine that fits this machine and Node, or why there is none, in one line. */
export type Found =
  { readonly ok: true; readonly engine: InstalledEngine } | { readonly ok: false; readonly reason: string };

/** Looks at the manifest and at the size of each file; digests are the business of `engine doctor`. Never throws. */
export function findInstalled(name: 'native' | 'cuda', base = enginesFolder(), host: Host = thisHost()): Found {
  const folder = join(base, name);
  let manifest: Manifest;
  try {
    manifest = readManifest(folder);
  } catch (error) {
    if (nodeCodeOf(error) === 'ENOENT') {
      const half = existsSync(folder) ? ', but the folder is there: an install without its manifest is not used' : '';
      return { ok: false, reason: `not installed (no manifest in ${folder}${half})` };
    }
    return { ok: false, reason: `the manifest in ${folder} is damaged, or of another version of nas-distill` };
  }
  const reason = mismatch(manifest, host) ?? damage(manifest, folder);
  if (reason !== undefined) return { ok: false, reason };
  const parts = partsIn(folder, manifest);
  return { ok: true, engine: { manifest, folder, parts, bytes: bytesOf(manifest) } };
}

/** The parts' full paths, of an engine that lies in `folder`. */
export function partsIn(folder: string, { parts }: Pick<Manifest, 'parts'>): TensorflowParts {
  const at = (path: string) => resolve(folder, path);
  return {
    binding: at(parts.binding),
    environment: at(parts.environment),
    library: at(parts.library),
    kernels: at(parts.kernels),
    javascript: at(parts.javascript),
  };
}

function mismatch(manifest: Manifest, host: Host): string | undefined {
  if (manifest.platform !== host.platform || manifest.arch !== host.arch) {
    return `it was installed for ${describeHost(manifest)}, this Node is ${describeHost(host)}`;
  }
  if (manifest.nodeApi > host.nodeApi) {
    return `its binding needs Node-API ${manifest.nodeApi}, this Node (${host.node}) has ${host.nodeApi}`;
  }
  if (manifest.operators !== operatorsDigest) {
    return 'it was installed by another version of nas-distill, with other operators: install it again';
  }
  return undefined;
}

function damage(manifest: Manifest, folder: string): string | undefined {
  for (const { path, bytes } of manifest.files) {
    const file = resolve(folder, path);
    const there = statSync(file, { throwIfNoEntry: false });
    if (!there) return `${file} is missing`;
    if (there.size !== bytes) return `${file} has ${there.size} bytes, not the ${bytes} that were installed`;
  }
  return undefined;
}
