-- FORMER: a checkpoint of our own log, by keys that no longer stand in our card, that contradicts ours. It is shown, and proves nothing to others.
CREATE TABLE log_conflicts_new (
  origin      TEXT NOT NULL,
  state       TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('ROOTS', 'GROWTH', 'FORMER')),
  first_size  INTEGER NOT NULL,
  second_size INTEGER NOT NULL,
  second_root BLOB NOT NULL,
  first       BLOB NOT NULL,
  second      BLOB NOT NULL,
  source      TEXT NOT NULL,
  seen        TEXT NOT NULL,
  PRIMARY KEY (origin, first_size, second_size, second_root)
) STRICT, WITHOUT ROWID;
INSERT INTO log_conflicts_new (origin, state, kind, first_size, second_size, second_root, first, second, source, seen)
  SELECT origin, state, kind, first_size, second_size, second_root, first, second, source, seen FROM log_conflicts;
DROP TABLE log_conflicts;
ALTER TABLE log_conflicts_new RENAME TO log_conflicts;
