/**
 * Studies, trials, rungs and promotions. The model of a trial lies in a table of its own: it is large, never changes,
 * and a change of a trial's state must not rewrite it.
 */
export const m001Initial = `
CREATE TABLE studies (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  settings TEXT NOT NULL,
  facts TEXT NOT NULL
) STRICT;

CREATE TABLE trials (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('search', 'baseline', 'enqueued')),
  state TEXT NOT NULL CHECK (state IN ('WAITING', 'RUNNING', 'COMPLETE', 'PRUNED', 'FAILED', 'INFEASIBLE')),
  architecture_id TEXT NOT NULL,
  baseline_width REAL,
  worker INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  costs TEXT NOT NULL,
  metrics TEXT NOT NULL,
  reason TEXT,
  UNIQUE (study_id, number)
) STRICT;
CREATE UNIQUE INDEX trials_by_architecture ON trials (study_id, architecture_id) WHERE origin = 'search';
CREATE INDEX trials_by_state ON trials (study_id, state);

CREATE TABLE trial_models (
  trial_id INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,
  architecture TEXT NOT NULL,
  spec TEXT NOT NULL
) STRICT;

CREATE TABLE rungs (
  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  elapsed_ms REAL NOT NULL,
  metrics TEXT NOT NULL,
  PRIMARY KEY (trial_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE promotions (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  trial INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  accuracy TEXT NOT NULL,
  directory TEXT NOT NULL
) STRICT;
CREATE INDEX promotions_by_study ON promotions (study_id);
`;
