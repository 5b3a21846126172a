-- States that no gateway serves, as two administrators describe them; cases with them; digests of the files that left or came, so that none is recorded twice.
CREATE TABLE paper_states (
  state       TEXT PRIMARY KEY,
  document    BLOB NOT NULL,
  proposed_by TEXT NOT NULL,
  approved_by TEXT,
  changed     TEXT NOT NULL,
  in_force    BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE paper_cases (
  case_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE paper_files (
  case_id TEXT NOT NULL,
  way     TEXT NOT NULL,
  sha256  BLOB NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (case_id, way, sha256)
) STRICT, WITHOUT ROWID;
