/**
 * What a trial, and a study's teacher, answer on validation, and what the samples look like that this is about. Tables of
 * their own: they are read for the few trials that are shown, never with the list of trials.
 */
export const m006Answers = `
CREATE TABLE trial_answers (
  trial_id INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,
  answers TEXT NOT NULL
) STRICT;

CREATE TABLE teacher_answers (
  study_id INTEGER PRIMARY KEY REFERENCES studies (id) ON DELETE CASCADE,
  answers TEXT NOT NULL
) STRICT;

CREATE TABLE samples (
  study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  sample TEXT NOT NULL,
  PRIMARY KEY (study_id, row)
) STRICT, WITHOUT ROWID;
`;
