// What bench:methods measured, as Markdown and HTML.
import { methods } from './methodsList.mjs';
import { groups, notApplying, pairs, students } from './methodsPairs.mjs';
import { findings } from './methodsFindings.mjs';

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const spread = (list) =>
  list.length < 2 ? NaN : Math.sqrt(list.reduce((sum, x) => sum + (x - mean(list)) ** 2, 0) / (list.length - 1));
const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
const within = (list, text = (value) => value.toFixed(1)) =>
  `${text(mean(list))} ± ${list.length < 2 ? '?' : spread(list).toFixed(1)}`;

/** Tables of each pair, the control first; then the students on all samples. */
export function tablesOf(data) {
  const tables = Object.keys(pairs)
    .filter((pair) => Object.hasOwn(data.pairs, pair))
    .flatMap((pair) =>
      Object.keys(pairs[pair].tables)
        .map((group) => tableOf(data, pair, group))
        .filter(({ rows, own }) => rows.length > 0 && own)
        .map((table, i) =>
          i === 0 ? { ...table, chapter: pairs[pair].title, opening: aboutPair(data, pair) } : table,
        ),
    );
  return Object.keys(data.full).length === 0 ? tables : [...tables, trainedOut(data)];
}

function aboutPair({ settings, pairs: measured }, pair) {
  const { data, teacher, student, train, steps } = measured[pair];
  const ratio = (teacher.params / student.params).toFixed(1);
  return `${data}, ${train} training samples: ${settings.epochs * Math.floor(train / settings.batch)} steps. Teacher: ${teacher.family}, ${teacher.params} parameters, trained on all samples for ${teacher.epochs} epoch(s), ${(100 * teacher.accuracy).toFixed(1)} % of the same validation samples. Student: ${student.space} at ${student.width} of its reference width${changes(pairs[pair].reference)}, ${student.params} parameters, 1/${ratio} of the teacher's; a plain training step takes it 1/${(steps.teacher / steps.student).toFixed(1)} of the teacher's time.`;
}

function tableOf({ pairs: measured, runs }, pair, group) {
  const { title } = groups[group];
  const ids = pairs[pair].tables[group];
  const of = (method) => runs.filter((run) => run.pair === pair && run.method === method && !run.diverged);
  const lost = (method) => runs.filter((run) => run.pair === pair && run.method === method && run.diverged).length;
  const [first] = ids;
  const control = new Map(of(first).map((run) => [run.seed, run]));
  const rows = ids
    .filter((method) => of(method).length + lost(method) > 0)
    .map((method) => {
      const own = of(method);
      const paired = own.filter(({ seed }) => control.has(seed));
      const gains = paired.map(({ seed, accuracy }) => 100 * (accuracy - control.get(seed).accuracy));
      const costs = paired.map(({ seed, stepCpuMs }) => stepCpuMs / control.get(seed).stepCpuMs);
      const accuracies = own.map(({ accuracy }) => 100 * accuracy);
      const { student, title: name, paper = '' } = methods[method];
      const weights = group === 'weights' ? learntWeights(own) : '';
      return {
        gain: method === first ? Infinity : mean(gains),
        weights,
        params: own[0]?.params,
        student,
        cells: [
          name,
          paper,
          own.length === 0 ? '' : `${within(accuracies)} %`,
          method === first || gains.length === 0 ? '' : within(gains, signed),
          method === first ? '1.00' : costs.length === 0 ? '' : mean(costs).toFixed(2),
          own.length === 0 ? '' : `${(mean(accuracies) / measured[pair].teacher.accuracy).toFixed(0)} %`,
          lost(method) === 0 ? String(own.length) : `${own.length}, diverged: ${lost(method)}`,
        ],
      };
    });
  if (group === 'main') rows.sort((a, b) => b.gain - a.gain);
  const head = ['method', 'paper', 'accuracy', 'gain, points', 'CPU a step', "of the teacher's accuracy", 'seeds'];
  const more = rows.some(({ weights }) => weights !== '');
  return {
    title,
    // Whether there is a row that the first table does not have.
    own: group === 'main' || ids.some((method) => !pairs[pair].tables.main.includes(method) && of(method).length + lost(method) > 0), // prettier-ignore
    about: [studentsIn(rows), tapsIn(runs, pair, ids)].filter((text) => text !== '').join(' '),
    head: more ? [...head, 'weights, last epoch'] : head,
    rows: rows.map(({ cells, weights }) => (more ? [...cells, weights] : cells)),
  };
}

/** Mean over the seeds of each learnt weight. */
function learntWeights(own) {
  const names = Object.keys(own[0]?.weights ?? {});
  const short = (name) => name.replace(/^weight_/, '').replace(/^attended-layers\./, '');
  return names.map((name) => `${short(name)} ${mean(own.map(({ weights }) => weights[name])).toFixed(2)}`).join(', ');
}

function studentsIn(rows) {
  const others = new Map(rows.filter(({ student }) => student).map(({ student, params }) => [student, params]));
  return [...others]
    .map(([name, params]) => {
      const { space, width, reference } = students[name];
      return `Student: ${space} at ${width} of its reference width${changes(reference)}: ${params} parameters.`;
    })
    .join(' ');
}

/** What a student's choices are, where they are not the reference's. */
function changes(reference = {}) {
  const set = Object.entries(reference).filter(([, value]) => value !== null);
  return set.length === 0 ? '' : ` (${set.map(([choice, value]) => `${choice} ${value}`).join(', ')})`;
}

/** Which shapes were compared, for methods that go across grids. */
function tapsIn(runs, pair, ids) {
  const lines = runs
    .filter((run) => run.pair === pair && run.seed === 1 && ids.includes(run.method))
    .flatMap(({ taps }) => taps ?? [])
    .filter((line) => !line.includes('embedding'))
    .map((line) => line.replace(/^[^:]*: /, ''));
  return lines.length === 0 ? '' : `Compared across shapes: ${[...new Set(lines)].join('; ')}.`;
}

/** One student of each pair on all training samples. */
function trainedOut({ full, pairs: measured, settings }) {
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  return {
    chapter: 'Small students on all training samples',
    opening:
      'As promote makes them, under the losses of a study without a recipe and, as a control, on the labels alone; one seed, accuracy on the test samples. A step is one of plain training, on one thread.',
    head: ['pair', 'parameters', 'step time', 'steps', 'teacher', 'student', 'of the teacher', 'without a teacher'],
    rows: Object.entries(full)
      .filter(([pair, { alone }]) => alone !== undefined && measured[pair] !== undefined)
      .map(([pair, { epochs, train, teacher, params, taught, alone }]) => [
        pairs[pair]?.title ?? pair,
        `${params}, 1/${(teacher.params / params).toFixed(1)}`,
        `1/${(measured[pair].steps.teacher / measured[pair].steps.student).toFixed(1)}`,
        String(epochs * Math.floor(train / settings.batch)),
        percent(teacher.accuracy),
        percent(taught),
        `${((100 * taught) / teacher.accuracy).toFixed(1)} %`,
        percent(alone),
      ]),
  };
}

/** Steps below which a training is brief. */
const enough = 2000;

function introduction(data) {
  const { settings, machine, commit, command, missing } = data;
  const { validation, epochs, batch, views, learningRate } = settings;
  return [
    `Every student was trained for ${epochs} epochs in batches of ${batch}, under ${views} views of each sample, as a study without a recipe trains (AdamW, learning rate ${learningRate}, warm-up and cosine, clipping) but for what the row says. Accuracy is that of ${validation} validation samples, which neither network was trained on.`,
    'Seeds are paired: a method and the control of one seed begin with the same weights and see the same samples in the same order. The first row of each table is the control of the others. A gain is the difference within a seed; ± is the standard deviation over seeds. CPU a step is the median CPU time of a training step over that of the control (on a machine that other work shared, so that differences of a few hundredths mean nothing: bench:overhead measures them). What does not help is listed as it was measured.',
    `These are brief trainings, such as a search makes; below about ${enough} steps a method's gain is not what it would be in the end.`,
    `Differences below about ${Math.ceil(200 * Math.sqrt(0.16 / validation))} points are within the noise of ${validation} samples and few seeds.`,
    `What a pair cannot have: ${Object.values(notApplying).join(' ')}`,
    'Teachers: `nas-distill teacher train vit --size small --epochs 8`, `resnet --size small --epochs 1` and, for texts, `transformer --epochs 4`, this one at the learning rate of 0.002 that was its default until then.',
    ...(missing.length === 0 ? [] : [`Not measured yet: ${missing.join(', ')}.`]),
    `Made by \`${command}\` at commit ${commit} (${machine}).`,
  ];
}

export function markdownOf(data, tables) {
  const parts = [
    '# Distillation methods, measured',
    '<!-- Made by bench/methods.mjs: do not edit. -->',
    ...introduction(data),
    ...findingsIn(data, (title) => `## ${title}`),
  ];
  for (const { chapter, opening, title, about, head, rows } of tables) {
    const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i].length)));
    const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
    parts.push(
      ...(chapter === undefined ? [] : [`## ${chapter}`, opening]),
      ...(title === undefined ? [] : [`### ${title}`]),
      ...(about ? [about] : []),
      [line(head), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function findingsIn(data, heading) {
  const texts = findings(data);
  return texts.length === 0 ? [] : [heading('What is seen'), ...texts];
}

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const paragraph = (text) => `<p>${escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>')}</p>`;

export function htmlOf(data, tables) {
  const opening = [
    ...introduction(data).map(paragraph),
    ...findingsIn(data, (title) => `<h2>${title}</h2>`).map((text) =>
      text.startsWith('<h2>') ? text : paragraph(text),
    ),
  ];
  const sections = tables.map(({ chapter, opening: first, title, about, head, rows }) => {
    const cells = (row, tag) => `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
    return [
      ...(chapter === undefined ? [] : [`<h2>${escaped(chapter)}</h2>`, paragraph(first)]),
      ...(title === undefined ? [] : [`<h3>${escaped(title)}</h3>`]),
      ...(about ? [paragraph(about)] : []),
      `<table>\n<thead>${cells(head, 'th')}</thead>\n<tbody>\n${rows.map((row) => cells(row, 'td')).join('\n')}\n</tbody>\n</table>`,
    ].join('\n');
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
${opening.join('\n')}
${sections.join('\n')}
</body>
</html>
`;
}
