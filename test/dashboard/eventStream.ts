/** Reads server-sent events as a browser would. */
export interface Listening {
  /** The next event of that name whose data the check accepts; an error after `limitMs`. */
  next(name: string, check?: (data: unknown) => boolean, limitMs?: number): Promise<unknown>;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

export async function listenTo(url: string): Promise<Listening> {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('no event stream');
  const events: { name: string; data: unknown }[] = [];
  let wake = (): void => undefined;
  const { body } = response;
  const ended = (async () => {
    let text = '';
    try {
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        text += chunk.value;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          // Only \n ends a line: U+2028 may stand within one.
          const lines = part.split('\n');
          const name = lines.find((line) => line.startsWith('event: '))?.slice(7);
          const data = lines.flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : [])).join('\n');
          if (name !== undefined) events.push({ name, data: JSON.parse(data) as unknown });
        }
        wake();
      }
    } catch (error) {
      if (!controller.signal.aborted && !(error instanceof TypeError)) throw error;
    }
  })();
  return {
    async next(name, check = () => true, limitMs = 10_000) {
      for (const end = Date.now() + limitMs; Date.now() < end;) {
        const at = events.findIndex((event) => event.name === name && check(event.data));
        if (at >= 0) return events.splice(0, at + 1).at(-1)?.data;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 100);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      throw new Error(`no event '${name}' came; there were: ${events.map((event) => event.name).join(', ')}`);
    },
    ended,
    close: () => controller.abort(),
  };
}
