-- Originals that came when their case was closed: what an officer signed about the comparison, encrypted under the case's key. Its chains take no receipt any more.
CREATE TABLE late_originals (
  case_id  TEXT NOT NULL REFERENCES cases (id),
  id       TEXT NOT NULL,
  time     TEXT NOT NULL,
  by       TEXT NOT NULL,
  sha256   BLOB NOT NULL,
  agrees   INTEGER NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (case_id, id)
) STRICT, WITHOUT ROWID;
