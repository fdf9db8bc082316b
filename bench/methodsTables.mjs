// What bench:methods measured, as Markdown and HTML.

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const spread = (list) =>
  list.length < 2 ? NaN : Math.sqrt(list.reduce((sum, x) => sum + (x - mean(list)) ** 2, 0) / (list.length - 1));
const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
const within = (list, text = (value) => value.toFixed(1)) =>
  `${text(mean(list))} ± ${list.length < 2 ? '?' : spread(list).toFixed(1)}`;

/** One table a pair: rows of cells, the control first, then methods by their mean gain. */
export function tablesOf({ pairs: measured, runs }, pairs, methods) {
  return Object.entries(measured).map(([pair, { data, teacher, student }]) => {
    const of = (method) => runs.filter((run) => run.pair === pair && run.method === method);
    const control = new Map(of('none').map((run) => [run.seed, run]));
    const rows = Object.keys({ none: 0, ...methods })
      .filter((method) => of(method).length > 0)
      .map((method) => {
        const own = of(method).filter(({ seed }) => control.has(seed));
        const accuracies = own.map(({ accuracy }) => 100 * accuracy);
        const gains = own.map(({ seed, accuracy }) => 100 * (accuracy - control.get(seed).accuracy));
        const costs = own.map(({ seed, stepCpuMs }) => stepCpuMs / control.get(seed).stepCpuMs);
        const gain = method === 'none' ? Infinity : mean(gains);
        return {
          gain,
          cells: [
            method === 'none' ? 'without a teacher' : methods[method].title,
            method === 'none' ? '' : methods[method].paper,
            `${within(accuracies)} %`,
            method === 'none' ? '' : within(gains, signed),
            method === 'none' ? '1.00' : mean(costs).toFixed(2),
            `${((100 * mean(accuracies)) / (100 * teacher.accuracy)).toFixed(0)} %`,
            String(own.length),
          ],
        };
      })
      .sort((a, b) => b.gain - a.gain);
    const ratio = (teacher.params / student.params).toFixed(1);
    return {
      title: pairs[pair]?.title ?? pair,
      about: `${data}. Teacher: ${teacher.family}, ${teacher.params} parameters, ${(100 * teacher.accuracy).toFixed(1)} % of the same validation samples. Student: ${student.space} at ${student.width} of its reference width, ${student.params} parameters, 1/${ratio} of the teacher's.`,
      head: ['method', 'paper', 'accuracy', 'gain, points', 'CPU a step', "of the teacher's accuracy", 'seeds'],
      rows: rows.map(({ cells }) => cells),
    };
  });
}

/** Steps below which a training is brief. */
const enough = 2000;

function introduction({ settings, machine, commit, commands, missing }) {
  const { train, validation, epochs, batch, views, teacherTrain, teacherEpochs } = settings;
  const steps = epochs * Math.floor(train / batch);
  return [
    `Every student saw ${train} training samples in ${epochs} epochs: ${steps} steps of ${batch}, under ${views} views of each sample. Teachers saw ${teacherTrain} in ${teacherEpochs} epochs. Accuracy is that of ${validation} validation samples.`,
    'Seeds are paired: a method and the control of one seed begin with the same weights and see the same samples in the same order. A gain is the difference within a seed; ± is the standard deviation over seeds. CPU a step is the median CPU time of a training step over that of the control. What does not help is listed as it was measured.',
    ...(steps < enough
      ? [
          `${steps} steps are far from enough to train these students out: the table says what a method does to the first steps of a training, as a brief trial of a search sees them, and not what it gains in the end.`,
        ]
      : []),
    `This is a small run: differences below about ${Math.ceil(200 * Math.sqrt(0.16 / validation))} points are within the noise of ${validation} samples and few seeds.`,
    ...(missing.length === 0 ? [] : [`Not measured yet: ${missing.join(', ')}.`]),
    `Made by ${commands.map((command) => `\`${command}\``).join(', then ')}, at commit ${commit} (${machine}).`,
  ];
}

export function markdownOf(data, tables) {
  const parts = [
    '# Distillation methods, measured',
    '<!-- Made by bench/methods.mjs: do not edit. -->',
    ...introduction(data),
  ];
  for (const { title, about, head, rows } of tables) {
    const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i].length)));
    const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
    parts.push(
      `## ${title}`,
      about,
      [line(head), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function htmlOf(data, tables) {
  const paragraphs = introduction(data).map(
    (text) => `<p>${escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>')}</p>`,
  );
  const sections = tables.map(({ title, about, head, rows }) => {
    const cells = (row, tag) => `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
    return `<h2>${escaped(title)}</h2>\n<p>${escaped(about)}</p>\n<table>\n<thead>${cells(head, 'th')}</thead>\n<tbody>\n${rows.map((row) => cells(row, 'td')).join('\n')}\n</tbody>\n</table>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Distillation methods, measured</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; }
th, td { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616; } th, td { border-color: #444; } }
</style>
</head>
<body>
<h1>Distillation methods, measured</h1>
${paragraphs.join('\n')}
${sections.join('\n')}
</body>
</html>
`;
}
