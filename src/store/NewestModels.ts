import type { Trial } from './types.js';

export type TrialModel = Pick<Trial, 'architecture' | 'spec'>;

const most = 256;

/**
 * Models of the trials that this process stored last. A model never changes once stored, and a search asks for each of its own
 * when the trial ends: parsing and checking a thousand layers then would be most of what the store costs.
 */
export class NewestModels {
  private readonly kept = new Map<string, TrialModel>();

  keep(studyId: number, number: number, { architecture, spec }: TrialModel): void {
    this.kept.set(`${studyId}/${number}`, { architecture, spec });
    if (this.kept.size <= most) return;
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest);
  }

  of(studyId: number, number: number): TrialModel | undefined {
    return this.kept.get(`${studyId}/${number}`);
  }

  /** A deleted study's number may be another's later. */
  forget(studyId: number): void {
    for (const key of this.kept.keys()) if (key.startsWith(`${studyId}/`)) this.kept.delete(key);
  }
}
