// Generated tabular benchmarks for `npm run bench:search` and for trying `nas-distill simulate`:
// `node bench/searchTables.mjs additive 1 > table.json`. Same words, same table, on every machine.

/** Mulberry32: a seeded stream of numbers in [0, 1). */
function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Eight parameters of three values. Every value has a gain and a number of parameters, which go together but loosely;
 * accuracy saturates in the gains. `additive`: no more than that. `pairwise`: every fourth pair of layers has a
 * random effect of its own. `rugged`: stronger pairs, and triples. `noisy`: pairwise, and every row is off by chance, as
 * accuracies after one training run are.
 * @returns the table, as `simulate --table` reads it
 */
export function generateTable(kind, seed, { layers = 8, values = 3, rungs = 0 } = {}) {
  const uniform = stream(seed * 7919 + kind.length * 104729);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const names = Array.from({ length: layers }, (_, l) => `l${l}`);
  const letters = Array.from({ length: values }, (_, v) => String.fromCharCode(97 + v));
  const size = names.map((_, l) => letters.map(() => Math.round((8000 + 110_000 * uniform()) * (0.4 + l / layers))));
  const gain = names.map((_, l) => letters.map((_, v) => 0.5 * normal() + (0.9 * size[l][v]) / 90_000));
  const pairs = new Map();
  const triples = new Map();
  for (let a = 0; a < layers; a++) {
    for (let b = a + 1; b < layers; b++) {
      if (kind !== 'additive' && uniform() < 0.25)
        pairs.set(
          `${a},${b}`,
          letters.map(() => letters.map(() => (kind === 'rugged' ? 0.7 : 0.5) * normal())),
        );
      for (let c = b + 1; c < layers; c++) {
        if (kind === 'rugged' && uniform() < 0.1)
          triples.set(
            `${a},${b},${c}`,
            Array.from({ length: values ** 3 }, () => 0.5 * normal()),
          );
      }
    }
  }
  const rows = [];
  for (let code = 0; code < values ** layers; code++) {
    const at = names.map((_, l) => Math.floor(code / values ** l) % values);
    let score = at.reduce((sum, v, l) => sum + gain[l][v], 0);
    for (const [key, effect] of pairs) {
      const [a, b] = key.split(',').map(Number);
      score += effect[at[a]][at[b]];
    }
    for (const [key, effect] of triples) {
      const [a, b, c] = key.split(',').map(Number);
      score += effect[(at[a] * values + at[b]) * values + at[c]];
    }
    const accuracy = 94 - 14 / (1 + Math.exp((score - 2) / 2.5)) + (kind === 'noisy' ? 0.3 * normal() : 0);
    const row = {
      architecture: Object.fromEntries(names.map((n, l) => [n, letters[at[l]]])),
      accuracy: Math.round(accuracy * 1000) / 1000,
      params: 20_000 + at.reduce((sum, v, l) => sum + size[l][v], 0),
    };
    if (rungs > 0) {
      // Curves that approach the end, larger ones more slowly, with noise that fades.
      const slow = 0.5 + row.params / 600_000;
      row.rungs = Array.from({ length: rungs }, (_, r) =>
        r === rungs - 1
          ? row.accuracy
          : row.accuracy - 25 * Math.exp(-(r + 1) / slow) + (0.6 * normal() * (rungs - r)) / rungs,
      );
    }
    rows.push(row);
  }
  return {
    name: `${kind}-${seed}`,
    parameters: Object.fromEntries(names.map((n) => [n, letters])),
    objectives: { accuracy: 'maximize', params: 'minimize' },
    rows,
  };
}

if (process.argv[1]?.endsWith('searchTables.mjs')) {
  const [kind = 'additive', seed = '1', rungs = '0'] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(generateTable(kind, Number(seed), { rungs: Number(rungs) }))}\n`);
}
