import type { Importance, ReportBlock, ReportChoice, ReportData, ReportTrial } from '../ReportData.js';

/** A trial among those of all studies of the page. */
export interface PageTrial extends ReportTrial {
  /** Unique on the page; of a page of one study, the trial's number. */
  readonly key: number;
  /** Index into `PageData.studies`. */
  readonly study: number;
}

/** A study without what is merged. */
export type PageStudy = Omit<ReportData, 'trials' | 'choices' | 'blocks' | 'importance'> & {
  readonly index: number;
  readonly name: string;
  /** As `ReportData.importance`, for the choices of this study. */
  readonly importance: readonly Importance[];
  /** Names of the study's own choices. */
  readonly choiceNames: readonly string[];
};

/** One or more studies, their trials, choices and blocks in one list each. */
export interface PageData {
  readonly studies: readonly PageStudy[];
  readonly choices: readonly ReportChoice[];
  readonly blocks: readonly ReportBlock[];
  readonly trials: readonly PageTrial[];
}

/** Keys of the first study are its numbers; those of the next ones lie this far apart, and numbers are far below it. */
const stride = 10_000_000;

export function mergeStudies(reports: readonly ReportData[]): PageData {
  const choices = mergeChoices(reports);
  const at = new Map(choices.map((choice, i) => [choice.name, i]));
  const valueAt = choices.map((choice) => new Map(choice.json.map((json, i) => [json, i])));
  const blocks = reports.flatMap((report) => report.blocks);
  let firstBlock = 0;
  const trials = reports.flatMap((report, study) => {
    const offset = firstBlock;
    firstBlock += report.blocks.length;
    const alone = reports.length === 1;
    /** Where each of the study's own choices lies among all, and each of its values. */
    const places = report.choices.map((choice) => {
      const place = at.get(choice.name) ?? 0;
      return { place, values: choice.json.map((json) => valueAt[place].get(json) ?? -1) };
    });
    return report.trials.map((trial): PageTrial => {
      const key = study * stride + trial.number;
      if (alone) return { ...trial, key, study };
      const own = new Array<number>(choices.length).fill(-1);
      places.forEach(({ place, values }, i) => (own[place] = values[trial.choices[i]] ?? -1));
      return { ...trial, key, study, choices: own, blocks: trial.blocks.map((block) => block + offset) };
    });
  });
  return {
    studies: reports.map((report, index) => ({
      version: report.version,
      generatedAt: report.generatedAt,
      study: report.study,
      settings: report.settings,
      facts: report.facts,
      teacher: report.teacher,
      budgets: report.budgets,
      verdict: report.verdict,
      counts: report.counts,
      importance: report.importance,
      promotions: report.promotions,
      ...(report.answers === undefined ? {} : { answers: report.answers }),
      index,
      name: report.study.name,
      choiceNames: report.choices.map((choice) => choice.name),
    })),
    choices,
    blocks,
    trials,
  };
}

/** Every choice of any study once, its values together: numbers ascend, other values as first met. */
function mergeChoices(reports: readonly ReportData[]): ReportChoice[] {
  if (reports.length === 1) return [...reports[0].choices];
  const all = new Map<string, Map<string, string>>();
  for (const { choices } of reports) {
    for (const { name, values, json } of choices) {
      const known = all.get(name) ?? new Map<string, string>();
      json.forEach((text, i) => known.set(text, values[i]));
      all.set(name, known);
    }
  }
  return [...all].map(([name, known]) => {
    const entries = [...known];
    if (entries.every(([json]) => /^-?\d/.test(json))) entries.sort(([a], [b]) => Number(a) - Number(b));
    return { name, values: entries.map(([, value]) => value), json: entries.map(([json]) => json) };
  });
}
