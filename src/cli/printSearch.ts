import { digestOf } from '../core/digest.js';
import { ExitCode } from '../core/errors.js';
import { inheritanceLine } from '../inheritance/InheritanceJudge.js';
import type { SearchSummary } from '../search/SearchParts.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial } from '../store/types.js';
import { describeFront } from './describeFront.js';
import { drawFront } from './drawFront.js';
import { inheritanceOf } from './inheritanceOf.js';
import type { Io } from './Io.js';
import type { StudyGround, TaughtStudy } from './openStudy.js';

/**
 * What a search says at its end: the counts of its trials, the front, the report, and what comes next. One whose trials all failed ends with
 * an exit code of its own, as a script would go on with a front that is not there.
 */
export function printSearch(
  io: Io,
  search: {
    readonly name: string;
    readonly ground: StudyGround;
    readonly taught: TaughtStudy;
    readonly summary: SearchSummary;
    /** As they are after the front was confirmed and measured. */
    readonly trials: readonly Trial[];
    readonly front: readonly Trial[];
    readonly seconds: number;
    readonly reportFile: string | undefined;
  },
): void {
  const { name, ground, taught, summary, trials, front, seconds, reportFile } = search;
  const counts = countStates(summary.trials);
  const inheritance = ground.config.inherit ? inheritanceOf(trials) : undefined;
  io.result(
    {
      study: name,
      ended: summary.ended,
      seconds,
      counts,
      teacher: taught.teacher,
      front: front.map(publicTrial),
      ...(inheritance === undefined ? {} : { inheritance }),
      report: reportFile ?? null,
      // Of what the search decided: what was measured afterwards differs from run to run.
      digest: digestOf(front.map((trial) => publicTrial({ ...trial, measured: {} }))),
    },
    () => {
      const states = Object.entries(counts).map(([state, n]) => `${n} ${state.toLowerCase()}`);
      const exhausted = summary.ended === 'exhausted' ? ' (every architecture that fits was tried)' : '';
      return [
        `\nstudy ${name}: ${states.join(', ')} in ${seconds.toFixed(0)} s${exhausted}`,
        describeFront(trials, ground.costs, taught.teacher.accuracy, ground.asked),
        ...drawFront(trials, ground.cost, process.stdout.columns || 80),
        ...(inheritance === undefined ? [] : [inheritanceLine(inheritance)]),
        ...(reportFile === undefined ? [] : [`report: ${reportFile}`]),
        ...next(name, trials, front),
      ].join('\n');
    },
  );
  if (allFailed(counts)) {
    const reason = summary.trials.find((trial) => trial.state === 'FAILED')?.reason ?? 'no reason was stored';
    io.progress.warn(`study ${name}: not one trial could be trained to its end; the first: ${reason}`);
    process.exitCode = ExitCode.failure;
  }
}

/** Some failed, and not one was trained to its end. */
function allFailed(counts: Readonly<Record<string, number>>): boolean {
  return counts.FAILED > 0 && !(counts.COMPLETE > 0);
}

function countStates(trials: readonly { state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function publicTrial(trial: Trial) {
  const { number, architecture, costs, metrics, measured, repeats } = trial;
  const real = Object.keys(measured).length === 0 ? {} : { measured };
  const runs = repeats.length === 0 ? {} : { meanAccuracy: accuracyOf(trial), repeats };
  return { trial: number, choices: architecture.choices, costs, metrics, ...runs, ...real };
}

/** Without a front there is nothing to promote, and the question is what went wrong. */
function next(name: string, trials: readonly Trial[], front: readonly Trial[]): string[] {
  if (front.length > 0) return [`next: nas-distill promote ${name} --pick knee`];
  return trials.length === 0 ? [] : [`next: nas-distill show ${name} ${trials[trials.length - 1].number}`];
}
