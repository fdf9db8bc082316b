// What bench:rankings measured, as Markdown.

const kinds = {
  brief: 'brief distillation',
  plain: 'brief training without the teacher',
  macs: 'MACs',
  params: 'parameters',
};
const resamples = 2000;

/** Tau of each ranking with the full one, and by how much it differs from that of brief distillation, over the same resamples. */
function agreements(rows, kendallTau, rng) {
  const tauOf = (key, list) =>
    kendallTau(
      list.map((row) => row.full),
      list.map((row) => row[key]),
    );
  const drawn = Array.from({ length: resamples }, () => rows.map(() => rows[Math.floor(rng.uniform() * rows.length)]));
  const samples = Object.fromEntries(Object.keys(kinds).map((key) => [key, drawn.map((list) => tauOf(key, list))]));
  return Object.keys(kinds).map((key) => ({
    key,
    tau: tauOf(key, rows),
    interval: middle(samples[key]),
    behind: middle(samples[key].map((tau, i) => samples.brief[i] - tau)),
  }));
}

/** The middle 95 % of a list, without what is no number (a resample of equal students). */
function middle(list) {
  const sorted = list.filter(Number.isFinite).sort((a, b) => a - b);
  return [0.025, 0.975].map((part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
}

export function rankingsDocument({ settings, rows, machine, commit, command }, { kendallTau }, rng) {
  const { space, data, teacher, budget, train, validation, brief, full } = settings;
  const steps = (epochs) => Number(epochs) * Math.floor(Number(train) / 64);
  const found = agreements(rows, kendallTau, rng);
  const number = (value) => value.toFixed(2).replace('-', '−');
  const range = ([from, to]) => `${number(from)} to ${number(to)}`;
  const percent = (list) => [Math.min(...list), Math.max(...list)].map((x) => (100 * x).toFixed(1)).join(' to ');
  const best = found.reduce((a, b) => (b.tau > a.tau ? b : a));
  const behind = found.filter(({ key, behind: [from] }) => key !== 'brief' && from > 0).map(({ key }) => kinds[key]);
  const table = [
    ['ranking by', "Kendall's tau with the full one", '95 % interval', 'brief distillation is better by'],
    ...found.map(({ key, tau, interval, behind: by }) => [
      kinds[key],
      number(tau),
      range(interval),
      key === 'brief' ? '' : range(by),
    ]),
  ];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const drawn = [line(table[0]), line(widths.map((w) => '-'.repeat(w))), ...table.slice(1).map(line)].join('\n');
  return `${[
    '# Does brief distillation rank students as full distillation does?',
    '<!-- Made by bench/rankings.mjs: do not edit. -->',
    `${rows.length} random students of ${space} within ${budget.replace(',', ' and ')} on ${data}, taught by ${teacher} as a study without a recipe does it. Each is trained three ways, with the same first weights and the same samples: ${steps(full)} steps under the teacher (the truth), ${steps(brief)} steps under the teacher, ${steps(brief)} steps on the labels alone. ${train} training samples in batches of 64, accuracy on ${validation} validation samples: full ${percent(rows.map((r) => r.full))} %, brief ${percent(rows.map((r) => r.brief))} %, without the teacher ${percent(rows.map((r) => r.plain))} %.`,
    drawn,
    `Intervals are those of ${resamples} resamples of the students; the last column compares within each resample, so that an interval above 0 is a difference that these students show. The best ranking here is that by ${kinds[best.key]}. ${behind.length === 0 ? 'No other ranking is surely worse than brief distillation.' : `Surely worse than brief distillation: ${behind.join(', ')}.`} One seed each: part of every disagreement is the noise of a training.`,
    `Made by \`${command}\`, at commit ${commit} (${machine}).`,
  ].join('\n\n')}\n`;
}
