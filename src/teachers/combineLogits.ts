import type { TeacherTeam } from './TeacherModel.js';

/**
 * One answer of several: the weighted mean of their logits, which is the geometric mean of their softened outputs at every
 * temperature (arXiv:1503.02531, section 2). By confidence, a teacher's weight on a sample is multiplied by
 * 1 - entropy / log C; without labels, unlike CA-MKD (arXiv:2201.00007), as mixed images have two.
 * @param answers of each teacher, [samples, classes] row after row
 */
export function combineLogits(
  answers: readonly Float32Array[],
  { members, weighting }: Pick<TeacherTeam, 'members' | 'weighting'>,
  classes: number,
): Float32Array {
  const into = new Float32Array(answers[0].length);
  for (let start = 0; start < into.length; start += classes) {
    const rows = answers.map((logits) => logits.subarray(start, start + classes));
    const asked = members.map(({ weight }, k) => (weighting === 'fixed' ? weight : weight * sureness(rows[k])));
    const sum = asked.reduce((a, b) => a + b, 0);
    // Where nobody is sure of anything, their own weights are left.
    const weights = sum > 0 ? asked : members.map(({ weight }) => weight);
    const total = weights.reduce((a, b) => a + b, 0);
    for (let c = 0; c < classes; c++) {
      into[start + c] = rows.reduce((value, row, k) => value + (weights[k] / total) * row[c], 0);
    }
  }
  return into;
}

/** 1 for an answer that is certain, 0 for one that is uniform. */
function sureness(row: Float32Array): number {
  const top = row.reduce((a, b) => Math.max(a, b));
  const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
  const spread = row.reduce((total, value) => total + (Math.exp(value - top) / sum) * (value - top), 0);
  return Math.max(0, 1 - (Math.log(sum) - spread) / Math.log(row.length));
}
