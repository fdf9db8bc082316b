import { NasDistillError } from '../../core/errors.js';

/** Typed reading of a recorded kernel's attributes; a missing or wrong one is an internal error that names it. */
export class Attrs {
  constructor(
    private readonly kernel: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  num(name: string, otherwise?: number): number {
    const v = this.values[name] ?? otherwise;
    return typeof v === 'number' ? v : this.fail(name, 'a number');
  }

  bool(name: string, otherwise = false): boolean {
    const v = this.values[name] ?? otherwise;
    return typeof v === 'boolean' ? v : this.fail(name, 'a boolean');
  }

  str(name: string, otherwise?: string): string {
    const v = this.values[name] ?? otherwise;
    return typeof v === 'string' ? v : this.fail(name, 'a string');
  }

  /** A list of numbers; a single number counts as a list of one. */
  nums(name: string): number[] {
    const v = this.values[name];
    if (typeof v === 'number') return [v];
    return isNumbers(v) ? v : this.fail(name, 'a list of numbers');
  }

  optionalNums(name: string): number[] | undefined {
    const v = this.values[name];
    return v === undefined || v === null ? undefined : this.nums(name);
  }

  /** A pair; a single number stands for both. */
  pair(name: string, otherwise?: number): [number, number] {
    const v = this.values[name] ?? otherwise;
    if (typeof v === 'number') return [v, v];
    return isNumbers(v) && v.length >= 1 ? [v[0], v[1] ?? v[0]] : this.fail(name, 'a pair of numbers');
  }

  pairs(name: string): [number, number][] {
    const v = this.values[name];
    if (!Array.isArray(v)) return this.fail(name, 'a list of pairs');
    return v.map((p: unknown) => (isNumbers(p) && p.length === 2 ? [p[0], p[1]] : this.fail(name, 'a list of pairs')));
  }

  /** tfjs's padding: 'same', 'valid', a number, or explicit pairs for the four dimensions. */
  pad(): 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]] {
    const v = this.values.pad;
    if (v === 'same' || v === 'valid' || typeof v === 'number') return v;
    const [a, b, c, d] = this.pairs('pad');
    return d === undefined ? this.fail('pad', 'four pairs') : [a, b, c, d];
  }

  rounding(): 'floor' | 'round' | 'ceil' | undefined {
    const v = this.values.dimRoundingMode;
    return v === 'floor' || v === 'round' || v === 'ceil' ? v : undefined;
  }

  private fail(name: string, expected: string): never {
    throw new NasDistillError(
      'INTERNAL',
      `kernel ${this.kernel}: attribute ${name} should be ${expected}, got ${String(this.values[name])}`,
    );
  }
}

function isNumbers(v: unknown): v is number[] {
  return Array.isArray(v) && v.every((n) => typeof n === 'number');
}
