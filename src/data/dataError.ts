import { NasDistillError, messageOf, nodeCodeOf } from '../core/errors.js';

/** The error of data that cannot be used: what and where in `message`, what to do in `hint`. */
export function dataError(message: string, options: string | { hint?: string; cause?: unknown } = {}): NasDistillError {
  return new NasDistillError('DATA', message, typeof options === 'string' ? { hint: options } : options);
}

/** The error of a file or folder that cannot be read, in words for the frequent causes. */
export function unreadable(path: string, cause: unknown): NasDistillError {
  if (cause instanceof NasDistillError) return cause;
  const code = nodeCodeOf(cause);
  if (code === 'ENOENT') return dataError(`${path} does not exist`, { hint: 'Check the path.', cause });
  if (code === 'EACCES' || code === 'EPERM') {
    return dataError(`cannot read ${path}: permission denied`, { hint: 'Check the permissions of the file.', cause });
  }
  return dataError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
}
