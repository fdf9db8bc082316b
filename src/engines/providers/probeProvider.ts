import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/packageRoot.js';
import type { EngineProbe } from '../EngineEntry.js';
import { findPackage } from '../findPackage.js';
import { lastLine, runCommand } from '../install/runCommand.js';
import type { Provider } from './providers.js';

/** What the process prints. */
export type ProviderAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const script = join(packageRoot, 'dist', 'engines', 'providers', 'probeProgram.js');
const limitMs = 30_000;

/**
 * Whether onnxruntime can compute on this provider here. It is tried in a process of its own: a GPU driver may end the
 * process, and what it prints about itself is no part of a listing.
 */
export async function probeProvider(provider: Provider): Promise<EngineProbe> {
  const { execution, platforms, install } = provider;
  const found = findPackage('onnxruntime-node');
  if (!found) return missing('the package onnxruntime-node is not installed', 'npm install onnxruntime-node');
  if (!platforms.includes(process.platform)) {
    return missing(
      `onnxruntime has its provider ${execution} on ${platforms.join(', ')} only, this is ${process.platform}`,
      install,
    );
  }
  if (!existsSync(script)) return missing(`${script} is missing`, 'npm run build');
  const { code, signal, stdout } = await runCommand(process.execPath, [script, execution], { timeoutMs: limitMs });
  const line = lastLine(stdout);
  if (!line.startsWith('{')) {
    const how =
      signal === 'SIGKILL' ? `gave no answer within ${limitMs / 1000} s` : `ended with ${signal ?? `code ${code}`}`;
    return missing(`a process that tried the provider ${execution} ${how}`, install);
  }
  const answer = JSON.parse(line) as ProviderAnswer;
  if (!answer.ok) return missing(answer.reason, install);
  return { available: true, version: `onnxruntime-node ${found.version} (${execution})` };
}

function missing(reason: string, install: string): EngineProbe {
  return { available: false, reason, install };
}
