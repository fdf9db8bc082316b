import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';
import type { TrialStore } from '../store/types.js';
import type { Candidate } from './SearchParts.js';

/** Stores architectures as trials that wait, before any that a sampler proposes; those that the study has are left out. */
export function enqueue(
  parts: {
    store: TrialStore;
    study: string;
    space: SearchSpace;
    build: (architecture: Architecture) => Candidate;
  },
  architectures: readonly Architecture[],
): { added: number; known: number } {
  const { store, study, space, build } = parts;
  const known = new Set(store.trialSummaries(study).map(({ architectureId }) => architectureId));
  let added = 0;
  for (const architecture of architectures) {
    const architectureId = space.id(architecture);
    if (known.has(architectureId)) continue;
    known.add(architectureId);
    store.createTrial(study, { origin: 'enqueued', architectureId, architecture, ...build(architecture) });
    added++;
  }
  return { added, known: architectures.length - added };
}
