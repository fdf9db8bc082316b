import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { NewestModels } from './NewestModels.js';
import { metricsToJson, numberColumn } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { Metrics, NewTrial, Rung, Trial, TrialOutcome, TrialStore } from './types.js';

/** The life of a trial, from its creation to its end: each change of its state is compared with the state that it has. */
export function trialLife(
  access: StoreAccess,
  models: NewestModels,
): Pick<
  TrialStore,
  'createTrial' | 'start' | 'report' | 'finish' | 'pause' | 'abandon' | 'restart' | 'lose' | 'requeueRunning'
> {
  const { sql } = access;
  return {
    createTrial(study: string, trial: NewTrial): Trial {
      const createdAt = Date.now();
      const number = access.change(study, (id) => {
        const next = numberColumn.parse(sql.nextNumber.get(id));
        const { origin, architectureId, baselineWidth, costs } = trial;
        const result = sql.createTrial.run(
          id,
          next,
          origin,
          architectureId,
          baselineWidth ?? null,
          createdAt,
          JSON.stringify(costs),
        );
        sql.createModel.run(result.lastInsertRowid, JSON.stringify(trial.architecture), JSON.stringify(trial.spec));
        models.keep(id, next, trial);
        return next;
      });
      return {
        ...trial,
        number,
        state: 'WAITING',
        metrics: {},
        measured: {},
        repeats: [],
        reason: null,
        worker: null,
        createdAt,
        startedAt: null,
        finishedAt: null,
        rungs: [],
        launches: [],
      };
    },

    start(study: string, number: number, worker: number, wave?: number): void {
      access.change(study, (id) => {
        const now = Date.now();
        if (sql.start.run(worker, now, id, number).changes === 1) {
          sql.launch.run(wave ?? null, worker, now, id, number);
          return;
        }
        const state = access.stateOf(id, study, number);
        throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' cannot start: it is ${state}`);
      });
    },

    report(study: string, number: number, rung: Rung): boolean {
      return access.change(study, (id) => {
        const metrics = metricsToJson(rung.metrics);
        if (sql.report.run(rung.epoch, rung.elapsedMs, metrics, id, number).changes === 1) return true;
        access.stateOf(id, study, number);
        return false;
      });
    },

    finish(study: string, number: number, outcome: TrialOutcome): boolean {
      return access.change(study, (id) => {
        const { state, metrics, reason, answers } = outcome;
        const now = Date.now();
        const values = [state, metricsToJson(metrics), reason ?? null, now];
        sql.train.run(now, id, number);
        if (sql.finish.run(...values, id, number).changes === 1) {
          sql.land.run(now, id, number);
          if (answers !== undefined) sql.recordAnswers.run(JSON.stringify(answers), id, number);
          return true;
        }
        access.stateOf(id, study, number);
        return false;
      });
    },

    pause(study: string, number: number, epoch: number, metrics: Metrics): boolean {
      return access.change(study, (id) => {
        const now = Date.now();
        sql.train.run(now, id, number);
        if (sql.pause.run(epoch, metricsToJson(metrics), id, number).changes === 1) {
          sql.land.run(now, id, number);
          return true;
        }
        access.stateOf(id, study, number);
        return false;
      });
    },

    abandon(study: string, number: number, reason: string): boolean {
      return access.change(study, (id) => {
        if (sql.abandon.run(reason, Date.now(), id, number).changes === 1) return true;
        access.stateOf(id, study, number);
        return false;
      });
    },

    restart(study: string, number: number): void {
      access.change(study, (id) => {
        if (sql.restart.run(id, number).changes === 1) {
          sql.loseRungs.run(id, number, id, number);
          sql.dropLaunches.run(id, number);
        } else {
          const state = access.stateOf(id, study, number);
          throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' cannot restart: it is ${state}`);
        }
      });
    },

    lose(study: string, number: number, deaths: number): void {
      access.change(study, (id) => {
        if (sql.lose.run(deaths, id, number).changes === 1) sql.loseRungs.run(id, number, id, number);
        else throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' was lost after it ended`);
      });
    },

    requeueRunning(study: string): number[] {
      return access.change(study, (id) => {
        const numbers = z.array(numberColumn).parse(sql.running.all(id));
        sql.dropRungs.run(id);
        sql.requeue.run(id);
        return numbers;
      });
    },
  };
}
