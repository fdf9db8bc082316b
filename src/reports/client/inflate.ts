import { byId } from './dom.js';

/** The text that renderReport embedded, compressed, in the element of this id. */
export async function inflate(id: string): Promise<string> {
  const encoded = atob(byId(id).textContent ?? '');
  const bytes = new Uint8Array(encoded.length);
  for (let i = 0; i < encoded.length; i++) bytes[i] = encoded.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return await new Response(stream).text();
}
