/* eslint-disable @typescript-eslint/no-require-imports -- a preload of every thread is CommonJS */
// Loaded into every thread. Notes the epochs that each run of a trial reports in CRASH_LOG, a line a run and epoch, and lets runs
// that went on from a checkpoint die as they report their second epoch: the first by an abort of the process of the workers, the
// next by SIGKILL to the command's process.
const { appendFileSync, writeFileSync } = require('node:fs');
const { isMainThread, MessagePort, threadId } = require('node:worker_threads');

if (!isMainThread && process.env.CRASH_LOG) {
  const log = process.env.CRASH_LOG;
  const runs = new WeakMap();
  let next = 1;
  const isFirst = (mark) => {
    try {
      writeFileSync(`${log}.${mark}`, '', { flag: 'wx' });
      return true;
    } catch {
      return false;
    }
  };
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (message?.kind === 'rung') {
      const { epoch } = message.rung;
      const run = runs.get(this) ?? { name: `${process.pid}-${threadId}-${next++}`, from: epoch };
      runs.set(this, run);
      appendFileSync(log, `${run.name} ${epoch}\n`);
      if (process.env.CRASH === '1' && run.from > 1 && epoch > run.from) {
        if (isFirst('abort')) process.kill(process.pid, 'SIGABRT');
        else if (isFirst('kill')) process.kill(process.ppid, 'SIGKILL');
      }
    }
    return post.call(this, message, ...rest);
  };
}
