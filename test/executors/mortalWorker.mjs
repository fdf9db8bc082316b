// The real worker, but some trials kill it: what a native crash or an error outside the trial does to a thread.
import work, { open } from '../../dist/executors/worker.js';

export { open };

export default async function mortal(task) {
  if (task.job.trial === 13) process.exit(7);
  if (task.job.trial === 14) {
    setTimeout(() => {
      throw new Error('thrown outside the trial');
    });
    await new Promise(() => {});
  }
  console.log('a worker speaks');
  return work(task);
}
