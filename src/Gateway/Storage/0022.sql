-- Whether received data are still needed, as somebody found; the reason is encrypted under the key of the case and goes with it.
CREATE TABLE retention_reviews (
  case_id  TEXT NOT NULL REFERENCES cases (id),
  seq      INTEGER NOT NULL,
  by       TEXT NOT NULL,
  time     TEXT NOT NULL,
  erase_on TEXT,
  reason   BLOB,
  PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;
