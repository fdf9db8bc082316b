import type { Engine, EngineOptions } from './Engine.js';

/** Whether an engine can be opened here; if not, what is missing and how to get it. */
export type EngineProbe =
  | { readonly available: true; readonly version: string; readonly bytes?: number }
  | { readonly available: false; readonly reason: string; readonly install: string; readonly bytes?: number };

/** One line of the registry of engines. */
export interface EngineEntry {
  readonly summary: string;
  /** Never throws for a missing engine: it reports. */
  probe(): Promise<EngineProbe>;
  /** To be awaited before a thread starts others that open this engine, once a process. */
  prepareThreads?(): Promise<void>;
  /** @throws NasDistillError ENGINE_MISSING with the command to get it */
  open(options: EngineOptions): Promise<Engine>;
}
