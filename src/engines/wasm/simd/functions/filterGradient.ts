import { i32, store, f32, v128 } from '../code.js';
import { wasmFunction } from '../ModuleBuilder.js';
import { Tile, tileColumns, tileRows } from './tile.js';

/**
 * One image [height, width, channels] into planes of four channels with zeros around: [channels / 4][paddedHeight]
 * [paddedWidth][4]. The target's margins must be zero already (they stay so); `target` is the address of the first inner
 * value, `planeBytes` the size of one such plane, `rowBytes` of one of its rows.
 */
export const packPlanes = wasmFunction(
  { source: 'i32', height: 'i32', width: 'i32', channels: 'i32', target: 'i32', rowBytes: 'i32', planeBytes: 'i32' },
  (f, { source, height, width, channels, target, rowBytes, planeBytes }) => {
    const from = f.int(source);
    const pixels = f.int(i32.shl(width, 4));
    f.for(0, height, 1, (row) => {
      const start = f.int(i32.add(target, i32.mul(row, rowBytes)));
      f.for(0, pixels, 16, (pixel) => {
        const to = f.int(i32.add(start, pixel));
        const whole = f.int(i32.and(channels, -4));
        f.for(0, whole, 4, () => {
          f.emit(store.v128(to, v128.load(from)));
          f.set(from, i32.add(from, 16));
          f.set(to, i32.add(to, planeBytes));
        });
        f.for(whole, channels, 1, () => {
          f.emit(store.f32(to, f32.load(from)));
          f.set(from, i32.add(from, 4));
          f.set(to, i32.add(to, 4));
        });
      });
    });
  },
);

/**
 * Adds one image's part to the gradient of a convolution's filter: for each tap (i, j), four channels and eight filters
 * sum over the output's positions of x[y * sh + i * dh, x * sw + j * dw] dy[y, x]. `x`: packed planes; `dy`: panels of eight
 * filters (see `pack`). `sums` [filterHeight, filterWidth, channels up to fours, filters up to eights].
 */
export const addFilterGradient = wasmFunction(
  {
    x: 'i32', planes: 'i32', planeBytes: 'i32', dy: 'i32', panels: 'i32', outHeight: 'i32', outWidth: 'i32',
    filterHeight: 'i32', filterWidth: 'i32', rowStep: 'i32', pixelStep: 'i32', tapRow: 'i32', tapPixel: 'i32', sums: 'i32', more: 'i32',
  }, // prettier-ignore
  (f, p) => {
    const tile = new Tile(f);
    const stride = f.int(i32.mul(p.panels, 4 * tileColumns));
    const tapBytes = f.int(i32.mul(i32.mul(stride, tileRows), p.planes));
    const [aAt, bAt, panel, out] = [f.int(), f.int(), f.int(), f.int()];
    f.for(0, p.planes, 1, (plane) => {
      const image = f.int(i32.add(p.x, i32.mul(plane, p.planeBytes)));
      f.set(panel, p.dy);
      f.for(0, p.panels, 1, (column) => {
        f.set(
          out,
          i32.add(p.sums, i32.add(i32.mul(plane, i32.mul(stride, tileRows)), i32.mul(column, 4 * tileColumns))),
        );
        f.for(0, p.filterHeight, 1, (i) => {
          f.for(0, p.filterWidth, 1, (j) => {
            const row = f.int(i32.add(image, i32.add(i32.mul(i, p.tapRow), i32.mul(j, p.tapPixel))));
            f.set(bAt, panel);
            tile.clear();
            f.for(0, p.outHeight, 1, () => {
              f.set(aAt, row);
              f.if(
                i32.ltU(p.pixelStep, 17),
                () => tile.addRun(aAt, 16, bAt, p.outWidth),
                () => tile.addRun(aAt, p.pixelStep, bAt, p.outWidth),
              );
              f.set(row, i32.add(row, p.rowStep));
            });
            tile.store(out, stride, p.more);
            f.set(out, i32.add(out, tapBytes));
          });
        });
        f.set(panel, bAt);
      });
    });
  },
);
