import { totalmem } from 'node:os';

/** Bytes that this process may use: less than the machine has, in a container. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
