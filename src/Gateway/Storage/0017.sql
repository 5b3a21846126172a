-- Breaches of personal data that another State sent: when each was found, what is known (under the case key), and how the other State was told.
CREATE TABLE breaches (
  id       TEXT PRIMARY KEY,
  case_id  TEXT NOT NULL,
  found    TEXT NOT NULL,
  recorded TEXT NOT NULL,
  by       TEXT NOT NULL,
  text     BLOB,
  told     TEXT,
  told_by  TEXT,
  told_how TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX breaches_untold ON breaches (found) WHERE told IS NULL;
