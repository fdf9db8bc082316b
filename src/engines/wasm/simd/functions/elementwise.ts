import { i32, type Expr, type I32 } from '../code.js';
import { alongFloats, type Lanes } from '../lanes.js';
import { wasmFunction, type FunctionBuilder } from '../ModuleBuilder.js';

type Value<T extends 'v128' | 'f32'> = Expr<T>;
type OneInput = <T extends 'v128' | 'f32'>(f: FunctionBuilder, lanes: Lanes<T>, x: Value<T>) => Value<T>;
type TwoInputs = <T extends 'v128' | 'f32'>(f: FunctionBuilder, lanes: Lanes<T>, dy: Value<T>, x: Value<T>) => Value<T>;

const mapped = (body: OneInput) =>
  wasmFunction({ x: 'i32', y: 'i32', count: 'i32' }, (f, { x, y, count }) =>
    alongFloats(f, count, (lanes, at) => {
      const value = f.local(lanes.type, lanes.load(i32.add(x, at)));
      f.emit(lanes.store(i32.add(y, at), body(f, lanes, value)));
    }),
  );

const gradient = (body: TwoInputs) =>
  wasmFunction({ dy: 'i32', x: 'i32', dx: 'i32', count: 'i32' }, (f, { dy, x, dx, count }) =>
    alongFloats(f, count, (lanes, at) => {
      const above = f.local(lanes.type, lanes.load(i32.add(dy, at)));
      const value = f.local(lanes.type, lanes.load(i32.add(x, at)));
      f.emit(lanes.store(i32.add(dx, at), body(f, lanes, above, value)));
    }),
  );

/** dy where x is above 0. */
export const reluGradient = gradient((_f, lanes, dy, x) =>
  lanes.ifGreater(x, lanes.constant(0), dy, lanes.constant(0)),
);

/** dy where x is above 0 and below 6. */
export const relu6Gradient = gradient((_f, lanes, dy, x) => {
  const zero = lanes.constant(0);
  return lanes.ifGreater(x, zero, lanes.ifGreater(lanes.constant(6), x, dy, zero), zero);
});

const gateOf = <T extends 'v128' | 'f32'>(lanes: Lanes<T>, x: Value<T>) =>
  lanes.min(lanes.max(lanes.add(lanes.mul(x, lanes.constant(1 / 6)), lanes.constant(0.5)), lanes.constant(0)), lanes.constant(1)); // prettier-ignore

/** x * clamp(x / 6 + 1/2, 0, 1). */
export const hardSwish = mapped((_f, lanes, x) => lanes.mul(x, gateOf(lanes, x)));

/** dy * (gate + (|x| < 3 ? x / 6 : 0)). */
export const hardSwishGradient = gradient((_f, lanes, dy, x) => {
  const slope = lanes.ifGreater(
    lanes.constant(3),
    lanes.abs(x),
    lanes.mul(x, lanes.constant(1 / 6)),
    lanes.constant(0),
  );
  return lanes.mul(dy, lanes.add(gateOf(lanes, x), slope));
});

/** GELU in its exact form, x * Phi(x). */
export const gelu = mapped((f, lanes, x) => lanes.mul(x, normalDistribution(f, lanes, x).below));

/** dy * (Phi(x) + x * phi(x)). */
export const geluGradient = gradient((f, lanes, dy, x) => {
  const { below, bell } = normalDistribution(f, lanes, x);
  const density = lanes.mul(bell, lanes.constant(1 / Math.sqrt(2 * Math.PI)));
  return lanes.mul(dy, lanes.add(below, lanes.mul(x, density)));
});

/**
 * Phi(x) and exp(-x^2 / 2). The error function by Abramowitz and Stegun, formula 7.1.26 (error below 1.5e-7), as in tfjs:
 * erf(|z|) = 1 - (a1 t + ... + a5 t^5) exp(-z^2) with t = 1 / (1 + p |z|), z = x / sqrt 2.
 */
function normalDistribution<T extends 'v128' | 'f32'>(f: FunctionBuilder, lanes: Lanes<T>, x: Value<T>) {
  const { add, mul, constant } = lanes;
  const bell = f.local(lanes.type, exponential(f, lanes, mul(mul(x, x), constant(-0.5))));
  const z = mul(lanes.abs(x), constant(Math.SQRT1_2));
  const t = f.local(lanes.type, lanes.div(constant(1), add(constant(1), mul(z, constant(0.3275911)))));
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = factors.slice(1).reduce((sum, a) => add(mul(sum, t), constant(a)), constant(factors[0]));
  // Half of what lies outside of [-z, z]: Phi of -|x|.
  const tail = f.local(lanes.type, mul(mul(mul(polynomial, t), bell), constant(0.5)));
  const below = f.local(lanes.type, lanes.ifGreater(x, constant(0), lanes.sub(constant(1), tail), tail));
  return { below, bell };
}

/** e^x for x up to 0, which is 0 below -87: 2^n times a polynomial of what is left (Cephes, expf). */
function exponential<T extends 'v128' | 'f32'>(f: FunctionBuilder, lanes: Lanes<T>, x: Value<T>): Value<T> {
  const { add, sub, mul, constant } = lanes;
  const clipped = f.local(lanes.type, lanes.max(x, constant(-87)));
  const n = f.local(lanes.type, lanes.nearest(mul(clipped, constant(Math.LOG2E))));
  const r = f.local(lanes.type, sub(sub(clipped, mul(n, constant(0.693359375))), mul(n, constant(-2.12194440e-4)))); // prettier-ignore
  const factors = [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]; // prettier-ignore
  const series = factors.slice(1).reduce((sum, a) => add(mul(sum, r), constant(a)), constant(factors[0]));
  return mul(add(add(mul(mul(series, r), r), r), constant(1)), lanes.powerOfTwo(n));
}

/** y = x * factor. */
export const scale = wasmFunction({ x: 'i32', y: 'i32', count: 'i32', factor: 'f32' }, (f, { x, y, count, factor }) =>
  alongFloats(f, count, (lanes, at) =>
    f.emit(lanes.store(i32.add(y, at), lanes.mul(lanes.load(i32.add(x, at)), lanes.splat(factor)))),
  ),
);

/**
 * AdamW on one vector: reads p, g, m, v and writes the new three. `keep`: 1 - lr * weight decay;
 * `rate`: lr * sqrt(c2) / c1; `small`: eps * sqrt(c2).
 */
export const adamW = wasmFunction(
  {
    p: 'i32', g: 'i32', m: 'i32', v: 'i32', newP: 'i32', newM: 'i32', newV: 'i32', count: 'i32',
    beta1: 'f32', beta2: 'f32', rest1: 'f32', rest2: 'f32', keep: 'f32', rate: 'f32', small: 'f32',
  }, // prettier-ignore
  (f, a) => {
    alongFloats(f, a.count, (lanes, at) => {
      const read = (from: I32) => lanes.load(i32.add(from, at));
      const g = f.local(lanes.type, read(a.g));
      const m = f.local(lanes.type, lanes.add(lanes.mul(read(a.m), lanes.splat(a.beta1)), lanes.mul(g, lanes.splat(a.rest1)))); // prettier-ignore
      const v = f.local(lanes.type, lanes.add(lanes.mul(read(a.v), lanes.splat(a.beta2)), lanes.mul(lanes.mul(g, g), lanes.splat(a.rest2)))); // prettier-ignore
      const step = lanes.div(lanes.mul(m, lanes.splat(a.rate)), lanes.add(lanes.sqrt(v), lanes.splat(a.small)));
      f.emit(lanes.store(i32.add(a.newM, at), m));
      f.emit(lanes.store(i32.add(a.newV, at), v));
      f.emit(lanes.store(i32.add(a.newP, at), lanes.sub(lanes.mul(read(a.p), lanes.splat(a.keep)), step)));
    });
  },
);
