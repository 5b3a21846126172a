-- Logs of peers that stand beside another log of their State, told to people once each.
-- BEGUN: not the first log of its year, or of a year that is not now. ENDED: the last checkpoint of a year, cosigned late. RESUMED: went on after a later log was begun.
CREATE TABLE second_logs (
  origin TEXT NOT NULL,
  kind   TEXT NOT NULL CHECK (kind IN ('BEGUN', 'ENDED', 'RESUMED')),
  state  TEXT NOT NULL,
  size   INTEGER NOT NULL,
  seen   TEXT NOT NULL,
  PRIMARY KEY (origin, kind)
) STRICT, WITHOUT ROWID;
