// The real worker, but some trials do what native libraries do to a process: abort it, never return, take all memory.
import Database from 'better-sqlite3';
import work, { open } from '../../dist/executors/worker.js';

export { open };

const kept = [];

export default async function wild(task) {
  const { trial } = task.job;
  if (trial === 13) {
    // In the middle of its training, on a worker's thread; process.abort() is for main threads.
    setTimeout(() => process.kill(process.pid, 'SIGABRT'), 50);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  if (trial === 14) {
    // A native call without end, which terminate() cannot stop.
    new Database(':memory:')
      .prepare('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n')
      .get();
  }
  if (trial === 15) {
    for (;;) {
      kept.push(Buffer.alloc(32 * 2 ** 20, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return work(task);
}
