import { MessageChannel, type MessagePort } from 'node:worker_threads';

let nowhere: MessagePort | undefined;

/**
 * Gives the memory of `buffers` back at once; they are empty afterwards. Left to the garbage collector, a megabyte a step makes
 * it mark the whole heap twice a second, on a core that another worker needs. What is sent to a closed port is dropped.
 */
export function dropBuffers(buffers: readonly ArrayBuffer[]): void {
  if (buffers.length === 0) return;
  nowhere ??= closedPort();
  nowhere.postMessage(undefined, buffers);
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
