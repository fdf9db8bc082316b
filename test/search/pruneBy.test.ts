import { describe, expect, it } from 'vitest';
import { createPruner } from '../../src/search/createPruner.js';
import { checkPruneBy } from '../../src/search/checkPruneBy.js';
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

  it('is refused where losses cannot be compared between students', () => {
    const check =
      (settings: Record<string, unknown>, space = 'mobile-cnn') =>
      () =>
        checkPruneBy(parseStudyConfig(settings), loadSpace(space));
    const losses = [{ loss: 'kd', weight: 1 }, { loss: 'ce', weight: 1 }]; // prettier-ignore
    const learnt = { losses, weighting: { name: 'uncertainty' } };
    expect(check({ pruneBy: 'loss' })).not.toThrow();
    expect(check({ pruneBy: 'loss', recipe: { losses } })).not.toThrow();
    expect(check({ pruneBy: 'loss', recipe: learnt })).toThrow(/weighting uncertainty/);
    expect(check({ pruneBy: 'loss' }, 'attention-fusion')).toThrow(/attention-fusion they depend on the choice/);
    expect(check({ recipe: learnt }, 'attention-fusion')).not.toThrow();
  });
});
