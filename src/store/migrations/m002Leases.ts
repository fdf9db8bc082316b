/** Who writes a study: one process at a time. `token` changes with every holder, so that a former one notices its loss. */
export const m002Leases = `
CREATE TABLE leases (
  study_id INTEGER PRIMARY KEY REFERENCES studies (id) ON DELETE CASCADE,
  token TEXT NOT NULL,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  heartbeat INTEGER NOT NULL
) STRICT;
`;
