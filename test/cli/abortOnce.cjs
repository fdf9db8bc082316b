/* eslint-disable @typescript-eslint/no-require-imports -- a preload of every thread is CommonJS */
// Loaded into every thread: the first worker that reports its second epoch aborts the whole process, as a native library does.
const { writeFileSync } = require('node:fs');
const { isMainThread, MessagePort } = require('node:worker_threads');

if (!isMainThread) {
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (message?.kind === 'rung' && message.rung.epoch === 2) {
      let first = true;
      try {
        writeFileSync(process.env.ABORTED_FILE, '', { flag: 'wx' });
      } catch {
        first = false;
      }
      if (first) process.kill(process.pid, 'SIGABRT');
    }
    return post.call(this, message, ...rest);
  };
}
