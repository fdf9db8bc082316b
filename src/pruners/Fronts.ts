import { dominates } from '../core/pareto.js';

/** A trial in one of the fronts. */
export interface Entry {
  readonly trial: number;
  readonly point: readonly number[];
  /** From 0; changes as better ones come. */
  front: number;
  waiting: boolean;
}

interface Front {
  /** As `before` orders them: of two objectives the second falls from member to member. */
  members: Entry[];
  waiting: number;
}

/**
 * The non-dominated sort of points that come one by one (as in Buzdalov, Yakupov, Stankevich 2015, doi:10.1145/2739480.2754685,
 * with plain arrays instead of balanced trees): the front of a newcomer is found by bisection, as whoever is beaten by a
 * member of one front is beaten by one of each front before it; those it beats move one front down, and so on. Of n points in
 * two objectives there are about sqrt(n) fronts of sqrt(n) members.
 */
export class Fronts {
  private readonly fronts: Front[] = [];

  get count(): number {
    return this.fronts.length;
  }

  members(rank: number): readonly Entry[] {
    return this.fronts[rank]?.members ?? [];
  }

  waitingIn(rank: number): number {
    return this.fronts[rank].waiting;
  }

  /** How many stand in the fronts before this one. */
  ahead(rank: number): number {
    let sum = 0;
    for (let i = 0; i < rank; i++) sum += this.fronts[i].members.length;
    return sum;
  }

  setWaiting(entry: Entry, waiting: boolean): void {
    if (entry.waiting === waiting) return;
    entry.waiting = waiting;
    this.fronts[entry.front].waiting += waiting ? 1 : -1;
  }

  /** The front that a point belongs to, or would. */
  rankOf(point: readonly number[]): number {
    let [low, high] = [0, this.fronts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBeaten(point, this.fronts[middle].members)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(trial: number, point: readonly number[]): Entry {
    const entry: Entry = { trial, point, front: this.rankOf(point), waiting: false };
    let moving = [entry];
    for (let rank = entry.front; moving.length > 0; rank++) {
      const front = (this.fronts[rank] ??= { members: [], waiting: 0 });
      const beaten = moving.flatMap((newcomer) => takeBeaten(newcomer.point, front.members));
      for (const newcomer of moving) {
        newcomer.front = rank;
        front.members.splice(placeAmong(front.members, newcomer.point, newcomer.trial), 0, newcomer);
        if (newcomer.waiting) front.waiting++;
      }
      for (const { waiting } of beaten) if (waiting) front.waiting--;
      moving = beaten;
    }
    return entry;
  }
}

/** Where a point stands among members, or would: by its objectives one after the other, then by trial. */
export function placeAmong(members: readonly Entry[], point: readonly number[], trial: number): number {
  let [low, high] = [0, members.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(members[middle], point, trial)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function before(member: Entry, point: readonly number[], trial: number): boolean {
  for (let m = 0; m < point.length; m++) if (member.point[m] !== point[m]) return member.point[m] < point[m];
  return member.trial < trial;
}

/** Whether a member of one front beats the point. */
function isBeaten(point: readonly number[], members: readonly Entry[]): boolean {
  if (point.length !== 2) return members.some((member) => dominates(member.point, point));
  // The last that is not worse in the first objective is the best of those in the second.
  const at = placeAmong(members, point, -Infinity);
  return at > 0 && dominates(members[at - 1].point, point);
}

/** Takes out of a front, in order, those whom the point beats. */
function takeBeaten(point: readonly number[], members: Entry[]): Entry[] {
  if (point.length !== 2) {
    const beaten = members.filter((member) => dominates(point, member.point));
    for (const member of beaten) members.splice(members.indexOf(member), 1);
    return beaten;
  }
  const from = placeAmong(members, point, -Infinity);
  let to = from;
  while (to < members.length && dominates(point, members[to].point)) to++;
  return members.splice(from, to - from);
}
