import type { Transaction } from 'better-sqlite3';
import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { Sample, TeacherAnswers, TrialAnswers } from './Answers.js';
import { checkStudyName } from './checkStudyName.js';
import { NewestModels, type TrialModel } from './NewestModels.js';
import type { OpenDatabase, SqliteDatabase } from './openDatabase.js';
import {
  answersRow,
  launchRow,
  metricsToJson,
  modelRow,
  promotionRow,
  repeatsRow,
  rungRow,
  sampleRow,
  studyRow,
  summaryRow,
  teacherAnswersRow,
} from './rows.js';
import { explainSqlite, guarded } from './sqliteErrors.js';
import { prepareStatements, type Statements } from './statements.js';
import { WriterLease } from './WriterLease.js';
import type {
  Launch,
  Metrics,
  NewTrial,
  PromotionRecord,
  Rung,
  StudyRecord,
  StudyWriter,
  Trial,
  TrialOutcome,
  TrialStore,
  TrialSummary,
} from './types.js';

const numberColumn = z.number();

/** The store over better-sqlite3. Each change is one transaction, synchronised to disk before the method returns. */
export class SqliteStore implements TrialStore {
  readonly journalMode: string;
  private readonly db: SqliteDatabase;
  private readonly sql: Statements;
  private readonly lease: WriterLease;
  /** Made once: better-sqlite3 builds four functions for each. */
  private readonly atomically: Transaction<<T>(work: () => T) => T>;
  private readonly models = new NewestModels();
  private heartbeatFault: NasDistillError | undefined;

  constructor(
    private readonly path: string,
    opened: OpenDatabase,
  ) {
    this.db = opened.db;
    this.journalMode = opened.journalMode;
    this.sql = prepareStatements(this.db);
    this.lease = new WriterLease(this.db);
    this.atomically = this.db.transaction(<T>(work: () => T): T => work());
  }

  version(): number {
    return guarded(this.path, () => numberColumn.parse(this.sql.dataVersion.get()));
  }

  createStudy(study: Omit<StudyRecord, 'createdAt'>): void {
    checkStudyName(study.name);
    const id = this.transaction(() => {
      if (this.sql.studyId.get(study.name) !== undefined) {
        throw new NasDistillError('STUDY_EXISTS', `study '${study.name}' exists already in ${this.path}`, {
          hint: 'Go on with it by --resume, or choose another --name.',
        });
      }
      const { settings, facts } = study;
      const result = this.sql.createStudy.run(study.name, Date.now(), JSON.stringify(settings), JSON.stringify(facts));
      const created = Number(result.lastInsertRowid);
      this.lease.require(created, study.name);
      return created;
    });
    this.holdLease(id);
  }

  study(name: string): StudyRecord | undefined {
    return this.read(() => {
      const row = this.sql.study.get(name);
      return row === undefined ? undefined : this.parse(studyRow, row);
    });
  }

  studies(): StudyRecord[] {
    return this.read(() => this.sql.studies.all().map((row) => this.parse(studyRow, row)));
  }

  deleteStudy(name: string): void {
    const id = this.change(name, (study) => {
      this.sql.deleteStudy.run(study);
      return study;
    });
    this.models.forget(id);
    this.lease.forget(id);
  }

  updateFacts(study: string, facts: Readonly<Record<string, unknown>>): void {
    this.change(study, (id) => this.sql.updateFacts.run(JSON.stringify(facts), id));
  }

  createTrial(study: string, trial: NewTrial): Trial {
    const createdAt = Date.now();
    const number = this.change(study, (id) => {
      const next = numberColumn.parse(this.sql.nextNumber.get(id));
      const { origin, architectureId, baselineWidth, costs } = trial;
      const result = this.sql.createTrial.run(
        id,
        next,
        origin,
        architectureId,
        baselineWidth ?? null,
        createdAt,
        JSON.stringify(costs),
      );
      this.sql.createModel.run(result.lastInsertRowid, JSON.stringify(trial.architecture), JSON.stringify(trial.spec));
      this.models.keep(id, next, trial);
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
  }

  start(study: string, number: number, worker: number, wave?: number): void {
    this.change(study, (id) => {
      const now = Date.now();
      if (this.sql.start.run(worker, now, id, number).changes === 1) {
        this.sql.launch.run(wave ?? null, worker, now, id, number);
        return;
      }
      const state = this.stateOf(id, study, number);
      throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' cannot start: it is ${state}`);
    });
  }

  report(study: string, number: number, rung: Rung): boolean {
    return this.change(study, (id) => {
      const metrics = metricsToJson(rung.metrics);
      if (this.sql.report.run(rung.epoch, rung.elapsedMs, metrics, id, number).changes === 1) return true;
      this.stateOf(id, study, number);
      return false;
    });
  }

  finish(study: string, number: number, outcome: TrialOutcome): boolean {
    return this.change(study, (id) => {
      const { state, metrics, reason, answers } = outcome;
      const now = Date.now();
      const values = [state, metricsToJson(metrics), reason ?? null, now];
      this.sql.train.run(now, id, number);
      if (this.sql.finish.run(...values, id, number).changes === 1) {
        this.sql.land.run(now, id, number);
        if (answers !== undefined) this.sql.recordAnswers.run(JSON.stringify(answers), id, number);
        return true;
      }
      this.stateOf(id, study, number);
      return false;
    });
  }

  pause(study: string, number: number, epoch: number, metrics: Metrics): boolean {
    return this.change(study, (id) => {
      const now = Date.now();
      this.sql.train.run(now, id, number);
      if (this.sql.pause.run(epoch, metricsToJson(metrics), id, number).changes === 1) {
        this.sql.land.run(now, id, number);
        return true;
      }
      this.stateOf(id, study, number);
      return false;
    });
  }

  abandon(study: string, number: number, reason: string): boolean {
    return this.change(study, (id) => {
      if (this.sql.abandon.run(reason, Date.now(), id, number).changes === 1) return true;
      this.stateOf(id, study, number);
      return false;
    });
  }

  restart(study: string, number: number): void {
    this.change(study, (id) => {
      if (this.sql.restart.run(id, number).changes === 1) {
        this.sql.loseRungs.run(id, number, id, number);
        this.sql.dropLaunches.run(id, number);
      } else {
        const state = this.stateOf(id, study, number);
        throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' cannot restart: it is ${state}`);
      }
    });
  }

  lose(study: string, number: number, deaths: number): void {
    this.change(study, (id) => {
      if (this.sql.lose.run(deaths, id, number).changes === 1) this.sql.loseRungs.run(id, number, id, number);
      else throw new NasDistillError('INTERNAL', `trial ${number} of study '${study}' was lost while it did not run`);
    });
  }

  recordMeasured(study: string, number: number, measured: Readonly<Record<string, number>>): void {
    this.change(study, (id) => {
      const row = this.sql.summary.get(id, number);
      if (row === undefined) throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
      const known = this.parse(summaryRow, row).measured;
      this.sql.recordMeasured.run(JSON.stringify({ ...known, ...measured }), id, number);
    });
  }

  recordRepeat(study: string, number: number, run: number, metrics: Metrics): void {
    this.change(study, (id) => {
      const row = this.sql.summary.get(id, number);
      if (row === undefined) throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
      const known = this.parse(repeatsRow, row).repeats;
      this.sql.recordRepeats.run(metricsToJson({ ...known, [run]: metrics }), id, number);
    });
  }

  requeueRunning(study: string): number[] {
    return this.change(study, (id) => {
      const numbers = z.array(numberColumn).parse(this.sql.running.all(id));
      this.sql.dropRungs.run(id);
      this.sql.requeue.run(id);
      return numbers;
    });
  }

  trials(study: string): Trial[] {
    return this.readStudy(study, (id) => {
      const rungs = new Map<number, Rung[]>();
      for (const row of this.sql.rungs.all(id)) {
        const { number, rung } = this.parse(rungRow, row);
        const list = rungs.get(number);
        if (list === undefined) rungs.set(number, [rung]);
        else list.push(rung);
      }
      const launches = new Map<number, Launch[]>();
      for (const row of this.sql.launches.all(id)) {
        const { number, launch } = this.parse(launchRow, row);
        const list = launches.get(number);
        if (list === undefined) launches.set(number, [launch]);
        else list.push(launch);
      }
      return this.sql.trials.all(id).map((row) => {
        const summary = this.parse(summaryRow, row);
        const { number } = summary;
        const lists = { rungs: rungs.get(number) ?? [], launches: launches.get(number) ?? [] };
        return { ...summary, ...this.parse(modelRow, row), ...lists };
      });
    });
  }

  trial(study: string, number: number): Trial | undefined {
    return this.readStudy(study, (id) => {
      const row = this.sql.summary.get(id, number);
      if (row === undefined) return undefined;
      const rungs = this.sql.rungsOf.all(id, number).map((found) => this.parse(rungRow, found).rung);
      const launches = this.sql.launchesOf.all(id, number).map((found) => this.parse(launchRow, found).launch);
      return { ...this.parse(summaryRow, row), ...this.modelOf(id, number), rungs, launches };
    });
  }

  trialSummaries(study: string): TrialSummary[] {
    return this.readStudy(study, (id) => this.sql.summaries.all(id).map((row) => this.parse(summaryRow, row)));
  }

  writer(study: string): StudyWriter | undefined {
    return this.readStudy(study, (id) => this.lease.writer(id));
  }

  answers(study: string, trials: readonly number[]): Map<number, TrialAnswers> {
    return this.readStudy(study, (id) => {
      const known = trials.flatMap((number) => {
        const row = this.sql.answers.get(id, number);
        return row === undefined ? [] : [[number, this.parse(answersRow, row).answers] as const];
      });
      return new Map(known);
    });
  }

  recordTeacherAnswers(study: string, answers: TeacherAnswers): void {
    this.change(study, (id) => this.sql.recordTeacherAnswers.run(id, JSON.stringify(answers)));
  }

  teacherAnswers(study: string): TeacherAnswers | undefined {
    return this.readStudy(study, (id) => {
      const row = this.sql.teacherAnswers.get(id);
      return row === undefined ? undefined : this.parse(teacherAnswersRow, row).answers;
    });
  }

  recordSamples(study: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    this.change(study, (id) => {
      for (const { row, ...sample } of samples) this.sql.recordSample.run(id, row, JSON.stringify(sample));
    });
  }

  sampleRows(study: string): number[] {
    return this.readStudy(study, (id) => z.array(numberColumn).parse(this.sql.sampleRows.all(id)));
  }

  samples(study: string, rows: readonly number[]): Sample[] {
    return this.readStudy(study, (id) =>
      rows.flatMap((row) => {
        const found = this.sql.sample.get(id, row);
        return found === undefined ? [] : [{ row, ...this.parse(sampleRow, found).sample }];
      }),
    );
  }

  /** Needs no lease: a study may be promoted from while its search goes on. */
  recordPromotion(study: string, promotion: PromotionRecord): void {
    this.transaction(() => {
      const { trial, finishedAt, accuracy, directory } = promotion;
      this.sql.createPromotion.run(this.idOf(study), trial, finishedAt, metricsToJson(accuracy), directory);
    });
  }

  promotions(study: string): PromotionRecord[] {
    return this.readStudy(study, (id) => this.sql.promotions.all(id).map((row) => this.parse(promotionRow, row)));
  }

  close(): void {
    if (!this.db.open) return;
    try {
      if (!this.db.readonly) guarded(this.path, () => this.lease.release());
    } finally {
      this.db.close();
    }
  }

  /** One durable change to a study by its only writer. */
  private change<T>(study: string, work: (id: number) => T): T {
    let studyId = 0;
    const fault = this.heartbeatFault;
    this.heartbeatFault = undefined;
    // One beat that met a busy database is made good by this change itself.
    if (fault !== undefined && fault.code !== 'STORAGE') throw fault;
    const result = this.transaction(() => {
      studyId = this.idOf(study);
      this.lease.require(studyId, study);
      return work(studyId);
    });
    this.holdLease(studyId);
    return result;
  }

  private holdLease(studyId: number): void {
    this.lease.confirm(studyId);
    this.lease.startHeartbeat((tick) => {
      try {
        this.db.transaction(tick).immediate();
      } catch (error) {
        // Thrown by the next change: a timer has nobody to throw to.
        this.heartbeatFault = explainSqlite(this.path, error);
      }
    });
  }

  private transaction<T>(work: () => T): T {
    return guarded(this.path, () => this.atomically.immediate(work) as T);
  }

  private read<T>(work: () => T): T {
    return guarded(this.path, () => this.atomically.deferred(work) as T);
  }

  private modelOf(studyId: number, number: number): TrialModel {
    return this.models.of(studyId, number) ?? this.parse(modelRow, this.sql.model.get(studyId, number));
  }

  private readStudy<T>(study: string, work: (id: number) => T): T {
    return this.read(() => work(this.idOf(study)));
  }

  private idOf(study: string): number {
    const id = this.sql.studyId.get(study);
    if (id !== undefined) return numberColumn.parse(id);
    throw new NasDistillError('NOT_FOUND', `there is no study '${study}' in ${this.path}`, {
      hint: 'See all with: nas-distill studies',
    });
  }

  private stateOf(studyId: number, study: string, number: number): string {
    const state = this.sql.trialState.get(studyId, number);
    if (state !== undefined) return String(state);
    throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
  }

  private parse<T>(schema: z.ZodType<T>, row: unknown): T {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new NasDistillError('STORAGE', `${this.path} holds a broken row: ${issue.path.join('.')}: ${issue.message}`, {
      hint: 'Nothing was changed. It was edited or damaged from outside.',
    });
  }
}
