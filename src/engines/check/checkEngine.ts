import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { packageRoot } from '../../core/packageRoot.js';
import type { EngineName } from '../Engine.js';
import { lastLine, runCommand } from '../install/runCommand.js';
import type { TensorflowParts } from '../native/loadTensorflow.js';
import { errorOf } from './trainingCheck.js';

/** What the process prints. A loss that is no number is null there. */
export type CheckReport =
  | {
      readonly ok: true;
      readonly losses: readonly (number | null)[];
      /** Fastest step, and the opening of the engine, in milliseconds. */
      readonly stepMs: number;
      readonly openMs: number;
      readonly version: string;
      readonly threads: number;
      /** `gpu` or `cpu`, of an engine that can be on either. */
      readonly device?: string;
    }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint?: string };

/** The report, with the largest relative difference of a loss to the reference's. */
export type CheckAnswer =
  (Extract<CheckReport, { ok: true }> & { readonly error: number }) | Extract<CheckReport, { ok: false }>;

/** From src/ too: a process of its own runs JavaScript, so the sources' tests use the build. */
const script = join(packageRoot, 'dist', 'engines', 'check', 'checkProgram.js');

/**
 * Trains a few steps on one engine in a process of its own, which a native library may end without harm. With `parts`: an
 * engine that is not installed yet.
 * @throws NasDistillError INTERNAL if the program was not built
 */
export async function checkEngine(
  engine: EngineName,
  options: { threads: number; parts?: TensorflowParts; limitMs?: number },
): Promise<CheckAnswer> {
  if (!existsSync(script)) {
    throw new NasDistillError('INTERNAL', `${script} is missing`, { hint: 'Build it with: npm run build' });
  }
  const { threads, parts, limitMs = 180_000 } = options;
  const request = JSON.stringify({ engine, threads, ...(parts ? { parts } : {}) });
  const { code, signal, stdout, stderr } = await runCommand(process.execPath, [script, request], {
    timeoutMs: limitMs,
  });
  const line = lastLine(stdout);
  // The child is this package's own program, so that what it prints is believed.
  if (code === 0 && line.startsWith('{')) {
    const report = JSON.parse(line) as CheckReport;
    return report.ok ? { ...report, error: errorOf(report.losses) } : report;
  }
  const how =
    signal === 'SIGKILL' ? `gave no answer within ${limitMs / 1000} s` : `ended with ${signal ?? `code ${code}`}`;
  const said = lastLine(stderr);
  return { ok: false, code: 'ENGINE_FAILED', message: `its process ${how}${said ? `: ${said}` : ''}` };
}
