import { insertEntry, placeOf, type ScalarEntry } from './sortedEntries.js';
import type { Standing } from './Standing.js';

/** Trials in the order of one objective, the least first; of equal ones all count as the best of them. */
export class ScalarStanding implements Standing {
  private readonly values = new Map<number, number>();
  private readonly all: ScalarEntry[] = [];
  private readonly queue: ScalarEntry[] = [];
  private readonly inQueue = new Set<number>();

  /** @param objective its place among the objectives */
  constructor(private readonly objective: number) {}

  get size(): number {
    return this.all.length;
  }

  has(trial: number): boolean {
    return this.values.has(trial);
  }

  add(trial: number, objectives: readonly number[]): void {
    const value = objectives[this.objective];
    this.values.set(trial, value);
    insertEntry(this.all, { trial, value });
  }

  admits(trial: number, objectives: readonly number[], places: number): boolean {
    return this.better(this.values.get(trial) ?? objectives[this.objective]) < places;
  }

  enter(trial: number): void {
    const value = this.values.get(trial);
    if (value === undefined || this.inQueue.has(trial)) return;
    this.inQueue.add(trial);
    insertEntry(this.queue, { trial, value });
  }

  leave(trial: number): void {
    const value = this.values.get(trial);
    if (value === undefined || !this.inQueue.delete(trial)) return;
    this.queue.splice(placeOf(this.queue, { trial, value }), 1);
  }

  waits(trial: number): boolean {
    return this.inQueue.has(trial);
  }

  next(places: number): number | undefined {
    if (this.queue.length === 0) return undefined;
    const [{ trial, value }] = this.queue;
    return this.better(value) < places ? trial : undefined;
  }

  /** How many are better than a value. */
  private better(value: number): number {
    return placeOf(this.all, { trial: -Infinity, value });
  }
}
