import { NasDistillError } from '../../../core/errors.js';
import { findBackend, type DataType, type TensorInfo } from '../../tf.js';
import { functions } from './functions/registry.js';
import { buildModule, exportedFunction, hasRelaxedSimd, type Params, type WasmFunction } from './ModuleBuilder.js';

/** The part of tfjs-backend-wasm that is used here: where a tensor's bytes lie in its memory. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory }; _malloc(bytes: number): number; _free(at: number): void }; // prettier-ignore
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  incRef(dataId: object): void;
}

type ParamsOf<F> = F extends WasmFunction<infer P> ? P : Params;
type Calls = {
  readonly [
    K in keyof typeof functions
  ]: (args: { readonly [A in keyof ParamsOf<(typeof functions)[K]>]: number }) => void; // prettier-ignore
};

/**
 * WebAssembly functions of our own over the memory of tfjs's backend, so that they read and write its tensors in place. The
 * module's bytes are written by this program (`functions/`), and compiled when the engine is opened.
 */
export class SimdKernels {
  readonly call: Calls;
  readonly #memory: WebAssembly.Memory;
  #scratch = { at: 0, bytes: 0 };

  constructor(private readonly backend: WasmBackend) {
    this.#memory = backend.wasm.asm.memory;
    const table = functions as unknown as Readonly<Record<string, WasmFunction>>;
    const module = new WebAssembly.Module(buildModule(table, hasRelaxedSimd()));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const calls = Object.entries(table).map(([name, { params }]) => {
      const run = exportedFunction(instance, name);
      const keys = Object.keys(params);
      return [name, (args: Readonly<Record<string, number>>) => run(...keys.map((key) => args[key]))];
    });
    this.call = Object.fromEntries(calls) as Calls;
  }

  /** Where a tensor's values begin, in bytes. */
  at(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A tensor whose values are not set yet. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** One of zeros. */
  zeros(shape: readonly number[]): TensorInfo {
    const info = this.output(shape);
    this.floats(this.at(info), sizeOf(info)).fill(0);
    return info;
  }

  /** The same values in a tensor of its own, without a copy. */
  share(x: TensorInfo): TensorInfo {
    this.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }

  /** A view that holds until memory grows: until the next output or scratch. */
  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  /** Memory for a kernel's own use, until the next call of this. */
  scratch(bytes: number): number {
    if (bytes > this.#scratch.bytes) {
      if (this.#scratch.at !== 0) this.backend.wasm._free(this.#scratch.at);
      this.#scratch = { at: 0, bytes: 0 };
      // Unsigned: above 2 GB the allocator's answer is negative.
      const at = this.backend.wasm._malloc(bytes) >>> 0;
      if (at === 0) throw new NasDistillError('ENGINE_FAILED', `engine wasm: no memory for ${bytes} more bytes`);
      this.#scratch = { at, bytes };
    }
    return this.#scratch.at;
  }
}

export function sizeOf(info: TensorInfo): number {
  return info.shape.reduce((size, n) => size * n, 1);
}

let opened: { readonly backend: object; readonly kernels: SimdKernels } | undefined;

/** Those of this thread's backend; compiled at the first call. @throws NasDistillError INTERNAL before it was opened */
export function simdKernels(): SimdKernels {
  const backend: unknown = findBackend('wasm');
  if (!isWasmBackend(backend)) throw new NasDistillError('INTERNAL', 'the wasm backend is not open in this thread');
  if (opened?.backend !== backend) opened = { backend, kernels: new SimdKernels(backend) };
  return opened.kernels;
}

function isWasmBackend(backend: unknown): backend is WasmBackend {
  return typeof backend === 'object' && backend !== null && 'wasm' in backend && 'makeOutput' in backend;
}
