// WebAssembly instructions as typed expressions: each knows its bytes. Numbers from the core specification 2.0 (section 5.4)
// and, for `madd`, the relaxed SIMD extension.

export type ValueType = 'i32' | 'f32' | 'v128';

export interface Expr<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: readonly number[];
}
export type I32 = Expr<'i32'>;
export type F32 = Expr<'f32'>;
export type V128 = Expr<'v128'>;
/** An i32, or a number known when the code is written. */
export type Int = I32 | number;

/** A local variable or a parameter; as an expression, its value. */
export interface Local<T extends ValueType = ValueType> extends Expr<T> {
  readonly index: number;
}

export function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return out;
}

function signed(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...out, low];
    out.push(low | 0x80);
  }
}

const expr = <T extends ValueType>(type: T, ...code: readonly (readonly number[])[]): Expr<T> => ({ type, code: code.flat() }); // prettier-ignore
const asInt = (value: Int): I32 => (typeof value === 'number' ? expr('i32', [0x41], signed(value)) : value);

const intBinary = (opcode: number) => (a: Int, b: Int) => expr('i32', asInt(a).code, asInt(b).code, [opcode]);
export const i32 = {
  value: asInt,
  add: intBinary(0x6a),
  sub: intBinary(0x6b),
  mul: intBinary(0x6c),
  and: intBinary(0x71),
  shl: intBinary(0x74),
  shrU: intBinary(0x76),
  ltU: intBinary(0x49),
  geU: intBinary(0x4f),
  load: (address: I32, offset = 0) => expr('i32', address.code, memory([0x28], offset)),
  trunc: (x: F32) => expr('i32', x.code, [0xfc, 0x00]),
  min: (a: I32, b: I32) => expr('i32', a.code, b.code, a.code, b.code, [0x49], [0x1b]),
};

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment is a hint: 4 bytes, which all floats have. */
function memory(opcode: readonly number[], offset: number): number[] {
  return [...opcode, 2, ...unsigned(offset)];
}

function floatBytes(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

const floatUnary = (opcode: number) => (a: F32) => expr('f32', a.code, [opcode]);
const floatBinary = (opcode: number) => (a: F32, b: F32) => expr('f32', a.code, b.code, [opcode]);
const floatCompare = (opcode: number) => (a: F32, b: F32) => expr('i32', a.code, b.code, [opcode]);
export const f32 = {
  constant: (value: number) => expr('f32', [0x43], floatBytes(value)),
  load: (address: I32, offset = 0) => expr('f32', address.code, memory([0x2a], offset)),
  abs: floatUnary(0x8b),
  nearest: floatUnary(0x90),
  sqrt: floatUnary(0x91),
  add: floatBinary(0x92),
  sub: floatBinary(0x93),
  mul: floatBinary(0x94),
  div: floatBinary(0x95),
  min: floatBinary(0x96),
  max: floatBinary(0x97),
  eq: floatCompare(0x5b),
  lt: floatCompare(0x5d),
  gt: floatCompare(0x5e),
  reinterpret: (bits: I32) => expr('f32', bits.code, [0xbe]),
  select: (condition: I32, yes: F32, no: F32) => expr('f32', yes.code, no.code, condition.code, [0x1b]),
};

const vectorUnary = (opcode: number) => (a: V128) => expr('v128', a.code, simd(opcode));
const vectorBinary = (opcode: number) => (a: V128, b: V128) => expr('v128', a.code, b.code, simd(opcode));
export const v128 = {
  constant: (value: number) =>
    expr(
      'v128',
      simd(0x0c),
      [0, 1, 2, 3].flatMap(() => floatBytes(value)),
    ),
  load: (address: I32, offset = 0) => expr('v128', address.code, memory(simd(0x00), offset)),
  /** One float of memory in all four lanes. */
  loadSplat: (address: I32, offset = 0) => expr('v128', address.code, memory(simd(0x09), offset)),
  splat: (value: F32) => expr('v128', value.code, simd(0x13)),
  lane: (value: V128, lane: number) => expr('f32', value.code, simd(0x1f), [lane]),
  /** Four lanes of the eight of a and b. */
  shuffle: (a: V128, b: V128, lanes: readonly [number, number, number, number]) =>
    expr('v128', a.code, b.code, simd(0x0d), lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))), // prettier-ignore
  abs: vectorUnary(0xe0),
  nearest: vectorUnary(0x6a),
  sqrt: vectorUnary(0xe3),
  add: vectorBinary(0xe4),
  sub: vectorBinary(0xe5),
  mul: vectorBinary(0xe6),
  div: vectorBinary(0xe7),
  /** b < a ? b : a, one instruction; `min` proper takes several for the sake of NaN. A NaN in a stays one. */
  min: vectorBinary(0xea),
  /** a < b ? b : a */
  max: vectorBinary(0xeb),
  eq: vectorBinary(0x41),
  lt: vectorBinary(0x43),
  gt: vectorBinary(0x44),
  select: (condition: V128, yes: V128, no: V128) => expr('v128', yes.code, no.code, condition.code, simd(0x52)),
  trunc: vectorUnary(0xf8),
  addInts: vectorBinary(0xae),
  constantInts: (value: number) =>
    expr('v128', simd(0x0c), [0, 1, 2, 3].flatMap(() => [...new Uint8Array(Int32Array.of(value).buffer)])), // prettier-ignore
  shiftLeft: (a: V128, bits: number) => expr('v128', a.code, asInt(bits).code, simd(0xab)),
  /** a * b + c with one rounding or two, whichever the processor does faster. */
  relaxedMadd: (a: V128, b: V128, c: V128) => expr('v128', a.code, b.code, c.code, simd(0x105)),
};

/** Bytes of statements that store a value. */
export const store = {
  i32: (address: I32, value: I32, offset = 0): number[] => [...address.code, ...value.code, ...memory([0x36], offset)],
  f32: (address: I32, value: F32, offset = 0): number[] => [...address.code, ...value.code, ...memory([0x38], offset)],
  v128: (address: I32, value: V128, offset = 0): number[] => [...address.code, ...value.code, ...memory(simd(0x0b), offset)], // prettier-ignore
};
