import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { NasDistillError, messageOf } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import type { BenchmarkCase } from './benchmarkProgram.js';

const answer = z.union([
  z.strictObject({ version: z.string() }),
  z.strictObject({ times: z.array(z.number().positive()) }),
  z.strictObject({ opened: z.literal(true) }),
  z.strictObject({ failed: z.string() }),
]);

/** How PyTorch lays a batch out; convolutions are faster in one or the other. */
export type PeerLayout = 'contiguous' | 'channels_last';

/** bench/peer.py in a Python that has PyTorch: the same nets, asked line by line. */
export class PeerProcess {
  private readonly lines: Interface;
  private stderr = '';
  private says = '';

  private constructor(
    private readonly python: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
  ) {
    this.lines = createInterface({ input: child.stdout });
    child.stderr.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-2000)));
    // Its reason is reported by whoever waits for an answer; a pipe that broke is not another one.
    child.stdin.on('error', () => undefined);
  }

  /** Starts it with so many threads. @throws NasDistillError USAGE if this Python cannot run it */
  static async start(python: string, threads: number): Promise<PeerProcess> {
    const script = join(packageRoot, 'bench', 'peer.py');
    const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'pipe'] });
    const peer = new PeerProcess(python, child);
    const first = await peer.next();
    if (!('version' in first)) throw peer.failure('it did not say its version');
    peer.says = first.version;
    return peer;
  }

  /** Such as `PyTorch 2.15.0`. */
  get version(): string {
    return this.says;
  }

  async open(benchmark: BenchmarkCase, layout: PeerLayout): Promise<void> {
    await this.ask({ open: { ...benchmark, layout } });
  }

  async run(steps: number): Promise<readonly number[]> {
    const answered = await this.ask({ run: steps });
    if (!('times' in answered)) throw this.failure('it sent no times');
    return answered.times;
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }

  private ask(request: unknown): Promise<z.output<typeof answer>> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.next();
  }

  private async next(): Promise<z.output<typeof answer>> {
    const line = await new Promise<string>((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.lines.off('line', onLine);
        this.child.off('exit', onExit).off('error', onError);
        finish();
      };
      const onLine = (text: string) => settle(() => resolve(text));
      const onExit = () => settle(() => reject(this.failure(this.stderr.trim().split('\n').at(-1) ?? 'it ended')));
      const onError = (error: Error) => settle(() => reject(this.failure(messageOf(error))));
      this.lines.on('line', onLine);
      this.child.on('exit', onExit).on('error', onError);
    });
    const parsed = answer.safeParse(parseJson(line));
    if (!parsed.success) throw this.failure(`it printed: ${line.slice(0, 200)}`);
    if ('failed' in parsed.data) throw this.failure(parsed.data.failed);
    return parsed.data;
  }

  private failure(reason: string): NasDistillError {
    return new NasDistillError('USAGE', `--peer ${this.python}: ${reason}`, {
      hint: 'Give a Python that can import torch, such as /path/to/venv/bin/python.',
    });
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
