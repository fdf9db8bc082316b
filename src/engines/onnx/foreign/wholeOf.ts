/** A whole number of a protobuf, which may come as an object of 64 bits. */
export function wholeOf(value: number | { toNumber(): number } | null | undefined): number {
  return typeof value === 'number' ? value : (value?.toNumber() ?? 0);
}
