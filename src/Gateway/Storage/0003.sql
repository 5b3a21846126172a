-- Erasures that this gateway or a peer made: signed, kept for ever. What they list is gone from every other table.
CREATE TABLE erasures (
  id      TEXT NOT NULL,
  issuer  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  time    TEXT NOT NULL,
  told    INTEGER NOT NULL,
  der     BLOB NOT NULL,
  PRIMARY KEY (id, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_by_case ON erasures (case_id);
CREATE INDEX erasures_to_tell ON erasures (issuer) WHERE told = 0;

-- What persons decided about erasing a case, as they signed it; it outlives the case.
CREATE TABLE erasure_decisions (
  case_id  TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  id       TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('PROPOSE', 'APPROVE', 'REJECT')),
  user     TEXT NOT NULL,
  time     TEXT NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;

-- A legal hold: nothing of the case may be erased until it is lifted.
CREATE TABLE case_holds (
  case_id TEXT PRIMARY KEY,
  by      TEXT NOT NULL,
  reason  TEXT NOT NULL,
  since   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
