-- Reading stored chunks again against their tree: how far each item's round has come, and when its last whole one ended.
CREATE TABLE item_scrubs (
  item  TEXT PRIMARY KEY,
  next  INTEGER NOT NULL,
  ended TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Chunks that are not on the disk as they were stored; chunk -1 is the leaf list. A row goes when the chunk was written again.
-- told: 0 not yet, 1 the other side knows and sends again, 2 it refuses to.
CREATE TABLE item_damage (
  item    TEXT NOT NULL,
  chunk   INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  found   TEXT NOT NULL,
  told    INTEGER NOT NULL,
  PRIMARY KEY (item, chunk)
) STRICT, WITHOUT ROWID;
