/** Points are lists of objectives, every one minimised. Equal points do not dominate each other. */
export type Point = readonly number[];

/** True if `a` is nowhere worse and somewhere better than `b`. */
export function dominates(a: Point, b: Point): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] > b[i]) return false;
    if (a[i] < b[i]) better = true;
  }
  return better;
}

/**
 * Splits points into fronts of indices: the first is dominated by none, the next only by the first, and so on.
 * Deb et al. 2002 (NSGA-II), fast non-dominated sort.
 * @param beats replaces plain domination, for instance by the constrained one.
 */
export function nonDominatedSort(
  points: readonly Point[],
  beats: (i: number, j: number) => boolean = (i, j) => dominates(points[i], points[j]),
): number[][] {
  const beaten: number[][] = points.map(() => []);
  const beatenBy = points.map(() => 0);
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      if (beats(i, j)) {
        beaten[i].push(j);
        beatenBy[j]++;
      } else if (beats(j, i)) {
        beaten[j].push(i);
        beatenBy[i]++;
      }
    }
  }
  const fronts: number[][] = [];
  let current = points.map((_, i) => i).filter((i) => beatenBy[i] === 0);
  while (current.length > 0) {
    fronts.push(current);
    const next: number[] = [];
    for (const i of current) for (const j of beaten[i]) if (--beatenBy[j] === 0) next.push(j);
    current = next.sort((a, b) => a - b);
  }
  return fronts;
}

/** Indices of the points that no other dominates, in the order given. Points with a NaN are never on it. */
export function front(points: readonly Point[]): number[] {
  const valid = points.map((_, i) => i).filter((i) => !points[i].some(Number.isNaN));
  return valid.filter((i) => !valid.some((j) => dominates(points[j], points[i])));
}

/** As `front` for two objectives, in the order of the first, by sorting; of equal points the first alone. */
export function front2d(points: readonly (readonly [number, number])[]): number[] {
  const order = points
    .map((_, i) => i)
    .filter((i) => !points[i].some(Number.isNaN))
    .sort((i, j) => points[i][0] - points[j][0] || points[i][1] - points[j][1] || i - j);
  let best = Infinity;
  return order.filter((i) => {
    if (points[i][1] >= best) return false;
    best = points[i][1];
    return true;
  });
}

/**
 * Crowding distance of each point within its front: the sum over objectives of the gap between its neighbours, over
 * the front's range; infinite at the ends of an objective (Deb et al. 2002).
 */
export function crowdingDistance(points: readonly Point[]): number[] {
  const distance = points.map(() => 0);
  for (let m = 0; m < (points[0]?.length ?? 0); m++) {
    const order = points.map((_, i) => i).sort((a, b) => points[a][m] - points[b][m] || a - b);
    const range = points[order[order.length - 1]][m] - points[order[0]][m];
    distance[order[0]] = Infinity;
    distance[order[order.length - 1]] = Infinity;
    if (!(range > 0)) continue;
    for (let k = 1; k < order.length - 1; k++) {
      distance[order[k]] += (points[order[k + 1]][m] - points[order[k - 1]][m]) / range;
    }
  }
  return distance;
}

/** Area that the points dominate, up to the reference (the worst corner). Points beyond it count nothing. */
export function hypervolume2d(points: readonly Point[], reference: Point): number {
  const inside = points.filter((p) => p[0] < reference[0] && p[1] < reference[1]);
  let area = 0;
  let ceiling = reference[1];
  for (const [x, y] of [...inside].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (y >= ceiling) continue;
    area += (reference[0] - x) * (ceiling - y);
    ceiling = y;
  }
  return area;
}

/**
 * Volume that the points dominate, up to the reference, exact in any number of objectives: the WFG algorithm
 * (While, Bradstreet, Barone 2012): the sum of what each point adds to those after it.
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  const inside = points.filter((p) => p.every((v, i) => v < reference[i]));
  if (reference.length === 1) return Math.max(0, ...inside.map((p) => reference[0] - p[0]));
  if (reference.length === 2) return hypervolume2d(inside, reference);
  const sorted = uniqueFront(inside).sort((a, b) => b[b.length - 1] - a[a.length - 1]);
  return wfg(sorted, reference);
}

function wfg(points: readonly Point[], reference: Point): number {
  let volume = 0;
  points.forEach((p, i) => {
    const box = p.reduce((product, v, m) => product * (reference[m] - v), 1);
    // What the points after p dominate inside p's own box.
    const limited = uniqueFront(points.slice(i + 1).map((q) => q.map((v, m) => Math.max(v, p[m]))));
    volume += box - (limited.length === 0 ? 0 : wfg(limited, reference));
  });
  return volume;
}

function uniqueFront(points: readonly Point[]): Point[] {
  const unique = points.filter((p, i) => !points.slice(0, i).some((q) => q.every((v, m) => v === p[m])));
  return front(unique).map((i) => unique[i]);
}
