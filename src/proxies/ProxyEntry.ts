import type { ProbedModel } from './ProbedModel.js';

/** A guess at how good an architecture is, made before it is trained: from its first weights and one batch. */
export interface ProxyEntry {
  readonly summary: string;
  readonly paper: string;
  /** Whether it looks at the teacher. */
  readonly teacher: boolean;
  /**
   * Higher promises a better student. Undefined where it means nothing for such a model (no activations, texts).
   * @throws what the engine throws
   */
  score(model: ProbedModel): Promise<number | undefined>;
}
