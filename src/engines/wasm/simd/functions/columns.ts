// Sums over the rows of a matrix [rows, columns], and functions of each column with numbers of its own: what statistics over a
// batch are made of. Rows are summed in blocks, so that no long sum loses small summands.
import { f32, i32, store, v128, type Expr, type I32, type Local } from '../code.js';
import { alongFloats, type Lanes } from '../lanes.js';
import { wasmFunction, type FunctionBuilder } from '../ModuleBuilder.js';

const block = 256;

/** target[c] = sum over rows of summand(row address + c). The target must be zero before. */
function sumRows(
  f: FunctionBuilder,
  { rows, columns, target }: { rows: I32; columns: I32; target: I32 },
  summand: <T extends 'v128' | 'f32'>(lanes: Lanes<T>, row: I32, at: Local<'i32'>) => Expr<T>,
): void {
  const stride = f.int(i32.shl(columns, 2));
  f.for(0, rows, block, (first) => {
    const end = f.int(i32.min(i32.mul(i32.add(first, block), stride), i32.mul(rows, stride)));
    const start = f.int(i32.mul(first, stride));
    alongFloats(f, columns, (lanes, at) => {
      const [even, odd] = [f.local(lanes.type), f.local(lanes.type)];
      f.set(even, lanes.constant(0));
      f.set(odd, lanes.constant(0));
      // Two sums, because each addition waits for the one before.
      const last = f.int(i32.sub(end, stride));
      const row = f.int(start);
      f.for(start, last, i32.shl(stride, 1), (pair) => {
        f.set(even, lanes.add(even, summand(lanes, pair, at)));
        f.set(odd, lanes.add(odd, summand(lanes, i32.add(pair, stride), at)));
        f.set(row, i32.add(pair, i32.shl(stride, 1)));
      });
      f.if(i32.ltU(row, end), () => f.set(even, lanes.add(even, summand(lanes, row, at))));
      const to = f.int(i32.add(target, at));
      f.emit(lanes.store(to, lanes.add(lanes.load(to), lanes.add(even, odd))));
    });
  });
}

/** target[c] += sum of x[r, c]. */
export const columnSums = wasmFunction({ x: 'i32', rows: 'i32', columns: 'i32', target: 'i32' }, (f, p) =>
  sumRows(f, p, (lanes, row, at) => lanes.load(i32.add(i32.add(p.x, row), at))),
);

/** target[c] += sum of (x[r, c] - mean[c])^2. */
export const columnSquares = wasmFunction(
  { x: 'i32', mean: 'i32', rows: 'i32', columns: 'i32', target: 'i32' },
  (f, p) =>
    sumRows(f, p, (lanes, row, at) => {
      const centred = f.local(lanes.type, lanes.sub(lanes.load(i32.add(i32.add(p.x, row), at)), lanes.load(i32.add(p.mean, at)))); // prettier-ignore
      return lanes.mul(centred, centred);
    }),
);

/** target[c] += sum of dy[r, c] * (x[r, c] - mean[c]). */
export const columnProducts = wasmFunction(
  { dy: 'i32', x: 'i32', mean: 'i32', rows: 'i32', columns: 'i32', target: 'i32' },
  (f, p) =>
    sumRows(f, p, (lanes, row, at) => {
      const centred = lanes.sub(lanes.load(i32.add(i32.add(p.x, row), at)), lanes.load(i32.add(p.mean, at)));
      return lanes.mul(lanes.load(i32.add(i32.add(p.dy, row), at)), centred);
    }),
);

/** y[r, c] = x[r, c] * scale[c] + shift[c]. */
export const scaleColumns = wasmFunction(
  { x: 'i32', scale: 'i32', shift: 'i32', rows: 'i32', columns: 'i32', y: 'i32' },
  (f, { x, scale, shift, rows, columns, y }) => {
    const [from, to, stride] = [f.int(x), f.int(y), f.int(i32.shl(columns, 2))];
    f.for(0, rows, 1, () => {
      alongFloats(f, columns, (lanes, at) => {
        const value = lanes.mul(lanes.load(i32.add(from, at)), lanes.load(i32.add(scale, at)));
        f.emit(lanes.store(i32.add(to, at), lanes.add(value, lanes.load(i32.add(shift, at)))));
      });
      f.set(from, i32.add(from, stride));
      f.set(to, i32.add(to, stride));
    });
  },
);

/** dx[r, c] = dy[r, c] * a[c] + x[r, c] * b[c] + e[c]. */
export const combineColumns = wasmFunction(
  { dy: 'i32', x: 'i32', a: 'i32', b: 'i32', e: 'i32', rows: 'i32', columns: 'i32', dx: 'i32' },
  (f, p) => {
    const row = f.int(0);
    const stride = f.int(i32.shl(p.columns, 2));
    f.for(0, p.rows, 1, () => {
      alongFloats(f, p.columns, (lanes, at) => {
        const place = f.int(i32.add(row, at));
        const first = lanes.mul(lanes.load(i32.add(p.dy, place)), lanes.load(i32.add(p.a, at)));
        const second = lanes.mul(lanes.load(i32.add(p.x, place)), lanes.load(i32.add(p.b, at)));
        f.emit(lanes.store(i32.add(p.dx, place), lanes.add(lanes.add(first, second), lanes.load(i32.add(p.e, at)))));
      });
      f.set(row, i32.add(row, stride));
    });
  },
);

/**
 * Layer norm of each row: y = xhat * gamma + beta; keeps xhat and 1 / sqrt(variance + epsilon) for the gradient.
 * `share`: 1 / columns.
 */
export const normaliseRows = wasmFunction(
  {
    x: 'i32', gamma: 'i32', beta: 'i32', epsilon: 'f32', share: 'f32', rows: 'i32', columns: 'i32', y: 'i32', xhat: 'i32', rate: 'i32',
  }, // prettier-ignore
  (f, p) => {
    const row = f.int(0);
    const stride = f.int(i32.shl(p.columns, 2));
    f.for(0, p.rows, 1, (r) => {
      const [mean, rate] = [f.local('f32'), f.local('f32')];
      const x = f.int(i32.add(p.x, row));
      f.set(
        mean,
        f32.mul(
          alongRow(f, p.columns, (lanes, at) => lanes.load(i32.add(x, at))),
          p.share,
        ),
      );
      const squares = alongRow(f, p.columns, (lanes, at) => {
        const centred = f.local(lanes.type, lanes.sub(lanes.load(i32.add(x, at)), lanes.splat(mean)));
        return lanes.mul(centred, centred);
      });
      f.set(rate, f32.div(f32.constant(1), f32.sqrt(f32.add(f32.mul(squares, p.share), p.epsilon))));
      f.emit(store.f32(i32.add(p.rate, i32.shl(r, 2)), rate));
      alongFloats(f, p.columns, (lanes, at) => {
        const place = f.int(i32.add(row, at));
        const normal = f.local(lanes.type);
        f.set(normal, lanes.mul(lanes.sub(lanes.load(i32.add(x, at)), lanes.splat(mean)), lanes.splat(rate)));
        f.emit(lanes.store(i32.add(p.xhat, place), normal));
        const scaled = lanes.mul(normal, lanes.load(i32.add(p.gamma, at)));
        f.emit(lanes.store(i32.add(p.y, place), lanes.add(scaled, lanes.load(i32.add(p.beta, at)))));
      });
      f.set(row, i32.add(row, stride));
    });
  },
);

/** Its gradient by x: dx = rate * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * gamma. */
export const normaliseRowsGradient = wasmFunction(
  { dy: 'i32', xhat: 'i32', gamma: 'i32', rate: 'i32', share: 'f32', rows: 'i32', columns: 'i32', dx: 'i32' },
  (f, p) => {
    const row = f.int(0);
    const stride = f.int(i32.shl(p.columns, 2));
    f.for(0, p.rows, 1, (r) => {
      const [dy, xhat] = [f.int(i32.add(p.dy, row)), f.int(i32.add(p.xhat, row))];
      const g = <T extends 'v128' | 'f32'>(lanes: Lanes<T>, at: I32) =>
        lanes.mul(lanes.load(i32.add(dy, at)), lanes.load(i32.add(p.gamma, at)));
      const mean = f.local('f32', f32.mul(alongRow(f, p.columns, g), p.share));
      const products = alongRow(f, p.columns, (lanes, at) => lanes.mul(g(lanes, at), lanes.load(i32.add(xhat, at))));
      const along = f.local('f32', f32.mul(products, p.share));
      const rate = f.local('f32', f32.load(i32.add(p.rate, i32.shl(r, 2))));
      alongFloats(f, p.columns, (lanes, at) => {
        const rest = lanes.mul(lanes.load(i32.add(xhat, at)), lanes.splat(along));
        const value = lanes.sub(lanes.sub(g(lanes, at), lanes.splat(mean)), rest);
        f.emit(lanes.store(i32.add(p.dx, i32.add(row, at)), lanes.mul(value, lanes.splat(rate))));
      });
      f.set(row, i32.add(row, stride));
    });
  },
);

/** target += sum of x^2. */
export const addSquares = wasmFunction({ x: 'i32', count: 'i32', target: 'i32' }, (f, { x, count, target }) => {
  f.for(0, count, 8 * block, (first) => {
    const here = f.int(i32.min(i32.sub(count, first), i32.value(8 * block)));
    const row = f.int(i32.add(x, i32.shl(first, 2)));
    const sum = alongRow(f, here, (lanes, at) => {
      const value = f.local(lanes.type, lanes.load(i32.add(row, at)));
      return lanes.mul(value, value);
    });
    f.emit(store.f32(target, f32.add(f32.load(target), sum)));
  });
});

/** The sum of a function along one row. */
function alongRow(
  f: FunctionBuilder,
  columns: I32,
  summand: <T extends 'v128' | 'f32'>(lanes: Lanes<T>, at: Local<'i32'>) => Expr<T>,
): Expr<'f32'> {
  const sums = { v128: f.local('v128', v128.constant(0)), f32: f.local('f32', f32.constant(0)) };
  alongFloats(f, columns, (lanes, at) => {
    const sum = lanes.pick(sums);
    f.set(sum, lanes.add(sum, summand(lanes, at)));
  });
  for (const lane of [0, 1, 2, 3]) f.set(sums.f32, f32.add(sums.f32, v128.lane(sums.v128, lane)));
  return sums.f32;
}
