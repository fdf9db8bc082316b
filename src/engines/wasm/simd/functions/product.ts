import { f32, i32, store, v128, type I32 } from '../code.js';
import { wasmFunction, type FunctionBuilder } from '../ModuleBuilder.js';
import { Tile, tileColumns, tileRows } from './tile.js';

/**
 * One side of a product, laid out as the tiles read it: panels of `width` (4 or 8) along the side's own axis, each with
 * its values for all k one behind the other; zeros fill the last panel. The source has `size` values along that axis,
 * `stride` bytes apart, and `depth` values of k, `kStride` bytes apart; one of the two strides is 4.
 */
export const pack = wasmFunction(
  { source: 'i32', stride: 'i32', kStride: 'i32', size: 'i32', depth: 'i32', width: 'i32', target: 'i32' },
  (f, { source, stride, kStride, size, depth, width, target }) => {
    const panelBytes = f.int(i32.mul(i32.shl(width, 2), depth));
    const to = f.int(target);
    const kStep = f.int(i32.shl(width, 2));
    f.for(0, size, width, (first) => {
      f.for(0, width, 4, (inPanel) => {
        const at = f.int(i32.add(first, inPanel));
        const from = f.int(i32.add(source, i32.mul(at, stride)));
        const out = f.int(i32.add(to, i32.shl(inPanel, 2)));
        f.if(
          i32.geU(size, i32.add(at, 4)),
          () =>
            f.if(
              i32.ltU(kStride, 5),
              () => transposeFours(f, { from, stride, depth, out, kStep }),
              () =>
                f.for(0, depth, 1, () => {
                  f.emit(store.v128(out, v128.load(from)));
                  f.set(from, i32.add(from, kStride));
                  f.set(out, i32.add(out, kStep));
                }),
            ),
          () =>
            f.for(0, depth, 1, () => {
              const value = f.int(from);
              for (let i = 0; i < 4; i++) {
                f.if(
                  i32.ltU(i32.add(at, i), size),
                  () => f.emit(store.f32(out, f32.load(value), 4 * i)),
                  () => f.emit(store.f32(out, f32.constant(0), 4 * i)),
                );
                f.set(value, i32.add(value, stride));
              }
              f.set(from, i32.add(from, kStride));
              f.set(out, i32.add(out, kStep));
            }),
        );
      });
      f.set(to, i32.add(to, panelBytes));
    });
  },
);

/** Four rows whose k lie side by side, to fours of one k each. */
function transposeFours(
  f: FunctionBuilder,
  { from, stride, depth, out, kStep }: Record<'from' | 'stride' | 'depth' | 'out' | 'kStep', I32>,
): void {
  const rows = [f.int(from)];
  for (let i = 1; i < 4; i++) rows.push(f.int(i32.add(rows[i - 1], stride)));
  const to = f.int(out);
  const whole = f.int(i32.and(depth, -4));
  f.for(0, whole, 4, (k) => {
    const at = f.int(i32.shl(k, 2));
    const [r0, r1, r2, r3] = rows.map((row) => f.local('v128', v128.load(i32.add(row, at))));
    const low = f.local('v128', v128.shuffle(r0, r1, [0, 4, 1, 5]));
    const high = f.local('v128', v128.shuffle(r0, r1, [2, 6, 3, 7]));
    const low2 = f.local('v128', v128.shuffle(r2, r3, [0, 4, 1, 5]));
    const high2 = f.local('v128', v128.shuffle(r2, r3, [2, 6, 3, 7]));
    for (const [a, b] of [
      [low, low2],
      [high, high2],
    ]) {
      // prettier-ignore
      for (const lanes of [[0, 1, 4, 5], [2, 3, 6, 7]] as const) { // prettier-ignore
        f.emit(store.v128(to, v128.shuffle(a, b, lanes)));
        f.set(to, i32.add(to, kStep));
      }
    }
  });
  f.for(whole, depth, 1, (k) => {
    for (const [i, row] of rows.entries()) f.emit(store.f32(to, f32.load(i32.add(row, i32.shl(k, 2))), 4 * i));
    f.set(to, i32.add(to, kStep));
  });
}

/**
 * c [rows, columns] = a b, or with `more` c += a b, of packed sides of depth `depth`: a in panels of 4, b in panels of 8.
 * `edge`: room for one tile, where those that reach beyond c are made.
 */
export const multiply = wasmFunction(
  { a: 'i32', b: 'i32', c: 'i32', rows: 'i32', columns: 'i32', depth: 'i32', more: 'i32', edge: 'i32' },
  (f, { a, b, c, rows, columns, depth, more, edge }) => {
    const tile = new Tile(f);
    const stride = f.int(i32.shl(columns, 2));
    const edgeStride = f.int(4 * tileColumns);
    const no = f.int(0);
    const [aAt, bAt, panel] = [f.int(), f.int(), f.int(b)];
    f.for(0, columns, tileColumns, (column) => {
      f.set(aAt, a);
      f.for(0, rows, tileRows, (row) => {
        f.set(bAt, panel);
        tile.clear();
        tile.addRun(aAt, 4 * tileRows, bAt, depth);
        const at = f.int(i32.add(c, i32.add(i32.mul(row, stride), i32.shl(column, 2))));
        const inside = i32.and(i32.geU(rows, i32.add(row, tileRows)), i32.geU(columns, i32.add(column, tileColumns)));
        f.if(
          inside,
          () => tile.store(at, stride, more),
          () => {
            tile.store(edge, edgeStride, no);
            copyEdge(f, { edge, at, stride, more, rows: i32.sub(rows, row), columns: i32.sub(columns, column) });
          },
        );
      });
      f.set(panel, bAt);
    });
  },
);

/** The part of a tile that lies inside. */
function copyEdge(
  f: FunctionBuilder,
  { edge, at, stride, more, rows, columns }: Record<'edge' | 'at' | 'stride' | 'more' | 'rows' | 'columns', I32>,
): void {
  const height = f.int(i32.min(rows, i32.value(tileRows)));
  const width = f.int(i32.min(columns, i32.value(tileColumns)));
  f.for(0, height, 1, (i) => {
    f.for(0, width, 1, (j) => {
      const from = f.int(i32.add(edge, i32.shl(i32.add(i32.mul(i, tileColumns), j), 2)));
      const to = f.int(i32.add(at, i32.add(i32.mul(i, stride), i32.shl(j, 2))));
      f.if(
        more,
        () => f.emit(store.f32(to, f32.add(f32.load(to), f32.load(from)))),
        () => f.emit(store.f32(to, f32.load(from))),
      );
    });
  });
}
