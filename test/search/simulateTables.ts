/** A small table: two parameters of three values; accuracy and params, and a latency that is no objective. */
export function smallTable(): {
  parameters: Record<string, (string | number)[]>;
  objectives: Record<string, string>;
  rows: Record<string, unknown>[];
} {
  const parameters = { depth: [1, 2, 3], block: ['a', 'b', 'c'] };
  const rows = parameters.depth.flatMap((depth) =>
    parameters.block.map((block, b) => ({
      architecture: { depth, block },
      accuracy: 80 + 3 * depth + (b === 1 ? 2 : 0),
      params: 100 * depth + 10 * b,
      latency: 10 - depth,
    })),
  );
  return { parameters, objectives: { accuracy: 'maximize', params: 'minimize' }, rows };
}

/** Six parameters of three values; accuracy rises with params but for one value of each, with an interaction. */
export function widerTable(rungs = 0): ReturnType<typeof smallTable> {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const rows = Array.from({ length: 3 ** names.length }, (_, code) => {
    const at = names.map((_name, l) => Math.floor(code / 3 ** l) % 3);
    const gain = at.reduce((sum, v, l) => sum + [0, 1.3, 1][v] * (1 + 0.2 * l), 0) + (at[0] === at[3] ? 0.8 : 0);
    const params = at.reduce((sum, v, l) => sum + v * (10 + l), 20);
    const accuracy = 70 + 20 * (1 - Math.exp(-gain / 4));
    return {
      architecture: Object.fromEntries(names.map((n, l) => [n, at[l]])),
      accuracy,
      params,
      ...(rungs === 0
        ? {}
        : { rungs: Array.from({ length: rungs }, (_r, r) => accuracy - 8 * 0.5 ** (r + 1) * (r + 1 < rungs ? 1 : 0)) }),
    };
  });
  return {
    parameters: Object.fromEntries(names.map((n) => [n, [0, 1, 2]])),
    objectives: { accuracy: 'maximize', params: 'minimize' },
    rows,
  };
}
