import { isLatency, type CostName } from '../../costs/CostModel.js';
import { costModels, formatCost } from '../../costs/registry.js';
import { accuracyOf, spreadOf } from '../../store/accuracies.js';
import type { TrialSummary } from '../../store/types.js';
import { escapeXml } from './escapeXml.js';
import { axesOf, type Area, type Axes } from './axes.js';
import { diamond, hues, round, shapes, star } from './marks.js';
import type { PictureStudy } from './PictureStudy.js';
import { costOf, frontOf } from './values.js';

export interface PictureOptions {
  readonly cost: CostName;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

const [ink, muted, line, ground] = ['#16202c', '#5d6b7a', '#e2e7ec', '#ffffff'];

/**
 * The trade-off of one or several studies as an SVG for papers and chats: students, their front as a staircase, the
 * uniformly scaled baseline, teachers, budgets with the side beyond them shaded, promoted students, and bars over repeated
 * runs. Accuracy upwards, cost to the right in logarithms. Nothing but text and shapes: no script, no outside file.
 * At least one study has a complete trial.
 */
export function frontSvg(studies: readonly PictureStudy[], options: PictureOptions): string {
  const { cost, width, height } = options;
  const legend = legendOf(studies);
  const area: Area = { left: 78, right: width - 24, top: 56, bottom: height - 62 - 20 * Math.ceil(legend.length / 4) };
  const axes = axesOf(studies, cost, area);
  const title = `${studies.map(({ name }) => name).join(', ')}: accuracy over ${titleOf(cost)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="Inter, 'DejaVu Sans', Helvetica, Arial, sans-serif" font-size="13" fill="${ink}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${ground}"/>`,
    text(24, 32, title, `font-size="17" font-weight="600"`),
    ...drawAxes(axes, cost),
    ...drawBudgets(studies, axes, cost),
    ...studies.flatMap((study, i) => drawStudy(study, axes, cost, i, studies.length > 1)),
    ...drawTeachers(studies, axes, cost),
    ...legend.map(({ mark, label }, i) => {
      const [x, y] = [area.left + (i % 4) * ((area.right - area.left) / 4), area.bottom + 62 + 20 * Math.floor(i / 4)];
      return mark(x + 6, y - 4) + text(x + 20, y, label, `fill="${muted}" font-size="12"`);
    }),
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

function titleOf(cost: CostName): string {
  return isLatency(cost) ? cost.replace(':', ' on ') : costModels[cost].title.toLowerCase();
}

function drawAxes({ area, xTicks, yTicks }: Axes, cost: CostName): string[] {
  const { left, right, top, bottom } = area;
  return [
    ...xTicks.flatMap(({ at, label }) => [
      `<path d="M${round(at)},${top}V${bottom}" stroke="${line}"/>`,
      text(at, bottom + 20, label, `text-anchor="middle" fill="${muted}" font-size="12"`),
    ]),
    ...yTicks.flatMap(({ at, label }) => [
      `<path d="M${left},${round(at)}H${right}" stroke="${line}"/>`,
      text(left - 10, at + 4, label, `text-anchor="end" fill="${muted}" font-size="12"`),
    ]),
    text((left + right) / 2, bottom + 40, `${titleOf(cost)} (log)`, 'text-anchor="middle"'),
    `<text transform="translate(20 ${round((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">validation accuracy</text>`,
  ];
}

/** Each limit on this cost once, with what lies beyond it shaded; one beyond the picture is not drawn. */
function drawBudgets(studies: readonly PictureStudy[], { area, x }: Axes, cost: CostName): string[] {
  const limits = new Map(
    studies.flatMap(({ budgets }) => budgets.filter(({ metric }) => metric === cost)).map((b) => [b.limit, b.text]),
  );
  return [...limits].flatMap(([limit, label]) => {
    const at = x(limit);
    if (!(at > area.left && at < area.right)) return [];
    return [
      `<rect x="${round(at)}" y="${area.top}" width="${round(area.right - at)}" height="${area.bottom - area.top}" fill="#b42318" fill-opacity="0.07"/>`,
      `<path d="M${round(at)},${area.top}V${area.bottom}" stroke="#b42318" stroke-dasharray="2 3"/>`,
      text(at - 6, area.top + 14, `budget ${label}`, `text-anchor="end" fill="#b42318" font-size="12"`),
    ];
  });
}

function drawStudy(study: PictureStudy, axes: Axes, cost: CostName, index: number, several: boolean): string[] {
  const hue = hues[index % hues.length];
  const shape = shapes[index % shapes.length];
  const at = (trial: TrialSummary) => [axes.x(costOf(trial, cost)), axes.y(accuracyOf(trial))] as const;
  const placed = study.trials.filter((trial) => costOf(trial, cost) > 0);
  const front = frontOf(placed, cost);
  const baseline = placed
    .filter(({ origin }) => origin === 'baseline')
    .sort((a, b) => costOf(a, cost) - costOf(b, cost));
  const others = placed.filter((trial) => trial.origin !== 'baseline' && !front.includes(trial));
  const promoted = new Set(study.promotions.map(({ trial }) => trial));
  return [
    ...others.map(
      (trial) => `<path d="${shape(...at(trial), 3)}" fill="${several ? hue : '#93a4b5'}" fill-opacity="0.4"/>`,
    ),
    ...drawBaseline(baseline.map(at)),
    staircase(front.map(at), axes.area.right, hue),
    ...placed.flatMap((trial) => errorBar(trial, axes, cost, hue)),
    ...front.map(
      (trial) => `<path d="${shape(...at(trial), 5)}" fill="${hue}"><title>trial ${trial.number}</title></path>`,
    ),
    ...placed
      .filter(({ number }) => promoted.has(number))
      .map((trial) => `<path d="${diamond(...at(trial), 9)}" fill="none" stroke="#b0447f" stroke-width="2"/>`),
  ];
}

function drawBaseline(points: readonly (readonly [number, number])[]): string[] {
  if (points.length === 0) return [];
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join('L');
  return [
    `<path d="M${path}" fill="none" stroke="#b87400" stroke-dasharray="5 4"/>`,
    ...points.map(([x, y]) => `<path d="${diamond(x, y, 4)}" fill="${ground}" stroke="#b87400" stroke-width="1.5"/>`),
  ];
}

/** What the front reaches at every cost: the best accuracy of what is no dearer. */
function staircase(points: readonly (readonly [number, number])[], right: number, hue: string): string {
  if (points.length === 0) return '';
  const [[x0, y0], ...rest] = points;
  const steps = rest.map(([x, y]) => `H${round(x)}V${round(y)}`).join('');
  return `<path d="M${round(x0)},${round(y0)}${steps}H${right}" fill="none" stroke="${hue}" stroke-width="1.5"/>`;
}

/** From the worst to the best run of a trial that was repeated. */
function errorBar(trial: TrialSummary, { x, y }: Axes, cost: CostName, hue: string): string[] {
  const spread = spreadOf(trial);
  if (spread === undefined) return [];
  const at = round(x(costOf(trial, cost)));
  const [low, high] = [round(y(spread.least)), round(y(spread.most))];
  return [
    `<path d="M${at},${low}V${high}M${at - 4},${low}h8M${at - 4},${high}h8" stroke="${hue}" stroke-width="1.5"/>`,
  ];
}

/** A star where the teacher lies within the picture, else an arrow at the edge; its accuracy as a line either way. */
function drawTeachers(studies: readonly PictureStudy[], { area, x, y }: Axes, cost: CostName): string[] {
  const seen = new Map(studies.flatMap(({ teacher }) => (teacher === null ? [] : [[teacher.name, teacher] as const])));
  return [...seen.values()].flatMap((teacher) => {
    const size = (teacher.costs as Readonly<Record<string, number>>)[cost];
    const [cx, cy] = [size === undefined ? NaN : x(size), y(teacher.accuracy)];
    const inside = cx >= area.left && cx <= area.right;
    const label = `teacher ${teacher.name}${size === undefined ? '' : `, ${formatCost(cost, size)}`}${inside ? '' : ' →'}`;
    const end = inside ? Math.max(cx - 10, area.left + 200) : area.right;
    return [
      `<path d="M${area.left},${round(cy)}H${area.right}" stroke="#8f2b08" stroke-dasharray="1 4"/>`,
      ...(inside ? [`<path d="${star(cx, cy, 6)}" fill="#8f2b08"/>`] : []),
      text(end, cy - 8, label, `text-anchor="end" fill="#8f2b08" font-size="12"`),
    ];
  });
}

interface LegendEntry {
  readonly mark: (x: number, y: number) => string;
  readonly label: string;
}

function legendOf(studies: readonly PictureStudy[]): LegendEntry[] {
  const several = studies.length > 1;
  const has = (test: (study: PictureStudy) => boolean) => studies.some(test);
  return [
    ...studies.map((study, i) => ({
      mark: (x: number, y: number) =>
        `<path d="${shapes[i % shapes.length](x, y, 5)}" fill="${hues[i % hues.length]}"/>`,
      label: several ? `front of ${study.name}` : 'front',
    })),
    ...(several
      ? []
      : [
          {
            mark: (x: number, y: number) => `<path d="${shapes[0](x, y, 3)}" fill="#93a4b5"/>`,
            label: 'other students',
          },
        ]),
    ...(has(({ trials }) => trials.some(({ origin }) => origin === 'baseline'))
      ? [
          {
            mark: (x: number, y: number) => `<path d="${diamond(x, y, 4)}" fill="none" stroke="#b87400"/>`,
            label: 'uniformly scaled baseline',
          },
        ]
      : []),
    ...(has(({ promotions }) => promotions.length > 0)
      ? [
          {
            mark: (x: number, y: number) =>
              `<path d="${diamond(x, y, 5)}" fill="none" stroke="#b0447f" stroke-width="2"/>`,
            label: 'promoted',
          },
        ]
      : []),
  ];
}
