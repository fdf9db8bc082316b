import { describe, expect, it } from 'vitest';
import { createPruner } from '../../src/search/createPruner.js';
import { prunedBy } from '../../src/search/prunedBy.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { TrialPruner } from '../../src/search/TrialPruner.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { openStore } from '../../src/store/openStore.js';

const bytes = 1000;
const costs = { bytes, params: bytes / 4, macs: 1, memory: 1 };

/** Decisions after the first of three epochs, of students of one size that have these accuracies and training losses. */
function decisions(by: 'accuracy' | 'loss', students: readonly (readonly [accuracy: number, loss: number])[]) {
  const store = openStore(':memory:');
  store.createStudy({ name: 's', settings: {}, facts: {} });
  const pruning = new TrialPruner(createPruner('moasha', { reduction: 2 }, 3), 3, ['bytes'], false, by);
  const decided = students.map(([accuracy, loss], i) => {
    const { number } = store.createTrial('s', {
      origin: 'search',
      architectureId: String(i),
      architecture: { choices: {} },
      spec: { input: [1], nodes: [], logits: '', taps: {} },
      costs,
    });
    store.start('s', number, 0);
    store.report('s', number, { epoch: 1, metrics: { accuracy, train_loss: loss }, elapsedMs: 1 });
    const trial = store.trial('s', number);
    if (trial === undefined) throw new Error('no trial');
    return pruning.onRung(trial, trial.rungs[0]);
  });
  store.close();
  return decided;
}

describe('what a pruner compares students by', () => {
  // The second is more accurate after an epoch, the third has learnt more.
  const students = [[0.3, 5], [0.5, 6], [0.2, 4]] as const; // prettier-ignore

  it('is the training loss or the accuracy', () => {
    expect(decisions('accuracy', students)).toEqual(['continue', 'continue', 'pause']);
    expect(decisions('loss', students)).toEqual(['continue', 'pause', 'continue']);
  });

  it('nothing is decided by what is no number', () => {
    expect(decisions('loss', [[0.3, 5], [0.5, NaN]])).toEqual(['continue', 'continue']); // prettier-ignore
    expect(decisions('accuracy', [[0.3, 5], [0.2, NaN]])).toEqual(['continue', 'pause']); // prettier-ignore
  });

  it('is the loss unless losses cannot be compared between students', () => {
    const space = loadSpace('mobile-cnn');
    const of = (settings: Record<string, unknown>) => prunedBy(parseStudyConfig(settings), space);
    expect(of({})).toBe('loss');
    expect(of({ recipe: 'kd' })).toBe('loss');
    expect(of({ pruneBy: 'accuracy' })).toBe('accuracy');
    // Its architectures choose their losses.
    expect(prunedBy(parseStudyConfig({}), loadSpace('attention-fusion'))).toBe('accuracy');
    const losses = [{ loss: 'kd', weight: 1 }, { loss: 'ce', weight: 1 }]; // prettier-ignore
    expect(of({ recipe: { losses, weighting: { name: 'uncertainty' } } })).toBe('accuracy');
    expect(of({ recipe: { losses, weighting: { name: 'uncertainty' } }, pruneBy: 'loss' })).toBe('loss');
  });
});
