import { openDatabase } from './openDatabase.js';
import { guarded } from './sqliteErrors.js';
import { sqliteStore } from './sqliteStore.js';
import type { TrialStore } from './types.js';

/**
 * Opens the study database at `path` (`:memory:` for one that is gone on close), creating and migrating it unless
 * `readonly`. Look at `journalMode`: `delete` means that the file system allows no WAL.
 * @throws NasDistillError STORAGE (no database, damaged, no permission, locked), STORAGE_VERSION (from a newer version),
 *   STORAGE_FULL, NOT_FOUND (read-only and absent)
 */
export function openStore(path: string, options: { readonly?: boolean } = {}): TrialStore {
  const opened = openDatabase(path, options.readonly ?? false);
  return guarded(path, () => sqliteStore(path, opened));
}
