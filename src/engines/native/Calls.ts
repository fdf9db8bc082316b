import type { RecordedOperator } from './planOf.js';

/** A list of calls in which calls are replaced by others; tensors that go on existing keep their numbers. */
export class Calls {
  readonly #kept: ReadonlySet<number>;
  readonly #readers = new Map<number, RecordedOperator[]>();
  readonly #makers = new Map<number, RecordedOperator>();
  readonly #replaced = new Map<RecordedOperator, readonly RecordedOperator[]>();

  /** @param results tensors that must be there in the end */
  constructor(
    readonly list: readonly RecordedOperator[],
    results: readonly number[],
  ) {
    this.#kept = new Set(results);
    for (const call of list) {
      for (const id of new Set(call.inputs)) this.#readers.set(id, [...(this.#readers.get(id) ?? []), call]);
      for (const id of call.outputs) this.#makers.set(id, call);
    }
  }

  /** Calls of these operators that are still there. */
  named(...names: readonly string[]): RecordedOperator[] {
    return this.list.filter((call) => this.#is(call, names));
  }

  /** The readers of a tensor that are such calls. */
  readers(id: number, ...names: readonly string[]): RecordedOperator[] {
    return (this.#readers.get(id) ?? []).filter((call) => this.#is(call, names));
  }

  /** All readers of a tensor, where they are such calls and nobody needs it in the end; otherwise none. */
  onlyReaders(id: number, ...names: readonly string[]): RecordedOperator[] {
    const readers = this.readers(id, ...names);
    return !this.#kept.has(id) && readers.length === this.#readers.get(id)?.length ? readers : [];
  }

  /** The call that makes a tensor, where it is such a one. */
  maker(id: number, ...names: readonly string[]): RecordedOperator | undefined {
    const maker = this.#makers.get(id);
    return maker && this.#is(maker, names) ? maker : undefined;
  }

  /** Others, or none, in the place of a call. */
  replace(call: RecordedOperator, ...by: readonly RecordedOperator[]): void {
    this.#replaced.set(call, by);
  }

  /** The new list. */
  result(): RecordedOperator[] {
    return this.list.flatMap((call) => this.#replaced.get(call) ?? [call]);
  }

  #is(call: RecordedOperator, names: readonly string[]): boolean {
    return names.includes(call.name) && !this.#replaced.has(call);
  }
}
