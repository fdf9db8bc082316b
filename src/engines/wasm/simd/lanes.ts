import { f32, i32, store, v128, type Expr, type F32, type I32, type Int, type Local, type V128 } from './code.js';
import type { FunctionBuilder } from './ModuleBuilder.js';

/** The same arithmetic on four floats at once or on one, so that a loop's last values need no second text. */
export interface Lanes<T extends 'v128' | 'f32' = 'v128' | 'f32'> {
  readonly type: T;
  /** How many floats. */
  readonly width: number;
  /** Of two variables the one of this type. */
  pick(locals: { readonly v128: Local<'v128'>; readonly f32: Local<'f32'> }): Local<T>;
  load(address: I32, offset?: number): Expr<T>;
  store(address: I32, value: Expr<T>, offset?: number): number[];
  constant(value: number): Expr<T>;
  /** One number in all lanes. */
  splat(value: F32): Expr<T>;
  abs(a: Expr<T>): Expr<T>;
  sqrt(a: Expr<T>): Expr<T>;
  nearest(a: Expr<T>): Expr<T>;
  add(a: Expr<T>, b: Expr<T>): Expr<T>;
  sub(a: Expr<T>, b: Expr<T>): Expr<T>;
  mul(a: Expr<T>, b: Expr<T>): Expr<T>;
  div(a: Expr<T>, b: Expr<T>): Expr<T>;
  min(a: Expr<T>, b: Expr<T>): Expr<T>;
  max(a: Expr<T>, b: Expr<T>): Expr<T>;
  /** Lane by lane: a = b, a > b ? yes : no. */
  ifEqual(a: Expr<T>, b: Expr<T>, yes: Expr<T>, no: Expr<T>): Expr<T>;
  ifGreater(a: Expr<T>, b: Expr<T>, yes: Expr<T>, no: Expr<T>): Expr<T>;
  /** 2^n of whole numbers, -126 to 127. */
  powerOfTwo(n: Expr<T>): Expr<T>;
}

const four: Lanes<'v128'> = {
  ...v128,
  type: 'v128',
  width: 4,
  pick: (locals) => locals.v128,
  store: store.v128,
  ifEqual: (a, b, yes, no) => v128.select(v128.eq(a, b), yes, no),
  ifGreater: (a, b, yes, no) => v128.select(v128.gt(a, b), yes, no),
  powerOfTwo: (n: V128) => v128.shiftLeft(v128.addInts(v128.trunc(n), v128.constantInts(127)), 23),
};

const one: Lanes<'f32'> = {
  ...f32,
  type: 'f32',
  width: 1,
  pick: (locals) => locals.f32,
  store: store.f32,
  splat: (value) => value,
  ifEqual: (a, b, yes, no) => f32.select(f32.eq(a, b), yes, no),
  ifGreater: (a, b, yes, no) => f32.select(f32.gt(a, b), yes, no),
  powerOfTwo: (n: F32) => f32.reinterpret(i32.shl(i32.add(i32.trunc(n), 127), 23)),
};

/** Code for a place `at` bytes behind the start of a row of floats. */
export type LanesBody = <T extends 'v128' | 'f32'>(lanes: Lanes<T>, at: Local<'i32'>) => void;

/** Goes along `count` floats: four at a time, then one at a time. */
export function alongFloats(f: FunctionBuilder, count: Int, body: LanesBody): void {
  const end = f.int(i32.shl(count, 2));
  const whole = f.int(i32.and(end, -16));
  f.for(0, whole, 16, (at) => body(four, at));
  f.for(whole, end, 4, (at) => body(one, at));
}
