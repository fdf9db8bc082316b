// Which packages are installed, and the one native build that this project needs.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether node_modules holds what package-lock.json says, by the lockfile that npm keeps inside node_modules after every
 * complete install (a package for another platform is optional and may be absent).
 */
export function isInstalled(root) {
  const inside = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(inside)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(inside, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Undefined if better-sqlite3 opens a database in this Node, else why it does not. */
export function sqliteFault(root) {
  const script = `new (require('better-sqlite3'))(':memory:').prepare('select 1').get()`;
  const done = spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
  if (done.status === 0) return undefined;
  return done.stderr.match(/^.*Error: .*$/m)?.[0] ?? done.stderr;
}

/**
 * The headers that came with this Node (`<prefix>/include/node`), if they are its very version: compiling against them
 * needs no download and cannot meet another Node's headers that a personal .npmrc names.
 */
export function headersOfThisNode() {
  const prefix = dirname(dirname(process.execPath));
  const header = join(prefix, 'include', 'node', 'node_version.h');
  if (process.platform === 'win32' || !existsSync(header)) return undefined;
  const text = readFileSync(header, 'utf8');
  const part = (name) => text.match(new RegExp(`#define NODE_${name}_VERSION (\\d+)`))?.[1];
  const version = `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
  return version === process.versions.node ? prefix : undefined;
}
