import { i32, store, v128, type I32, type Int, type Local } from '../code.js';
import type { FunctionBuilder } from '../ModuleBuilder.js';

/** Rows and columns of the tile that products are summed up in: eight vectors, which leaves registers for the operands. */
export const tileRows = 4;
export const tileColumns = 8;

/** Sums of a 4 x 8 tile in registers. */
export class Tile {
  readonly #sums: Local<'v128'>[];
  readonly #a: Local<'v128'>;
  readonly #left: Local<'v128'>;
  readonly #right: Local<'v128'>;

  constructor(private readonly f: FunctionBuilder) {
    this.#sums = Array.from({ length: 8 }, () => f.local('v128'));
    this.#a = f.local('v128');
    this.#left = f.local('v128');
    this.#right = f.local('v128');
  }

  clear(): void {
    for (const sum of this.#sums) this.f.set(sum, v128.constant(0));
  }

  /** Adds the outer product of four floats at `a` and eight at `b` (addresses, and offsets in bytes). */
  add(a: I32, aOffset: number, b: I32, bOffset: number): void {
    const { f } = this;
    f.set(this.#left, v128.load(b, bOffset));
    f.set(this.#right, v128.load(b, bOffset + 16));
    for (let row = 0; row < tileRows; row++) {
      f.set(this.#a, v128.loadSplat(a, aOffset + 4 * row));
      for (const [half, side] of [this.#left, this.#right].entries()) {
        const sum = this.#sums[2 * row + half];
        f.set(sum, f.fused ? v128.relaxedMadd(this.#a, side, sum) : v128.add(sum, v128.mul(this.#a, side)));
      }
    }
  }

  /**
   * Adds outer products of `count` fours and eights that lie one behind the other; both addresses move on. Not unrolled: V8
   * moves the loads of a loop's body to its beginning, and more than one product's do not fit into the registers.
   */
  addRun(a: Local<'i32'>, aStep: Int, b: Local<'i32'>, count: I32): void {
    const { f } = this;
    const end = f.int(i32.add(b, i32.shl(count, 5)));
    f.for(b, end, 32, (at) => {
      this.add(a, 0, at, 0);
      f.set(a, i32.add(a, aStep));
    });
    f.set(b, end);
  }

  /** Writes, or with `more` adds, the tile to rows at `target` that lie `stride` bytes apart. */
  store(target: I32, stride: I32, more: I32): void {
    const { f } = this;
    const row = f.int(target);
    f.if(more, () => {
      for (let i = 0; i < tileRows; i++) {
        for (const half of [0, 1]) {
          const sum = this.#sums[2 * i + half];
          f.set(sum, v128.add(sum, v128.load(row, 16 * half)));
        }
        if (i < tileRows - 1) f.set(row, i32.add(row, stride));
      }
      f.set(row, target);
    });
    for (let i = 0; i < tileRows; i++) {
      for (const half of [0, 1]) f.emit(store.v128(row, this.#sums[2 * i + half], 16 * half));
      if (i < tileRows - 1) f.set(row, i32.add(row, stride));
    }
  }
}
