import { crowdingDistance, dominates } from '../core/pareto.js';
import { Fronts, placeAmong, type Entry } from './Fronts.js';
import type { Standing } from './Standing.js';

/**
 * Trials in the order of their non-dominated sort, within a front by crowding distance. The first front belongs to the best
 * however many places there are: it would be the final one if nothing changed.
 */
export class FrontStanding implements Standing {
  private readonly fronts = new Fronts();
  private readonly entries = new Map<number, Entry>();

  get size(): number {
    return this.entries.size;
  }

  has(trial: number): boolean {
    return this.entries.has(trial);
  }

  add(trial: number, objectives: readonly number[]): void {
    this.entries.set(trial, this.fronts.add(trial, objectives));
  }

  admits(trial: number, objectives: readonly number[], places: number): boolean {
    const entry = this.entries.get(trial);
    const rank = entry?.front ?? this.fronts.rankOf(objectives);
    if (rank === 0) return true;
    const left = places - this.fronts.ahead(rank);
    if (left <= 0) return false;
    const front = this.fronts.members(rank);
    if (entry !== undefined) return ownPlace(front, front.indexOf(entry)) < left;
    // As it would be with the trial in it: who it beats is no longer of this front.
    const others = front.filter((other) => !dominates(objectives, other.point));
    const at = placeAmong(others, objectives, trial);
    return ownPlace([...others.slice(0, at), { point: objectives }, ...others.slice(at)], at) < left;
  }

  enter(trial: number): void {
    const entry = this.entries.get(trial);
    if (entry !== undefined) this.fronts.setWaiting(entry, true);
  }

  leave(trial: number): void {
    const entry = this.entries.get(trial);
    if (entry !== undefined) this.fronts.setWaiting(entry, false);
  }

  waits(trial: number): boolean {
    return this.entries.get(trial)?.waiting === true;
  }

  next(places: number): number | undefined {
    let ahead = 0;
    for (let rank = 0; rank < this.fronts.count && (rank === 0 || ahead < places); rank++) {
      const front = this.fronts.members(rank);
      if (this.fronts.waitingIn(rank) > 0) {
        const crowding = crowdingDistance(front.map(({ point }) => point));
        // Of equally crowded ones the older.
        const order = [...front.keys()].sort((a, b) => crowding[b] - crowding[a] || front[a].trial - front[b].trial);
        const first = order.find((i) => front[i].waiting);
        if (first === undefined) return undefined;
        const before = crowding.filter((c) => c > crowding[first]).length;
        return rank === 0 || ahead + before < places ? front[first].trial : undefined;
      }
      ahead += front.length;
    }
    return undefined;
  }
}

/** How many of a front are less crowded than member `index`. */
function ownPlace(front: readonly { readonly point: readonly number[] }[], index: number): number {
  const crowding = crowdingDistance(front.map(({ point }) => point));
  return crowding.filter((c) => c > crowding[index]).length;
}
