import { NasDistillError } from '../src/core/errors.js';

/** The error of ours that this work ends with, to look at its code and its hint. @throws whatever else it ends with */
export function errorOf(work: () => unknown): NasDistillError {
  try {
    work();
  } catch (error) {
    if (error instanceof NasDistillError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
