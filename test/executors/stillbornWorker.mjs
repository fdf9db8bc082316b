// The real worker, in a process that dies as it starts again: as often as the file next to STILLBORN says, from the second time on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import work, { open as openWorker } from '../../dist/executors/worker.js';

export function open(...given) {
  const file = process.env.STILLBORN;
  const left = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  if (left !== undefined && left > 0) {
    writeFileSync(file, String(left - 1));
    process.kill(process.pid, 'SIGKILL');
  }
  return openWorker(...given);
}

export default function (task) {
  const file = process.env.STILLBORN;
  // The first life ends in its first trial.
  if (!existsSync(file)) {
    writeFileSync(file, process.env.STILLBORN_TIMES);
    process.kill(process.pid, 'SIGKILL');
  }
  return work(task);
}
