import { NasDistillError } from '../../../core/errors.js';
import { i32, unsigned, type Expr, type I32, type Int, type Local, type ValueType } from './code.js';

const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

export type Params = Readonly<Record<string, 'i32' | 'f32'>>;
/** A function of the module: its parameters by name, and what writes its body. */
export interface WasmFunction<P extends Params = Params> {
  readonly params: P;
  write(f: FunctionBuilder, params: { readonly [K in keyof P]: Local<P[K]> }): void;
}

/** For its types: a function whose body knows its parameters by name. */
export function wasmFunction<P extends Params>(params: P, write: WasmFunction<P>['write']): WasmFunction<P> {
  return { params, write };
}

/** Writes one function's body, statement by statement. */
export class FunctionBuilder {
  readonly #body: number[] = [];
  readonly #locals: ValueType[] = [];

  constructor(
    private readonly paramCount: number,
    /** Whether the machine multiplies and adds in one instruction (relaxed SIMD). */
    readonly fused: boolean,
  ) {}

  local<T extends ValueType>(type: T, value?: Expr<T>): Local<T> {
    const index = this.paramCount + this.#locals.length;
    this.#locals.push(type);
    const local = { type, index, code: [0x20, ...unsigned(index)] };
    if (value) this.set(local, value);
    return local;
  }

  /** A new i32 variable. */
  int(value?: Int): Local<'i32'> {
    return this.local('i32', value === undefined ? undefined : i32.value(value));
  }

  set<T extends ValueType>(local: Local<T>, value: Expr<T>): void {
    this.emit([...value.code, 0x21, ...unsigned(local.index)]);
  }

  emit(code: readonly number[]): void {
    for (const byte of code) this.#body.push(byte);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.emit([...condition.code, 0x04, 0x40]);
    then();
    if (otherwise) {
      this.emit([0x05]);
      otherwise();
    }
    this.emit([0x0b]);
  }

  /** For a counter from `from`, in steps, while it is below `to` (unsigned). The body must leave the counter alone. */
  for(from: Int, to: Int, step: Int, body: (counter: Local<'i32'>) => void): void {
    const counter = this.int(from);
    const goesOn = i32.ltU(counter, to);
    this.if(goesOn, () => {
      this.emit([0x03, 0x40]);
      body(counter);
      this.set(counter, i32.add(counter, step));
      this.emit([...goesOn.code, 0x0d, 0, 0x0b]);
    });
  }

  /** The function's entry of the code section. */
  bytes(): number[] {
    const locals = this.#locals.flatMap((type) => [1, typeBytes[type]]);
    const code = [...unsigned(this.#locals.length), ...locals, ...this.#body, 0x0b];
    return [...unsigned(code.length), ...code];
  }
}

/** A module over imported memory (`env.memory`) that exports the functions by their names. */
export function buildModule(
  functions: Readonly<Record<string, WasmFunction>>,
  fused: boolean,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(functions);
  const name = (text: string) => [...unsigned(text.length), ...[...text].map((c) => c.charCodeAt(0))];
  const vector = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
  const types = entries.map(([, { params }]) => {
    const words = Object.values(params).map((type) => typeBytes[type]);
    return [0x60, ...unsigned(words.length), ...words, 0];
  });
  const bodies = entries.map(([, fn]) => {
    const names = Object.keys(fn.params);
    const f = new FunctionBuilder(names.length, fused);
    const params = names.map((key, index): [string, Local<'i32' | 'f32'>] => {
      return [key, { type: fn.params[key], index, code: [0x20, ...unsigned(index)] }];
    });
    fn.write(f, Object.fromEntries(params));
    return f.bytes();
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...name('env'), ...name('memory'), 2, 0, 1]])),
    ...section(3, vector(entries.map((_, i) => unsigned(i)))),
    ...section(7, vector(entries.map(([key], i) => [...name(key), 0, ...unsigned(i)]))),
    ...section(10, vector(bodies)),
  ]);
}

/** Whether this machine's WebAssembly has relaxed SIMD (V8 11.4 and newer; Node 21). */
export function hasRelaxedSimd(): boolean {
  const probe = wasmFunction({ at: 'i32' }, (f, { at }) => {
    const [zero, code] = [0x0c, 0x105].map((opcode) => [0xfd, ...unsigned(opcode)]);
    const constant = [...zero, ...new Array<number>(16).fill(0)];
    f.emit([...at.code, ...constant, ...constant, ...constant, ...code, 0xfd, 0x0b, 2, 0]);
  });
  return WebAssembly.validate(buildModule({ probe: probe as WasmFunction }, true));
}

/** @throws NasDistillError INTERNAL if a function is missing */
export function exportedFunction(instance: WebAssembly.Instance, name: string): (...args: number[]) => void {
  const found = instance.exports[name];
  if (typeof found !== 'function') throw new NasDistillError('INTERNAL', `the wasm module has no ${name}`);
  return found as (...args: number[]) => void;
}
