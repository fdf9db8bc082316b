import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command line; `said` waits until stderr holds a text, or until the process ended. */
export interface Running {
  readonly ended: Promise<Ended>;
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the built command line as a real process; SIGKILL after `limitMs`, as it handles the gentler signals. */
export function start(words: readonly string[], limitMs = 40_000, cwd = process.cwd()): Running {
  const child = spawn(process.execPath, [bin, ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const written = { stdout: '', stderr: '' };
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    written.stderr += chunk.toString();
    waiting.filter(({ text }) => written.stderr.includes(text)).forEach(({ resolve }) => resolve());
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...written }));
  });
  return {
    ended,
    said: (text) => {
      if (written.stderr.includes(text)) return Promise.resolve();
      return Promise.race([
        new Promise<void>((resolve) => waiting.push({ text, resolve })),
        ended.then(() => undefined),
      ]);
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs the built command line to its end. */
export function runProcess(words: readonly string[], limitMs?: number, cwd?: string): Promise<Ended> {
  return start(words, limitMs, cwd).ended;
}
