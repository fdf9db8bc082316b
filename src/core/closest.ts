/**
 * The one of `known` that `word` was most probably meant to be: one that begins with it, else the one of least edits
 * (insert, delete, replace, swap neighbours: the restricted Damerau-Levenshtein distance), a third of the word at most;
 * undefined if none is that near. Case, dashes and underscores do not count.
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  if (wanted === '') return undefined;
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const candidate = plain(name);
    const edits = wanted.length >= 3 && candidate.startsWith(wanted) ? 0 : distance(wanted, candidate);
    if (best === undefined || edits < best.edits) best = { name, edits };
  }
  return best !== undefined && best.edits <= Math.ceil(wanted.length / 3) ? best.name : undefined;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(row[j - 1] + 1, rows[i - 1][j] + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
      }
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
