import { costNamesOf } from '../costs/CostModel.js';
import type { Dataset } from '../data/Dataset.js';
import { sampleViewer, type SampleView } from '../data/sampleViewer.js';
import { teacherAnswersOf, worstRows } from '../store/answersOf.js';
import { rowAnswersOf } from '../store/rowAnswersOf.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial, TrialStore, TrialSummary } from '../store/types.js';

export interface KeptAnswers {
  /** Rows of the validation split on which the teacher erred most. */
  readonly watch: readonly number[];
  /** Hears of a trial that ended. */
  finished(trial: Trial): void;
  /** Makes sure of those that are on a front in the end. */
  end(front: readonly TrialSummary[]): void;
}

/**
 * Keeps with a study what its report shows of single mistakes: the teacher's answers on validation, and how the samples look
 * on which students erred that were on a front, of the accuracy against any cost, when they ended. The answers of every
 * student are kept by the store itself.
 */
export async function keepAnswers(
  store: TrialStore,
  study: string,
  {
    dataset,
    validation,
    teacherLogits,
  }: { readonly dataset: Dataset; readonly validation: Int32Array; readonly teacherLogits: Float32Array },
): Promise<KeptAnswers> {
  const labels = Int32Array.from(validation, (index) => dataset.labels[index]);
  const answers = rowAnswersOf(teacherLogits, labels, dataset.classes.length);
  const watch = worstRows(answers);
  store.recordTeacherAnswers(study, teacherAnswersOf(answers, dataset.classes));
  const view = await sampleViewer(dataset);
  const known = new Set(store.sampleRows(study));
  const keep = (rows: readonly number[]) => {
    const fresh = rows.filter((row) => row < validation.length && !known.has(row));
    const samples = fresh.map((row): SampleView & { row: number } => ({ row, ...view(validation[row]) }));
    store.recordSamples(study, samples);
    for (const row of fresh) known.add(row);
  };
  const keepOf = (trial: number) =>
    keep(
      store
        .answers(study, [trial])
        .get(trial)
        ?.examples.map(([row]) => row) ?? [],
    );
  keep(watch);
  const students = store.trialSummaries(study).filter(({ state }) => state === 'COMPLETE');
  return {
    watch,
    finished: (trial) => {
      if (trial.state !== 'COMPLETE') return;
      if (!dominated(trial, students)) keepOf(trial.number);
      students.push(trial);
    },
    end: (front) => {
      for (const { number } of front) keepOf(number);
    },
  };
}

/** Whether for each cost somebody is as accurate for less. */
function dominated(trial: TrialSummary, others: readonly TrialSummary[]): boolean {
  const accuracy = accuracyOf(trial);
  const better = others.filter((other) => other.number !== trial.number && accuracyOf(other) >= accuracy);
  return costNamesOf(trial.costs).every((name) => better.some(({ costs }) => costs[name] <= trial.costs[name]));
}
