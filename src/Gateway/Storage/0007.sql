-- Witnessing (docs/protocol.md, "Witnesses") and time-stamps.

-- The newest checkpoint of each other log that we cosigned. The next one must be consistent with it; that is compared and swapped here.
CREATE TABLE witnessed_logs (
  origin TEXT PRIMARY KEY,
  state  TEXT NOT NULL,
  size   INTEGER NOT NULL,
  root   BLOB NOT NULL,
  note   BLOB NOT NULL,
  time   TEXT NOT NULL
) STRICT;

-- Checkpoints that bore the signature of their log, whoever brought them; the newest of each log only.
CREATE TABLE seen_checkpoints (
  origin TEXT NOT NULL,
  size   INTEGER NOT NULL,
  root   BLOB NOT NULL,
  note   BLOB NOT NULL,
  source TEXT NOT NULL,
  seen   TEXT NOT NULL,
  PRIMARY KEY (origin, size, root)
) STRICT, WITHOUT ROWID;

-- Two checkpoints of one log that contradict each other, as two notes: proof against its operator, kept for ever.
-- ROOTS: one size, two roots. GROWTH: the log could not prove that the second grew from the first.
CREATE TABLE log_conflicts (
  origin      TEXT NOT NULL,
  state       TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('ROOTS', 'GROWTH')),
  first_size  INTEGER NOT NULL,
  second_size INTEGER NOT NULL,
  second_root BLOB NOT NULL,
  first       BLOB NOT NULL,
  second      BLOB NOT NULL,
  source      TEXT NOT NULL,
  seen        TEXT NOT NULL,
  PRIMARY KEY (origin, first_size, second_size, second_root)
) STRICT, WITHOUT ROWID;

-- Replies of time-stamp authorities over checkpoints of ours, with the bytes that they stamp.
CREATE TABLE time_stamps (
  origin    TEXT NOT NULL,
  size      INTEGER NOT NULL,
  authority TEXT NOT NULL,
  note      BLOB NOT NULL,
  reply     BLOB NOT NULL,
  time      TEXT NOT NULL,
  PRIMARY KEY (origin, size, authority)
) STRICT, WITHOUT ROWID;
