import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { keepFromCollection } from '../../src/store/keepFromCollection.js';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Whether a statement that nobody holds outlives the collector. */
async function survives(db: Database.Database): Promise<boolean> {
  const statement = new WeakRef(db.prepare('SELECT 1'));
  for (let i = 0; i < 5; i++) {
    // A WeakRef that was made or read holds its target until the turn ends.
    await turn();
    if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
  }
  return statement.deref() !== undefined;
}

// Where the collector may take a statement, Node 24.19 and newer abort: the bare control runs on older ones only.
const aborts = process.versions.node.split('.').map(Number)[0] >= 24;

test('a statement lives as long as the process', async () => {
  const kept = keepFromCollection(new Database(':memory:'));
  expect(await survives(kept)).toBe(true);
  expect(kept.pragma('user_version', { simple: true })).toBe(0);
  expect(kept.transaction(() => kept.prepare('SELECT 2').pluck().get())()).toBe(2);
});

test.skipIf(aborts)('one of a bare connection does not', async () => {
  expect(await survives(new Database(':memory:'))).toBe(false);
});
