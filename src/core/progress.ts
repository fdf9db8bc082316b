/** Where long work reports how far it is. The command line draws bars or plain lines from it; tests pass `silent`. */
export interface Progress {
  /** Starts a task of `total` units (undefined: unknown), `done` of which an earlier run did, and returns its handle. */
  start(label: string, total?: number, done?: number): ProgressTask;
  /** One line of information (never a result: those go to stdout by the command). */
  info(line: string): void;
  /** One line that the user should not miss. */
  warn(line: string): void;
}
export interface ProgressTask {
  /** Sets how many units are done; `note` is a short text behind the bar, such as a loss. */
  update(done: number, note?: string): void;
  /** Ends the task; `note` replaces the bar's note. */
  end(note?: string): void;
}

/** Reports nothing. */
export const silent: Progress = {
  start: () => ({ update: () => undefined, end: () => undefined }),
  info: () => undefined,
  warn: () => undefined,
};
