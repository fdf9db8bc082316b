import { createRng } from '../core/rng.js';
import { inheritanceLine, type InheritanceVerdict } from '../inheritance/InheritanceJudge.js';
import { agreementOf, type Agreement } from '../proxies/agreement.js';
import type { Trial } from '../store/types.js';
import { inheritanceOf } from './inheritanceOf.js';
import { table } from './table.js';

/** A ranking of candidates and how well it agrees with another. */
export interface InheritanceRow extends Agreement {
  readonly ranked: string;
  readonly against: string;
}

export interface InheritanceDocument {
  readonly study: string;
  /** Candidates that inherited, and those of the space that did not. */
  readonly heirs: number;
  readonly scratch: number;
  readonly verdict: InheritanceVerdict;
  readonly rows: readonly InheritanceRow[];
}

/**
 * What can honestly be known within a study: candidates trained both ways tell how heirs rank what training from scratch gives;
 * that first epochs rank last ones is shown beside it, for heirs and for others.
 */
export function inheritanceDocument(study: string, trials: readonly Trial[]): InheritanceDocument {
  const students = trials.filter(({ state, origin }) => state === 'COMPLETE' && origin !== 'baseline');
  const [heirs, others] = [true, false].map((is) =>
    students.filter(({ metrics }) => 'inherited_from' in metrics === is),
  );
  const pairs = heirs.filter(({ metrics }) => 'scratch_accuracy' in metrics);
  const scratch = (trial: Trial) => trial.metrics.scratch_accuracy;
  const last = (trial: Trial) => trial.metrics.accuracy;
  const first = (trial: Trial) => trial.rungs[0]?.metrics.accuracy;
  const rng = createRng('inheritance');
  const row = (
    [ranked, score]: readonly [string, (trial: Trial) => number],
    [against, truth]: readonly [string, (trial: Trial) => number],
    of: readonly Trial[],
  ): InheritanceRow => ({ ranked, against, ...agreementOf(of.map(score), of.map(truth), rng.fork(ranked)) });
  const truth = ['the same trained from scratch', scratch] as const;
  return {
    study,
    heirs: heirs.length,
    scratch: others.length,
    verdict: inheritanceOf(trials),
    rows: [
      row(['accuracy after inheriting', last], truth, pairs),
      row(['MACs', (trial) => trial.costs.macs], truth, pairs),
      row(['parameters', (trial) => trial.costs.params], truth, pairs),
      row(['first epoch of heirs', first], ['their last epoch', last], heirs),
      row(['first epoch of others', first], ['their last epoch', last], others),
    ],
  };
}

export function describeInheritance({ study, heirs, scratch, verdict, rows }: InheritanceDocument): string {
  const counts = `${heirs} candidates inherited, ${scratch} did not, ${verdict.pairs} were trained both ways`;
  return [
    `study ${study}: ${counts}; Kendall's tau, 95 % bootstrap interval`,
    table(
      [
        { title: 'ranked by' },
        { title: 'against' },
        { title: 'candidates', align: 'right' },
        { title: 'tau', align: 'right' },
        { title: 'interval', align: 'right' },
      ],
      rows.map(({ ranked, against, students, tau, interval }) => [
        ranked,
        against,
        students,
        tau === null ? '-' : tau.toFixed(3),
        interval === null ? '-' : interval.map((t) => t.toFixed(2)).join(' to '),
      ]),
    ),
    inheritanceLine(verdict),
  ].join('\n');
}
