import { i32, type I32, type Local } from '../code.js';
import { alongFloats } from '../lanes.js';
import { wasmFunction, type FunctionBuilder } from '../ModuleBuilder.js';

/**
 * Gradient of max pooling: of the values of a window that equal its maximum y, the first takes dy. `left` holds what is not
 * taken yet, a row of channels. dx must be zero before. `top`, `start`: rows and columns of padding before the image.
 */
export const maxPoolGradient = wasmFunction(
  {
    x: 'i32', y: 'i32', dy: 'i32', dx: 'i32', left: 'i32', samples: 'i32', height: 'i32', width: 'i32', channels: 'i32',
    outHeight: 'i32', outWidth: 'i32', filterHeight: 'i32', filterWidth: 'i32', strideHeight: 'i32', strideWidth: 'i32',
    top: 'i32', start: 'i32',
  }, // prettier-ignore
  (f, p) => {
    const out = f.int(0);
    const bytes = f.int(i32.shl(p.channels, 2));
    f.for(0, p.samples, 1, (n) =>
      f.for(0, p.outHeight, 1, (oy) =>
        f.for(0, p.outWidth, 1, (ox) => {
          alongFloats(f, p.channels, (lanes, at) =>
            f.emit(lanes.store(i32.add(p.left, at), lanes.load(i32.add(i32.add(p.dy, out), at)))),
          );
          f.for(0, p.filterHeight, 1, (i) => {
            const row = f.int(i32.sub(i32.add(i32.mul(oy, p.strideHeight), i), p.top));
            // Rows and columns before the image are huge unsigned numbers.
            f.if(i32.ltU(row, p.height), () =>
              f.for(0, p.filterWidth, 1, (j) => {
                const column = f.int(i32.sub(i32.add(i32.mul(ox, p.strideWidth), j), p.start));
                f.if(i32.ltU(column, p.width), () => {
                  const pixel = i32.add(i32.mul(i32.add(i32.mul(n, p.height), row), p.width), column);
                  const inside = f.int(i32.mul(pixel, bytes));
                  take(f, p, out, inside);
                });
              }),
            );
          });
          f.set(out, i32.add(out, bytes));
        }),
      ),
    );
  },
);

function take(
  f: FunctionBuilder,
  p: Record<'x' | 'y' | 'dx' | 'left' | 'channels', I32>,
  out: Local<'i32'>,
  inside: Local<'i32'>,
): void {
  alongFloats(f, p.channels, (lanes, at) => {
    const place = f.int(i32.add(inside, at));
    const left = f.local(lanes.type, lanes.load(i32.add(p.left, at)));
    const x = f.local(lanes.type, lanes.load(i32.add(p.x, place)));
    const y = f.local(lanes.type, lanes.load(i32.add(i32.add(p.y, out), at)));
    const to = f.int(i32.add(p.dx, place));
    const zero = lanes.constant(0);
    f.emit(lanes.store(to, lanes.add(lanes.load(to), lanes.ifEqual(x, y, left, zero))));
    f.emit(lanes.store(i32.add(p.left, at), lanes.ifEqual(x, y, zero, left)));
  });
}

/** Floats of an image's rows into a larger one with margins: [height][rowFloats], rows `toStride` bytes apart. */
export const copyRows = wasmFunction(
  { source: 'i32', height: 'i32', rowFloats: 'i32', fromStride: 'i32', target: 'i32', toStride: 'i32' },
  (f, { source, height, rowFloats, fromStride, target, toStride }) => {
    const [from, to] = [f.int(source), f.int(target)];
    f.for(0, height, 1, () => {
      alongFloats(f, rowFloats, (lanes, at) => f.emit(lanes.store(i32.add(to, at), lanes.load(i32.add(from, at)))));
      f.set(from, i32.add(from, fromStride));
      f.set(to, i32.add(to, toStride));
    });
  },
);

/** Most taps of one call of `addDepthwiseGradient`. */
export const mostTaps = 5;

/**
 * Adds one image's part to the gradient of a depthwise filter, for one row of taps of which it takes `taps` (up to 5):
 * sums[j, c] += sum over positions of x[y * sh + i, x * sw + j, c] * dy[y, x, c]. `x`: where the first tap begins in an image
 * with margins; strides of rows and pixels in bytes.
 */
export const addDepthwiseGradient = wasmFunction(
  {
    x: 'i32', rowStep: 'i32', pixelStep: 'i32', tapStep: 'i32', dy: 'i32', outHeight: 'i32', outWidth: 'i32', channels: 'i32',
    taps: 'i32', sums: 'i32',
  }, // prettier-ignore
  (f, p) => {
    const bytes = f.int(i32.shl(p.channels, 2));
    const withTaps = (count: number): void => {
      alongFloats(f, p.channels, (lanes, at) => {
        const sums = Array.from({ length: count }, () => f.local(lanes.type));
        for (const sum of sums) f.set(sum, lanes.constant(0));
        const [row, dy] = [f.int(i32.add(p.x, at)), f.int(i32.add(p.dy, at))];
        f.for(0, p.outHeight, 1, () => {
          const pixel = f.int(row);
          f.for(0, p.outWidth, 1, () => {
            const above = f.local(lanes.type, lanes.load(dy));
            const tap = f.int(pixel);
            sums.forEach((sum, j) => {
              f.set(sum, lanes.add(sum, lanes.mul(lanes.load(tap), above)));
              if (j < count - 1) f.set(tap, i32.add(tap, p.tapStep));
            });
            f.set(pixel, i32.add(pixel, p.pixelStep));
            f.set(dy, i32.add(dy, bytes));
          });
          f.set(row, i32.add(row, p.rowStep));
        });
        const to = f.int(i32.add(p.sums, at));
        sums.forEach((sum) => {
          f.emit(lanes.store(to, lanes.add(lanes.load(to), sum)));
          f.set(to, i32.add(to, bytes));
        });
      });
    };
    const choose = (count: number): void => {
      if (count === 1) withTaps(1);
      else f.if(i32.geU(p.taps, count), () => withTaps(count), () => choose(count - 1)); // prettier-ignore
    };
    choose(mostTaps);
  },
);
