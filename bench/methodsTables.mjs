// What bench:methods measured, as Markdown and HTML.

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const spread = (list) =>
  list.length < 2 ? NaN : Math.sqrt(list.reduce((sum, x) => sum + (x - mean(list)) ** 2, 0) / (list.length - 1));
const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
const within = (list, text = (value) => value.toFixed(1)) =>
  `${text(mean(list))} ± ${list.length < 2 ? '?' : spread(list).toFixed(1)}`;

/** One table a pair: rows of cells, the control first, then methods by their mean gain; then the students on all samples. */
export function tablesOf({ settings, pairs: measured, runs, full }, pairs, methods) {
  const tables = Object.entries(measured).map(([pair, { data, teacher, student, train, steps }]) => {
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
      about: `${data}, ${train} training samples: ${settings.epochs * Math.floor(train / settings.batch)} steps. Teacher: ${teacher.family}, ${teacher.params} parameters, trained on all samples for ${teacher.epochs} epoch(s), ${(100 * teacher.accuracy).toFixed(1)} % of the same validation samples. Student: ${student.space} at ${student.width} of its reference width, ${student.params} parameters, 1/${ratio} of the teacher's; a plain training step takes it 1/${(steps.teacher / steps.student).toFixed(1)} of the teacher's time.`,
      head: ['method', 'paper', 'accuracy', 'gain, points', 'CPU a step', "of the teacher's accuracy", 'seeds'],
      rows: rows.map(({ cells }) => cells),
    };
  });
  return Object.keys(full).length === 0 ? tables : [...tables, trainedOut(full, pairs)];
}

/** One student of each pair on all training samples. */
function trainedOut(full, pairs) {
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  return {
    title: 'Small students on all training samples',
    about:
      'One or two epochs, as promote makes them, under the losses of a study without a recipe and, as a control, on the labels alone; one seed, accuracy on the test samples. A step is one of plain training, 64 samples on one thread.',
    head: ['pair', 'parameters', 'step time', 'steps', 'teacher', 'student', 'of the teacher', 'without a teacher'],
    rows: Object.entries(full)
      .filter(([, { alone }]) => alone !== undefined)
      .map(([pair, { epochs, train, teacher, params, steps, taught, alone }]) => [
        pairs[pair]?.title ?? pair,
        `${params}, 1/${(teacher.params / params).toFixed(1)}`,
        `1/${(steps.teacher / steps.student).toFixed(1)}`,
        String(epochs * Math.floor(train / 64)),
        percent(teacher.accuracy),
        percent(taught),
        `${((100 * taught) / teacher.accuracy).toFixed(1)} %`,
        percent(alone),
      ]),
  };
}

/** Steps below which a training is brief. */
const enough = 2000;

function introduction({ settings, machine, commit, commands, missing }) {
  const { validation, epochs, batch, views, learningRate } = settings;
  return [
    `Every student was trained for ${epochs} epochs in batches of ${batch}, under ${views} views of each sample, as a study without a recipe trains (AdamW, learning rate ${learningRate}, warm-up and cosine, clipping) but for the losses. Accuracy is that of ${validation} validation samples, which neither network was trained on.`,
    'Seeds are paired: a method and the control of one seed begin with the same weights and see the same samples in the same order. A gain is the difference within a seed; ± is the standard deviation over seeds. CPU a step is the median CPU time of a training step over that of the control (on a machine that other work shared, so that differences of a few hundredths mean nothing: bench:overhead measures them). What does not help is listed as it was measured.',
    `These are brief trainings, such as a search makes; below about ${enough} steps a method's gain is not what it would be in the end.`,
    `Differences below about ${Math.ceil(200 * Math.sqrt(0.16 / validation))} points are within the noise of ${validation} samples and few seeds.`,
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
