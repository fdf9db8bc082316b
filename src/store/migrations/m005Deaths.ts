/** How often the process that trained a trial died, perhaps through its fault: such a trial runs alone from then on. */
export const m005Deaths = `
ALTER TABLE trials ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
`;
