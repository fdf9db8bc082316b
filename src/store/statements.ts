import type { Statement } from 'better-sqlite3';
import type { SqliteDatabase } from './openDatabase.js';

const summaryColumns = `t.number, t.origin, t.state, t.architecture_id, t.baseline_width, t.worker, t.created_at,
  t.started_at, t.finished_at, t.costs, t.metrics, t.measured, t.repeats, t.reason, t.deaths,
  t.checkpoint, t.trained, t.paused`;

/** Every statement of the store: each touches its rows through an index, whatever a study's size. */
const texts = {
  studyId: 'SELECT id FROM studies WHERE name = ?',
  study: 'SELECT name, created_at, settings, facts FROM studies WHERE name = ?',
  studies: 'SELECT name, created_at, settings, facts FROM studies ORDER BY id',
  createStudy: 'INSERT INTO studies (name, created_at, settings, facts) VALUES (?, ?, ?, ?)',
  deleteStudy: 'DELETE FROM studies WHERE id = ?',
  updateFacts: 'UPDATE studies SET facts = ? WHERE id = ?',
  nextNumber: 'SELECT coalesce(max(number), 0) + 1 FROM trials WHERE study_id = ?',
  createTrial: `INSERT INTO trials (study_id, number, origin, state, architecture_id, baseline_width, created_at, costs, metrics)
       VALUES (?, ?, ?, 'WAITING', ?, ?, ?, ?, '{}')`,
  createModel: 'INSERT INTO trial_models (trial_id, architecture, spec) VALUES (?, ?, ?)',
  start: `UPDATE trials SET state = 'RUNNING', paused = 0, worker = ?, started_at = coalesce(started_at, ?)
       WHERE study_id = ? AND number = ? AND state = 'WAITING'`,
  report: `INSERT INTO rungs (trial_id, epoch, elapsed_ms, metrics)
       SELECT id, ?, ?, ? FROM trials WHERE study_id = ? AND number = ? AND state = 'RUNNING'`,
  finish: `UPDATE trials SET state = ?, metrics = ?, reason = ?, finished_at = ?, checkpoint = 0
       WHERE study_id = ? AND number = ? AND state = 'RUNNING'`,
  launch: `INSERT OR REPLACE INTO launches (trial_id, start_epoch, wave, worker, started_at)
       SELECT id, checkpoint, ?, ?, ? FROM trials WHERE study_id = ? AND number = ?`,
  land: `UPDATE launches SET ended_at = ? WHERE ended_at IS NULL
       AND trial_id = (SELECT id FROM trials WHERE study_id = ? AND number = ?)`,
  train: `UPDATE trials SET trained = trained + ? - (SELECT started_at FROM launches
         WHERE trial_id = trials.id AND start_epoch = trials.checkpoint) WHERE study_id = ? AND number = ? AND state = 'RUNNING'`,
  pause: `UPDATE trials SET state = 'WAITING', paused = 1, worker = NULL, checkpoint = ?, metrics = ?
       WHERE study_id = ? AND number = ? AND state = 'RUNNING'`,
  abandon: `UPDATE trials SET state = 'PRUNED', paused = 0, checkpoint = 0, reason = ?, finished_at = ?,
         worker = (SELECT worker FROM launches WHERE trial_id = trials.id ORDER BY start_epoch DESC LIMIT 1)
       WHERE study_id = ? AND number = ? AND state = 'WAITING' AND paused = 1`,
  restart: `UPDATE trials SET paused = 0, checkpoint = 0, trained = 0, metrics = '{}', started_at = NULL
       WHERE study_id = ? AND number = ? AND state = 'WAITING'`,
  dropLaunches: 'DELETE FROM launches WHERE trial_id = (SELECT id FROM trials WHERE study_id = ? AND number = ?)',
  recordMeasured: 'UPDATE trials SET measured = ? WHERE study_id = ? AND number = ?',
  recordRepeats: 'UPDATE trials SET repeats = ? WHERE study_id = ? AND number = ?',
  loseRungs: `DELETE FROM rungs WHERE trial_id = (SELECT id FROM trials WHERE study_id = ? AND number = ?)
       AND epoch > (SELECT checkpoint FROM trials WHERE study_id = ? AND number = ?)`,
  lose: `UPDATE trials SET state = 'WAITING', worker = NULL, deaths = ?,
         started_at = CASE WHEN checkpoint > 0 THEN started_at END
       WHERE study_id = ? AND number = ? AND state IN ('RUNNING', 'WAITING')`,
  running: "SELECT number FROM trials WHERE study_id = ? AND state = 'RUNNING' ORDER BY number",
  dropRungs: `DELETE FROM rungs WHERE trial_id IN (SELECT id FROM trials WHERE study_id = ? AND state = 'RUNNING')
       AND epoch > (SELECT checkpoint FROM trials t WHERE t.id = trial_id)`,
  requeue: `UPDATE trials SET state = 'WAITING', worker = NULL,
         started_at = CASE WHEN checkpoint > 0 THEN started_at END
       WHERE study_id = ? AND state = 'RUNNING'`,
  trialState: 'SELECT state FROM trials WHERE study_id = ? AND number = ?',
  summaries: `SELECT ${summaryColumns} FROM trials t WHERE t.study_id = ? ORDER BY t.number`,
  trials: `SELECT ${summaryColumns}, m.architecture, m.spec FROM trials t JOIN trial_models m ON m.trial_id = t.id
       WHERE t.study_id = ? ORDER BY t.number`,
  summary: `SELECT ${summaryColumns} FROM trials t WHERE t.study_id = ? AND t.number = ?`,
  model: `SELECT m.architecture, m.spec FROM trials t JOIN trial_models m ON m.trial_id = t.id
       WHERE t.study_id = ? AND t.number = ?`,
  rungs: `SELECT t.number, r.epoch, r.elapsed_ms, r.metrics FROM trials t JOIN rungs r ON r.trial_id = t.id
       WHERE t.study_id = ? ORDER BY t.number, r.epoch`,
  rungsOf: `SELECT t.number, r.epoch, r.elapsed_ms, r.metrics FROM trials t JOIN rungs r ON r.trial_id = t.id
       WHERE t.study_id = ? AND t.number = ? ORDER BY r.epoch`,
  launches: `SELECT t.number, l.start_epoch, l.wave, l.worker, l.started_at, l.ended_at
       FROM trials t JOIN launches l ON l.trial_id = t.id WHERE t.study_id = ? ORDER BY t.number, l.start_epoch`,
  launchesOf: `SELECT t.number, l.start_epoch, l.wave, l.worker, l.started_at, l.ended_at
       FROM trials t JOIN launches l ON l.trial_id = t.id WHERE t.study_id = ? AND t.number = ? ORDER BY l.start_epoch`,
  createPromotion: 'INSERT INTO promotions (study_id, trial, finished_at, accuracy, directory) VALUES (?, ?, ?, ?, ?)',
  promotions: 'SELECT trial, finished_at, accuracy, directory FROM promotions WHERE study_id = ? ORDER BY id',
  recordAnswers: `INSERT OR REPLACE INTO trial_answers (trial_id, answers)
       SELECT id, ? FROM trials WHERE study_id = ? AND number = ?`,
  answers: `SELECT a.answers FROM trial_answers a JOIN trials t ON t.id = a.trial_id
       WHERE t.study_id = ? AND t.number = ?`,
  recordTeacherAnswers: 'INSERT OR REPLACE INTO teacher_answers (study_id, answers) VALUES (?, ?)',
  teacherAnswers: 'SELECT answers FROM teacher_answers WHERE study_id = ?',
  recordSample: 'INSERT OR IGNORE INTO samples (study_id, row, sample) VALUES (?, ?, ?)',
  sampleRows: 'SELECT row FROM samples WHERE study_id = ? ORDER BY row',
  sample: 'SELECT sample FROM samples WHERE study_id = ? AND row = ?',
  dataVersion: 'PRAGMA data_version',
} as const;

/** Those whose rows are their one column. */
const plucked: readonly string[] = ['studyId', 'nextNumber', 'running', 'trialState', 'sampleRows', 'dataVersion'];

export type Statements = Record<keyof typeof texts, Statement>;

/** Compiles every statement, once for each connection. */
export function prepareStatements(db: SqliteDatabase): Statements {
  const compiled = Object.entries(texts).map(([name, text]) => {
    const statement = db.prepare(text);
    return [name, plucked.includes(name) ? statement.pluck() : statement];
  });
  return Object.fromEntries(compiled) as Statements;
}
