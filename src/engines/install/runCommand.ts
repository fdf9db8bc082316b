import { spawn } from 'node:child_process';
import { nodeCodeOf } from '../../core/errors.js';

export interface CommandResult {
  /** Undefined if there is no such program. */
  readonly code: number | null | undefined;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end without a shell; a missing program is a result, not an exception. */
export function runCommand(
  command: string,
  words: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const { cwd, env, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    // It ends with this process, however that ends: an interrupted install leaves no download running.
    const end = () => void child.kill();
    process.once('exit', end);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.on('error', (error) => {
      process.off('exit', end);
      if (nodeCodeOf(error) !== 'ENOENT' && nodeCodeOf(error) !== 'EACCES') return reject(error);
      resolve({ code: undefined, signal: null, ...said });
    });
    child.on('close', (code, signal) => {
      process.off('exit', end);
      resolve({ code, signal, ...said });
    });
  });
}

/** The last line that is not empty, for a message of one line. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
