import type { Database } from 'better-sqlite3';

/** Whatever this holds lives as long as the process. */
const kept = new Set<object>();

interface NativeDatabase {
  prepare(...args: unknown[]): object;
}

/**
 * Keeps a connection and every statement compiled on it, also those that better-sqlite3 makes itself for pragmas and
 * transactions, out of the garbage collector's hands. From Node 24.19 on, the destructor of such an object aborts the whole
 * process if the collector happens to run between two callbacks of JavaScript; better-sqlite3 13 has other objects, but needs
 * Node 22. There are a few dozen of them for a connection: statements that run often must be compiled once, not each time.
 * @returns the same connection
 */
export function keepFromCollection(db: Database): Database {
  kept.add(db);
  for (const symbol of Object.getOwnPropertySymbols(db)) {
    const native: unknown = Reflect.get(db, symbol);
    if (!isNative(native)) continue;
    const prepare = native.prepare.bind(native);
    native.prepare = (...args) => {
      const statement = prepare(...args);
      kept.add(statement);
      return statement;
    };
    return db;
  }
  throw new Error('better-sqlite3 has no native connection to keep');
}

function isNative(value: unknown): value is NativeDatabase {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'prepare') === 'function';
}
