import { run } from '../../src/cli/main.js';

/** What a command line left behind. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line of the sources in this process and catches what it writes; one at a time. */
export async function runHere(words: readonly string[]): Promise<Said> {
  const written = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const before = streams.map((name) => process[name].write);
  for (const name of streams) {
    process[name].write = (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    };
  }
  try {
    process.exitCode = 0;
    await run(['node', 'nas-distill', ...words]);
    return { ...written, code: Number(process.exitCode) };
  } finally {
    process.exitCode = 0;
    streams.forEach((name, i) => (process[name].write = before[i]));
  }
}
