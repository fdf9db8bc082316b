// A table of 12 parameters of 4 values for `npm run bench:search`: 16.8 million architectures, each computed when asked for; only
// the front is listed, which one pass over all of them finds.
import { evaluate, objectivesOf, thousandths } from './searchTables.mjs';

/** @returns a SearchTable whose rows are the front and the worst of everything */
export function wideTable(model, tableSpace) {
  const { names, letters, size, gain, pairs } = model;
  const objectives = Object.entries(objectivesOf(model)).map(([name, direction]) => ({
    name,
    maximise: direction === 'maximize',
    known: name !== 'accuracy',
  }));
  const rowOf = (at) => {
    const { accuracy, params } = evaluate(model, at);
    const values = [thousandths(accuracy), params];
    return { values, point: [-values[0], params], numbers: { accuracy: values[0], params }, rungs: [] };
  };
  const cache = new WeakMap();
  const row = (architecture) => {
    let found = cache.get(architecture);
    if (found === undefined) {
      found = rowOf(names.map((name) => letters.indexOf(architecture.choices[name])));
      cache.set(architecture, found);
    }
    return found;
  };

  // Best score for every number of parameters, by which the sweep below finds the front.
  const largest = 20_000 + size.reduce((sum, values) => sum + Math.max(...values), 0);
  const best = new Float64Array(largest + 1).fill(-Infinity);
  const codeOf = new Int32Array(largest + 1);
  let worst = { score: Infinity, code: 0 };
  const [layers, values] = [names.length, letters.length];
  const at = new Array(layers).fill(0);
  const flat = pairs.map(([a, b, effect]) => [a, b, Float64Array.from(effect.flat())]);
  for (let code = 0; code < values ** layers; code++) {
    let [score, params, rest] = [0, 20_000, code];
    for (let l = 0; l < layers; l++) {
      at[l] = rest % values;
      rest = (rest - at[l]) / values;
      score += gain[l][at[l]];
      params += size[l][at[l]];
    }
    for (const [a, b, effect] of flat) score += effect[at[a] * values + at[b]];
    if (score > best[params]) {
      best[params] = score;
      codeOf[params] = code;
    }
    if (score < worst.score) worst = { score, code };
  }
  const rows = [];
  const digits = (code) => names.map((_, l) => Math.floor(code / values ** l) % values);
  let top = -Infinity;
  best.forEach((score, params) => {
    if (score <= top) return;
    top = score;
    rows.push(rowOf(digits(codeOf[params])));
  });
  const accuracy = rowOf(digits(worst.code)).values[0];
  rows.push({
    values: [accuracy, largest],
    point: [-accuracy, largest],
    numbers: { accuracy, params: largest },
    rungs: [],
  });
  const space = tableSpace(model.name, Object.fromEntries(names.map((name) => [name, letters])));
  return { space, objectives, rows, row };
}
