import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variable naming the folder of installed engines. */
export const enginesFolderVariable = 'NAS_DISTILL_ENGINES';

/**
 * Where engines are installed: NAS_DISTILL_ENGINES, or `nas-distill/engines` in the user's cache directory. Outside of
 * node_modules, so that `npm ci` leaves it alone, and shared by all projects.
 */
export function enginesFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment[enginesFolderVariable];
  if (named) return resolve(named);
  return join(cacheFolder(environment), 'nas-distill', 'engines');
}

function cacheFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.XDG_CACHE_HOME) return environment.XDG_CACHE_HOME;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return join(homedir(), '.cache');
}
