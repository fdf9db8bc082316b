import { h, s } from './dom.js';
import { valueOf } from './quantities.js';
import { studyMark } from './studyMarks.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

/** The scatter's key: shape, name and count of each kind that occurs. */
export function legend(host: HTMLElement, report: Report, view: View): void {
  const counts = new Map<string, number>();
  const fronts = new Map<number, number>();
  for (const trial of report.data.trials) {
    const kind = report.kindOf(trial, view);
    if (valueOf(trial, view.x) === null || valueOf(trial, view.y) === null) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (kind === 'front') fronts.set(trial.study, (fronts.get(trial.study) ?? 0) + 1);
  }
  const { studies } = report.data;
  const keys = report.several
    ? studies.map(({ index, name }) =>
        h('span', { class: 'key' }, studyMark(index), name, h('b', {}, String(fronts.get(index) ?? 0))),
      )
    : [];
  const entries: (readonly [kind: string, label: string, count: number])[] = [
    ...(report.several ? [] : [['front', 'Pareto front', counts.get('front') ?? 0] as const]),
    ['student', 'dominated', counts.get('student') ?? 0],
    ['pruned', 'pruned', counts.get('pruned') ?? 0],
    ['over', 'over the budget', counts.get('over') ?? 0],
    ['infeasible', 'not trained', counts.get('infeasible') ?? 0],
    ['baseline', 'scaled baseline', counts.get('baseline') ?? 0],
    ['teacher', 'teacher', studies.some(({ teacher }) => teacher !== null) ? 1 : 0],
    ['promoted', 'promoted', report.promoted.size],
  ];
  host.replaceChildren(
    ...keys,
    ...entries
      .filter(([, , count]) => count > 0)
      .map(([kind, label, count]) =>
        h('span', { class: 'key' }, mark(kind), label, kind === 'teacher' ? null : h('b', {}, String(count))),
      ),
  );
}

/** A small picture of a kind's marker, in the class's colour. */
export function mark(kind: string): SVGSVGElement {
  const shapes: Record<string, () => SVGElement> = {
    front: () => s('circle', { cx: 8, cy: 8, r: 5 }),
    student: () => s('circle', { cx: 8, cy: 8, r: 3.6 }),
    pruned: () => s('path', { d: 'M4.5 4.5l7 7m0-7l-7 7' }),
    over: () => s('circle', { cx: 8, cy: 8, r: 3.6 }),
    infeasible: () => s('circle', { cx: 8, cy: 8, r: 3.6 }),
    failed: () => s('path', { d: 'M8 3.5v6m0 2v1.4' }),
    open: () => s('circle', { cx: 8, cy: 8, r: 1.6 }),
    baseline: () => s('path', { d: 'M8 2.8L13.2 8 8 13.2 2.8 8z' }),
    teacher: () => s('path', { d: 'M8 1.5l1.9 4.3 4.6.4-3.5 3.1 1.1 4.6L8 11.5l-4.1 2.4 1.1-4.6L1.5 6.2l4.6-.4z' }),
    promoted: () => s('path', { d: 'M8 2l5.2 3v6L8 14l-5.2-3V5z' }),
  };
  return s('svg', { class: `mark ${kind}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' }, shapes[kind]());
}
