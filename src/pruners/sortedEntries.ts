export interface ScalarEntry {
  readonly trial: number;
  readonly value: number;
}

/** Where an entry stands in a sorted list, or would: by value, then by trial. */
export function placeOf(list: readonly ScalarEntry[], { trial, value }: ScalarEntry): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const before = list[middle].value < value || (list[middle].value === value && list[middle].trial < trial);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Moving what stands behind is one copy of memory: microseconds for a hundred thousand. */
export function insertEntry(list: ScalarEntry[], entry: ScalarEntry): void {
  list.splice(placeOf(list, entry), 0, entry);
}

/** @returns whether it was there */
export function removeEntry(list: ScalarEntry[], entry: ScalarEntry): boolean {
  const at = placeOf(list, entry);
  if (at >= list.length || list[at].trial !== entry.trial) return false;
  list.splice(at, 1);
  return true;
}
