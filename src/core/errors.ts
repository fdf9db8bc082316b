/** Process exit codes, documented in README.md and by `nas-distill --help`. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  infeasible: 3,
  engine: 4,
  storage: 5,
  input: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Every error code of the project, with the exit code that the command line ends with.
 * A new code is one line here.
 */
export const errorCodes = {
  INTERNAL: ExitCode.failure,
  TRIALS_FAILING: ExitCode.failure,
  VERIFICATION: ExitCode.failure,
  TRIAL_DIVERGED: ExitCode.failure,
  USAGE: ExitCode.usage,
  CONFIG: ExitCode.usage,
  SPACE: ExitCode.usage,
  BUDGET_SYNTAX: ExitCode.usage,
  STUDY_NAME: ExitCode.usage,
  NOT_FOUND: ExitCode.usage,
  INFEASIBLE: ExitCode.infeasible,
  ENGINE_MISSING: ExitCode.engine,
  ENGINE_UNSUPPORTED: ExitCode.engine,
  ENGINE_FAILED: ExitCode.engine,
  ENGINE_INSTALL: ExitCode.engine,
  STORAGE: ExitCode.storage,
  STORAGE_VERSION: ExitCode.storage,
  STORAGE_FULL: ExitCode.storage,
  STUDY_EXISTS: ExitCode.storage,
  DATA: ExitCode.input,
  TEACHER: ExitCode.input,
  MODEL: ExitCode.input,
  CACHE: ExitCode.input,
  INTERRUPTED: ExitCode.interrupted,
} as const satisfies Record<string, ExitCode>;
export type ErrorCode = keyof typeof errorCodes;

/**
 * The one error class that reaches a user. `message` says what is wrong and where (one line);
 * `hint` says what to do about it (one line, printed after the message).
 */
export class NasDistillError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NasDistillError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node's error code (ENOENT, EACCES, ...) of anything that was thrown, if it has one. */
export function nodeCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return undefined;
}
