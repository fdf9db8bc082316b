import { judgeInheritance, type InheritanceVerdict } from '../inheritance/InheritanceJudge.js';
import type { Trial } from '../store/types.js';

/** What the trials of a study that were trained both ways say of inheriting. */
export function inheritanceOf(trials: readonly Trial[]): InheritanceVerdict {
  return judgeInheritance(
    trials.flatMap(({ state, metrics, costs }) => {
      const { accuracy, scratch_accuracy: scratch } = metrics;
      if (state !== 'COMPLETE' || scratch === undefined) return [];
      return [{ inherited: accuracy, scratch, macs: costs.macs, params: costs.params }];
    }),
  );
}
