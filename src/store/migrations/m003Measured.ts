/**
 * What was measured of a trial beside its training, by name: `latency`, `latency_p95`. Text of the trial itself, as a
 * summary shows it; older trials have measured nothing.
 */
export const m003Measured = `
ALTER TABLE trials ADD COLUMN measured TEXT NOT NULL DEFAULT '{}';
`;
