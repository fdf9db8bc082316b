import { front2d } from '../core/pareto.js';
import { costNamesOf } from '../costs/CostModel.js';
import { accuracyOf } from '../store/accuracies.js';
import { confusionOf, worstRows } from '../store/answersOf.js';
import type { Trial, TrialStore } from '../store/types.js';
import type { ReportAnswers } from './ReportData.js';

/** A report holds the answers of no more trials than this. */
const mostTrials = 60;
/** Pictures and texts of samples together, in characters: they do not compress. */
const mostSampleText = 1_500_000;

/**
 * What the students that a reader looks at answer on validation beside the teacher: those on a front of the accuracy against
 * any cost, those that were confirmed or promoted, and the baselines. Undefined of a study that kept none.
 * @param most characters of samples; what goes beyond is shown by its row alone, the most frequent mistakes kept
 */
export function gatherAnswers(
  store: TrialStore,
  study: string,
  trials: readonly Trial[],
  most = mostSampleText,
): ReportAnswers | undefined {
  const teacher = store.teacherAnswers(study);
  if (teacher === undefined) return undefined;
  const promoted = new Set(store.promotions(study).map(({ trial }) => trial));
  const known = [...store.answers(study, shown(trials, promoted))];
  const asked = worstRows({ ...teacher, predictions: teacher.predicted });
  const counts = new Map<number, number>(asked.map((row) => [row, 1]));
  for (const [, { examples }] of known) for (const [row] of examples) counts.set(row, (counts.get(row) ?? 0) + 1);
  const rows = [...counts.keys()].filter((row) => row < teacher.labels.length).sort((a, b) => a - b);
  const often = [...rows].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
  let left = most;
  const looks = new Map(
    store.samples(study, often).flatMap(({ row, ...look }) => {
      left -= (look.image ?? look.text ?? '').length;
      return left < 0 ? [] : [[row, look] as const];
    }),
  );
  const confusion = confusionOf(teacher.labels, teacher.predicted);
  return {
    classes: teacher.classes,
    samples: teacher.labels.length,
    teacher: { accuracy: accuracyIn(confusion), confusion },
    trials: known.map(([trial, { accuracy, confusion: cells, examples }]) => ({
      trial,
      accuracy,
      confusion: cells,
      examples,
    })),
    rows: rows.map((row) => ({
      row,
      label: teacher.labels[row],
      teacher: [teacher.predicted[row], teacher.probability[row], teacher.ofLabel[row]],
      ...looks.get(row),
    })),
  };
}

/** Numbers of the trials whose answers are shown, at most `mostTrials` of them. */
function shown(trials: readonly Trial[], promoted: ReadonlySet<number>): number[] {
  const complete = trials.filter(({ state }) => state === 'COMPLETE');
  const students = complete.filter(({ origin }) => origin !== 'baseline');
  const names = costNamesOf(complete[0]?.costs ?? { bytes: 0, params: 0, macs: 0, memory: 0 });
  const fronts = names.flatMap((name) => {
    const placed = students.filter(({ costs }) => Number.isFinite(costs[name]));
    return front2d(placed.map((trial) => [trial.costs[name], -accuracyOf(trial)] as const)).map((i) => placed[i]);
  });
  const others = complete.filter((t) => t.repeats.length > 0 || promoted.has(t.number) || t.origin === 'baseline');
  return [...new Set([...fronts, ...others].map(({ number }) => number))].slice(0, mostTrials);
}

function accuracyIn(cells: readonly (readonly [label: number, predicted: number, samples: number])[]): number {
  const total = cells.reduce((sum, [, , samples]) => sum + samples, 0);
  return cells.reduce((sum, [label, predicted, samples]) => sum + (label === predicted ? samples : 0), 0) / total;
}
