import { NasDistillError, messageOf, nodeCodeOf } from './errors.js';

const elsewhere = 'Choose a writable place with --results DIR or NAS_DISTILL_RESULTS.';

/** The storage error that fits a failed file operation on `path`. */
export function storageError(path: string, cause: unknown): NasDistillError {
  if (cause instanceof NasDistillError) return cause;
  const code = nodeCodeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    return new NasDistillError('STORAGE_FULL', `no space left to write ${path}`, {
      hint: 'Free disk space, then run the same command again: what was stored before is intact.',
      cause,
    });
  }
  const reason = code === undefined ? undefined : reasons[code];
  if (reason !== undefined) {
    return new NasDistillError('STORAGE', `cannot write ${path}: ${reason} (${code})`, { hint: elsewhere, cause });
  }
  return new NasDistillError('STORAGE', `cannot write ${path}: ${messageOf(cause)}`, { hint: elsewhere, cause });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'this file system lets nobody make it',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'the name is too long',
};
