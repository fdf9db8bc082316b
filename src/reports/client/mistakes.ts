import { byId, h, segments } from './dom.js';
import { confusion } from './confusion.js';
import { copied } from './command.js';
import { promoteCommand } from './trialTexts.js';
import { answersOf, hasAnswers, samplesText } from './answers.js';
import type { Answer, Predictions } from '../../store/Predictions.js';
import type { PageTrial } from './PageData.js';
import type { Parts } from './Parts.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

type Example = Predictions['examples'][number];
type Whose = 'student' | 'teacher' | 'lost';

const shown = 12;
/** Students that are offered where the selected one's answers are not known. */
const offered = 8;

const sorts: Readonly<Record<Whose, (examples: readonly Example[]) => Example[]>> = {
  student: (examples) => wrongFirst(examples, (example) => example.student),
  teacher: (examples) => wrongFirst(examples, (example) => example.teacher),
  // What the teacher knew and the student did not learn.
  lost: (examples) => wrongFirst(examples, (e) => e.student).filter((e) => e.teacher.predicted === e.label),
};

/** The mistakes of the selected student beside the teacher's and, where it was promoted, its control's. */
export function startMistakes({ report, state }: Parts): void {
  const known = report.data.trials.filter((trial) => hasAnswers(trial, report));
  byId('mistakes-card').hidden = known.length === 0;
  if (known.length === 0) return;
  const draw = (view: View) => {
    const trial = view.selected === null ? undefined : report.trial(view.selected);
    const answers = trial === undefined ? undefined : answersOf(trial, report);
    if (trial !== undefined && answers !== undefined) {
      const stage = answers.promoted ? ', promoted,' : ' after its brief distillation,';
      byId('mistakes-sub').textContent =
        `${report.nameOf(trial)}${stage} on ${samplesText(answers.predictions)}; test stays unseen`;
      byId('mistakes').replaceChildren(...mistakes(answers.predictions));
      return;
    }
    byId('mistakes-sub').textContent =
      'Known of students on the front and of promoted ones: choose one, or promote the selected trial.';
    const buttons = offer(known, report, view).map((other) =>
      h(
        'button',
        { type: 'button', class: 'quiet', click: () => state.set({ selected: other.key }) },
        report.nameOf(other),
      ),
    );
    const promotable = trial?.state === 'COMPLETE' && trial.origin !== 'baseline';
    byId('mistakes').replaceChildren(
      h('div', { class: 'controls' }, ...buttons),
      ...(promotable ? [copied(promoteCommand(trial, report))] : []),
    );
  };
  draw(state.get());
  state.listen(['selected'], draw);
}

/** The first few of them: promoted ones, then those on the front that is shown, then any. */
function offer(known: readonly PageTrial[], report: Report, view: View): PageTrial[] {
  const rank = (trial: PageTrial) =>
    report.promotionOf(trial) !== undefined ? 0 : report.kindOf(trial, view) === 'front' ? 1 : 2;
  return [...known].sort((a, b) => rank(a) - rank(b) || a.key - b.key).slice(0, offered);
}

/** Matrices side by side, then the worst examples. */
export function mistakes({ classes, models, examples }: Predictions): HTMLElement[] {
  const grid = h('div', { class: 'examples' });
  const control = h('div', { class: 'segments', role: 'group', 'aria-label': 'Whose mistakes' });
  const choose = (whose: Whose) => {
    press(whose);
    const found = sorts[whose](examples).slice(0, shown);
    grid.replaceChildren(
      ...(found.length === 0
        ? [h('p', { class: 'empty' }, 'There are none among the worst.')]
        : found.map((example) => card(example, classes))),
    );
  };
  const press = segments(
    control,
    [
      ['student', 'Worst of the student'],
      ['teacher', 'Worst of the teacher'],
      ['lost', 'Only the student wrong'],
    ],
    choose,
  );
  choose('student');
  return [
    h(
      'div',
      { class: 'confusions-row' },
      confusion('Student', models.student, classes),
      confusion('Teacher', models.teacher, classes),
      ...(models.alone === undefined ? [] : [confusion('The same student, alone', models.alone, classes)]),
    ),
    h('div', { class: 'controls examples-head' }, control),
    grid,
  ];
}

function wrongFirst(examples: readonly Example[], of: (example: Example) => Answer): Example[] {
  return examples
    .filter((example) => of(example).predicted !== example.label)
    .sort((a, b) => of(a).ofLabel - of(b).ofLabel);
}

function card(example: Example, classes: readonly string[]): HTMLElement {
  const nameOf = (index: number) => classes[index] ?? String(index);
  const line = (who: string, answer: Answer) =>
    h(
      'div',
      { class: answer.predicted === example.label ? 'right' : 'wrong' },
      h('dt', {}, who),
      h(
        'dd',
        {},
        `${answer.predicted === example.label ? '✓' : '✗'} ${nameOf(answer.predicted)} ${Math.round(answer.probability * 100)} %`,
      ),
    );
  return h(
    'figure',
    example.text === undefined ? {} : { class: 'text-sample' },
    look(example, nameOf(example.label)),
    h(
      'figcaption',
      {},
      h('b', {}, nameOf(example.label)),
      h('dl', {}, line('student', example.student), line('teacher', example.teacher)),
    ),
  );
}

function look({ row, image, text }: Example, label: string): HTMLElement {
  if (image !== undefined) return h('img', { src: image, alt: `validation image ${row}: ${label}`, width: 72 });
  if (text !== undefined) return h('blockquote', {}, text);
  return h('span', { class: 'no-picture' }, `sample ${row}`);
}
