/**
 * Final metrics of a trial's further runs with other seeds, by the number of the run, from 2: `{"2": {"accuracy": ...}}`.
 * A run that failed has none. Text of the trial itself, as every comparison of trials reads it.
 */
export const m004Repeats = `
ALTER TABLE trials ADD COLUMN repeats TEXT NOT NULL DEFAULT '{}';
`;
