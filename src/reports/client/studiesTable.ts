import { h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { formatPercent } from './format.js';
import { axesVolumes } from './hypervolumes.js';
import { formatQuantity, titleOf, valueOf, type Axes } from './quantities.js';
import { studyMark } from './studyMarks.js';
import type { PageStudy } from './PageData.js';
import type { Report } from './Report.js';
import type { State } from './state.js';

/** How studies stand against each other over two quantities; hypervolumes are taken in one box, so they can be compared. */
export function standings(report: Report, axes: Axes) {
  return report.data.studies.map((study) => {
    const students = report.students.filter((trial) => trial.study === study.index);
    const best = students.reduce<(typeof students)[number] | null>(
      (a, b) => (a === null || b.accuracy > a.accuracy ? b : a),
      null,
    );
    const volume = axesVolumes(report, students, axes).at(-1)?.volume ?? 0;
    return { study, students, best, volume };
  });
}

/** The outcome of several studies in a sentence, and what stands behind it. */
export function joinedVerdict(report: Report, axes: Axes): { headline: string; details: string[] } {
  const ranked = standings(report, axes).sort((a, b) => b.volume - a.volume);
  const [first, second] = ranked;
  if (first.volume === 0) return { headline: 'No student has been distilled to the end yet.', details: [] };
  const points = (first.volume - second.volume) * 100;
  const headline =
    second.best === null
      ? `${first.study.name} alone has students yet.`
      : points < 0.05
        ? `The fronts of ${first.study.name} and ${second.study.name} are level.`
        : `${first.study.name} has the better front: ${points.toFixed(1)} points more hypervolume than ${second.study.name}.`;
  const details = ranked.flatMap(({ study, best }) =>
    best === null ? [] : [`${study.name}: ${formatPercent(best.accuracy)} at best, by trial ${best.number}.`],
  );
  const open = ranked.filter(({ study: { counts } }) => counts.RUNNING + counts.WAITING > 0);
  if (open.length > 0) details.push(`Not finished: ${open.map(({ study }) => study.name).join(', ')}.`);
  const budgets = new Set(report.data.studies.map((study) => study.budgets.map(({ text }) => text).join(', ')));
  if (budgets.size > 1) details.push('Their budgets differ: read the volumes with care.');
  const data = new Set(report.data.studies.map((study) => JSON.stringify(study.settings.data ?? null)));
  if (data.size > 1) details.push('They were run on different data: their accuracies cannot be compared.');
  return { headline, details };
}

/** A line a study: its mark, its best student, its volume. */
export function studiesTable(report: Report, axes: Axes, state: State): HTMLElement {
  const columns = ['Study', 'Best student', titleOf(axes.x === 'accuracy' ? axes.y : axes.x), 'Hypervolume', 'Budget'];
  const more = ['Students', 'Teacher', 'Elapsed'];
  const cost = axes.x === 'accuracy' ? axes.y : axes.x;
  const all = standings(report, axes);
  const most = Math.max(...all.map(({ volume }) => volume));
  return h(
    'table',
    { class: 'standings' },
    h('caption', { class: 'unseen' }, 'The studies side by side'),
    h('thead', {}, h('tr', {}, ...[...columns, ...more].map((title) => h('th', { scope: 'col' }, title)))),
    h(
      'tbody',
      {},
      ...all.map(({ study, students, best, volume }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, studyMark(study.index), ' ', study.name),
          h(
            'td',
            {},
            best === null
              ? '–'
              : h(
                  'button',
                  { type: 'button', class: 'link', click: () => state.set({ selected: best.key }) },
                  `${formatPercent(best.accuracy)}, trial ${best.number}`,
                ),
          ),
          h('td', {}, best === null ? '–' : formatQuantity(cost, valueOf(best, cost))),
          h('td', {}, `${(volume * 100).toFixed(2)} %`, volume === most ? h('span', { class: 'sign' }, ' ★') : null),
          h('td', {}, study.budgets.map(({ text }) => text).join(', ') || 'none'),
          h('td', {}, `${students.length} of ${trialsOf(report, study)}`),
          h('td', {}, study.teacher === null ? '–' : `${study.teacher.name}, ${formatPercent(study.teacher.accuracy)}`),
          h('td', {}, formatDuration(study.study.elapsedMs)),
        ),
      ),
    ),
  );
}

function trialsOf(report: Report, study: PageStudy): number {
  return report.data.trials.filter((trial) => trial.study === study.index).length;
}
