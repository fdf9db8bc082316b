/**
 * When a trial was on a worker: once, or several times where it paused in between. `start_epoch`: epochs that it had trained
 * before; `wave`: the wave of a deterministic search. Of a trial, `checkpoint` are the epochs that its checkpoint holds,
 * `trained` the milliseconds that it was on workers, and `paused` marks a WAITING trial that waits to be promoted: in the program it is PAUSED.
 */
export const m007Launches = `
ALTER TABLE trials ADD COLUMN checkpoint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trials ADD COLUMN trained INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trials ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;

CREATE TABLE launches (
  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,
  start_epoch INTEGER NOT NULL,
  wave INTEGER,
  worker INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (trial_id, start_epoch)
) STRICT, WITHOUT ROWID;
`;
