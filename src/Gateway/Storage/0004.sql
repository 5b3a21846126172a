-- Where each receipt stands in the log, so that its proof is found without reading the log.
ALTER TABLE receipts ADD COLUMN leaf INTEGER;
CREATE INDEX leaves_by_digest ON log_leaves (sha256);
UPDATE receipts SET leaf = (SELECT idx FROM log_leaves AS l WHERE l.sha256 = receipts.sha256 AND l.kind IN ('receipt', 'received'));
DROP INDEX leaves_by_digest;
CREATE INDEX receipts_by_digest ON receipts (sha256);

-- One log per year, and another when one could not be continued. Its leaves are those of log_leaves from first on.
CREATE TABLE log_epochs (
  epoch  INTEGER PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE,
  first  INTEGER NOT NULL,
  begun  TEXT NOT NULL
) STRICT;

-- Roots of full tiles: level 1 covers 256 leaves, level 2 65536. With the leaves they give every proof.
CREATE TABLE log_nodes (
  epoch INTEGER NOT NULL,
  level INTEGER NOT NULL,
  idx   INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  PRIMARY KEY (epoch, level, idx)
) STRICT, WITHOUT ROWID;

-- Checkpoints as signed, sent again byte for byte. cosigned: the same note with the lines of witnesses; witnessed: since when there were enough.
CREATE TABLE log_checkpoints (
  epoch     INTEGER NOT NULL REFERENCES log_epochs (epoch),
  size      INTEGER NOT NULL,
  root      BLOB NOT NULL,
  note      BLOB NOT NULL,
  time      TEXT NOT NULL,
  cosigned  BLOB,
  witnessed TEXT,
  PRIMARY KEY (epoch, size)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_checkpoints_witnessed ON log_checkpoints (epoch, size) WHERE witnessed IS NOT NULL;
