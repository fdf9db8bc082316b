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

/** Kinds whose parameters, values or objectives are other than eight, three and two. */
const shapes = { wide: { layers: 12, values: 4 }, ordinal: { layers: 6, values: 5 } };
const interacts = (kind) => kind !== 'additive';

/**
 * What a table is made of. Every value has a gain and a number of parameters, which go together but loosely; accuracy saturates in
 * the sum of the gains. `additive`: no more than that. `pairwise`: every fourth pair of layers has a random effect of its own.
 * `rugged`: stronger pairs, and triples. `noisy`: pairwise, and every row is off by chance, as accuracies after one training run
 * are. `three`: pairwise, with a third objective, MACs, of which early layers cost more. `ordinal`: values are widths, with
 * gains that diminish. `wide`: pairwise with twelve parameters of four values, 16.8 million architectures, which are computed when asked for.
 */
export function tableModel(kind, seed) {
  const { layers = 8, values = 3 } = shapes[kind] ?? {};
  const uniform = stream(seed * 7919 + kind.length * 104729);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const names = Array.from({ length: layers }, (_, l) => `l${l}`);
  const each = Array.from({ length: values }, (_, v) => v);
  const letters = each.map((v) => (kind === 'ordinal' ? 8 * (v + 1) : String.fromCharCode(97 + v)));
  const size = names.map((_, l) => letters.map(() => Math.round((8000 + 110_000 * uniform()) * (0.4 + l / layers))));
  if (kind === 'ordinal') for (const row of size) row.sort((a, b) => a - b);
  const gain = names.map((_, l) => letters.map((_, v) => 0.5 * normal() + (0.9 * size[l][v]) / 90_000));
  // Widths: what a layer gains grows with the logarithm of its width, each layer by a factor of its own.
  if (kind === 'ordinal')
    for (const row of gain) row.forEach((g, v) => (row[v] = (1 + 0.5 * row[0]) * Math.log2(v + 1) + 0.1 * g));
  const pairs = [];
  const triples = [];
  for (let a = 0; a < layers; a++) {
    for (let b = a + 1; b < layers; b++) {
      if (interacts(kind) && uniform() < 0.25)
        pairs.push([a, b, letters.map(() => letters.map(() => (kind === 'rugged' ? 0.7 : 0.5) * normal()))]);
      for (let c = b + 1; c < layers; c++) {
        if (kind === 'rugged' && uniform() < 0.1)
          triples.push([a, b, c, Array.from({ length: values ** 3 }, () => 0.5 * normal())]);
      }
    }
  }
  const macs =
    kind === 'three'
      ? size.map((row, l) => row.map((s) => Math.round(s * 40 * (1.6 - l / layers) * (0.6 + 0.8 * uniform()))))
      : [];
  return { name: `${kind}-${seed}`, kind, names, letters, size, gain, pairs, triples, macs, uniform, normal };
}

/** Accuracy (before chance), parameters and MACs of the architecture with these values, as indices. */
export function evaluate({ letters, size, gain, pairs, triples, macs }, at) {
  const values = letters.length;
  let score = 0;
  let params = 20_000;
  for (let l = 0; l < at.length; l++) {
    score += gain[l][at[l]];
    params += size[l][at[l]];
  }
  for (const [a, b, effect] of pairs) score += effect[at[a]][at[b]];
  for (const [a, b, c, effect] of triples) score += effect[(at[a] * values + at[b]) * values + at[c]];
  const accuracy = 94 - 14 / (1 + Math.exp((score - 2) / 2.5));
  return {
    accuracy,
    params,
    ...(macs.length === 0 ? {} : { macs: macs.reduce((sum, row, l) => sum + row[at[l]], 0) }),
  };
}

export const thousandths = (v) => Math.round(v * 1000) / 1000;
export const objectivesOf = ({ macs }) => ({
  accuracy: 'maximize',
  params: 'minimize',
  ...(macs.length === 0 ? {} : { macs: 'minimize' }),
});

/** @returns the table, as `simulate --table` reads it */
export function generateTable(kind, seed, { rungs = 0 } = {}) {
  const model = tableModel(kind, seed);
  const { names, letters, normal } = model;
  const rows = [];
  for (let code = 0; code < letters.length ** names.length; code++) {
    const at = names.map((_, l) => Math.floor(code / letters.length ** l) % letters.length);
    const { accuracy, ...costs } = evaluate(model, at);
    const row = {
      architecture: Object.fromEntries(names.map((n, l) => [n, letters[at[l]]])),
      accuracy: thousandths(accuracy + (kind === 'noisy' ? 0.3 * normal() : 0)),
      ...costs,
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
    name: model.name,
    parameters: Object.fromEntries(names.map((n) => [n, letters])),
    objectives: objectivesOf(model),
    rows,
  };
}

if (process.argv[1]?.endsWith('searchTables.mjs')) {
  const [kind = 'additive', seed = '1', rungs = '0'] = process.argv.slice(2);
  if (kind === 'wide') throw new Error('wide has 16.8 million rows: npm run bench:search -- --tables wide');
  process.stdout.write(`${JSON.stringify(generateTable(kind, Number(seed), { rungs: Number(rungs) }))}\n`);
}
