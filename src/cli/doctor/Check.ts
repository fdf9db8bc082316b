export interface Finding {
  /** ok: as it should be; note: works, but worth knowing; fault: something that a command needs does not work. */
  readonly state: 'ok' | 'note' | 'fault';
  /** What was looked at, one or two words. */
  readonly what: string;
  /** What was found, one line. */
  readonly found: string;
  /** What to do about it, one line. */
  readonly hint?: string;
}

/** One thing that can be wrong with an installation. It changes nothing that is stored. */
export type Check = (resultsDir: string) => Finding[] | Promise<Finding[]>;
