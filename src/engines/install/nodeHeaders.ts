import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findPackage } from '../findPackage.js';
import { installError } from './installError.js';

/** The folder with node_api.h: beside this Node, in node-gyp's cache, or of the package node-api-headers. */
export function findNodeHeaders(executable = process.execPath, home = homedir()): string {
  const headers = findPackage('node-api-headers');
  const folders = [
    join(dirname(dirname(executable)), 'include', 'node'),
    '/usr/include/node',
    join(home, '.cache', 'node-gyp', process.version.slice(1), 'include', 'node'),
    join(home, 'Library', 'Caches', 'node-gyp', process.version.slice(1), 'include', 'node'),
    ...(headers ? [join(headers.folder, 'include')] : []),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found !== undefined) return found;
  throw installError(
    `the headers of Node are not here (no node_api.h in ${folders[0]})`,
    'Get them with: npm install --no-save node-api-headers',
  );
}
