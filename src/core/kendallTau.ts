/**
 * Kendall's tau-b, the rank correlation of two lists: (concordant - discordant) / sqrt((n - ties in a)(n - ties in b)) over
 * the n pairs (Kendall 1945). NaN where one list is all ties. Quadratic in the lists' length.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const signA = Math.sign(a[i] - a[j]);
      const signB = Math.sign(b[i] - b[j]);
      agreement += signA * signB;
      untiedA += Math.abs(signA);
      untiedB += Math.abs(signB);
    }
  }
  return agreement / Math.sqrt(untiedA * untiedB);
}
