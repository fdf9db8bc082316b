import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { NasDistillError } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import type { Cargo } from './Cargo.js';
import type { ExecutorOptions } from './Executor.js';
import { dataPipe, type FromHost, type ToHost } from './hostMessages.js';
import { sendArrays } from './sharedArrays.js';
import type { WorkerFault } from './worker.js';

/** From src/ too: processes run JavaScript, so the sources' tests use the build. */
const builtHost = join(packageRoot, 'dist', 'executors', 'host.js');
/** Of what the process wrote last, for the reason of its death. */
const tailLength = 2000;
const closingMs = 5000;
/**
 * glibc's threshold from which a block is mapped by itself, and given back when it is freed, grows with what is freed; later
 * candidates' tensors then lie scattered in the heap, which swings by 200 MB. A fixed one costs no time (docs/engines.md).
 */
const thrifty = { MALLOC_MMAP_THRESHOLD_: '4194304' };

/** One life of the process that holds the workers. */
export class HostProcess {
  /** Settles with why it ended, after its last message was heard. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private opened: (fault: WorkerFault | undefined) => void = () => undefined;
  private written = '';

  /** @throws NasDistillError INTERNAL if it was not built */
  constructor(
    private readonly cargo: Cargo,
    private readonly onMessage: (message: Exclude<FromHost, { kind: 'opened' }>) => void,
  ) {
    if (!existsSync(builtHost)) {
      throw new NasDistillError('INTERNAL', `the process of the workers, ${builtHost}, is missing`, {
        hint: 'Build it with: npm run build',
      });
    }
    // Standard output belongs to the command's result.
    this.child = fork(builtHost, [], {
      stdio: ['ignore', 2, 'pipe', 'ipc', 'pipe', ...cargo.handles],
      serialization: 'advanced',
      env: { ...thrifty, ...process.env },
      // Heap limits hold for the workers too; a debugger's port or a loader does not.
      execArgv: process.execArgv.filter((flag) => flag.startsWith('--max-')),
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.written = (this.written + chunk.toString()).slice(-tailLength);
      process.stderr.write(chunk);
    });
    this.child.on('message', (message: FromHost) => {
      if (message.kind === 'opened') this.opened(message.fault);
      else this.onMessage(message);
    });
    this.ended = this.end();
  }

  /** Hands over the data and opens the workers. @throws NasDistillError as the executor of threads does; ENGINE_FAILED if it dies */
  async open(options: Omit<ExecutorOptions, 'data'>, filename: string): Promise<void> {
    const { packed, arrays } = this.cargo;
    const answer = new Promise<WorkerFault | undefined>((resolve) => (this.opened = resolve));
    this.send({ kind: 'open', options, data: packed, filename });
    const pipe = this.child.stdio[dataPipe] as Writable;
    // A reader that died is told by `ended`.
    pipe.on('error', () => undefined);
    void sendArrays(pipe, arrays).catch(() => undefined);
    const died = this.ended.then((why): WorkerFault => {
      return {
        code: 'ENGINE_FAILED',
        message: `the process of the workers ended as it started: ${why}`,
        hint: 'See whether the engine works on this machine: nas-distill engine doctor',
      };
    });
    const fault = await Promise.race([answer, died]);
    if (fault === undefined) return;
    const { code, message, hint } = fault;
    throw new NasDistillError(code, message, hint === undefined ? {} : { hint });
  }

  /** What is said to a process that died is lost; `ended` tells of that. */
  send(message: ToHost): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** Ends it at once, whatever its threads are in. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Asks it to end, and ends it if it does not. */
  async close(): Promise<void> {
    this.send({ kind: 'close' });
    const timer = setTimeout(() => this.kill(), closingMs);
    await this.ended;
    clearTimeout(timer);
  }

  private async end(): Promise<string> {
    const { child } = this;
    const gone = new Promise<void>((resolve) => child.once('disconnect', resolve));
    const why = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    // Messages that it sent before are still heard.
    if (child.connected) await gone;
    const last = this.written.trim().split('\n').at(-1)?.trim() ?? '';
    return last === '' ? why : `${why}, after "${last.slice(0, 200)}"`;
  }
}
