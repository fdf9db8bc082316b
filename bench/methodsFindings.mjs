// What the tables of bench:methods say, in sentences whose figures are taken from the runs.

/** @returns one paragraph each */
export function findings() {
  return [];
}
