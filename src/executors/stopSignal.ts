/**
 * An abort signal that reads a flag in shared memory. A worker in a synchronous step loop gets no messages, but it sees
 * the flag whenever it looks at `aborted`; no `abort` event is sent.
 */
export function stopSignal(flag: Int32Array): AbortSignal {
  const { signal } = new AbortController();
  return Object.defineProperty(signal, 'aborted', { get: () => Atomics.load(flag, 0) !== 0 });
}
