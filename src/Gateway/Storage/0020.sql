-- Signed records of items in messages that wait for a decision about a signature, one signature a row: nothing else of their case waits for such a message.
CREATE TABLE held_records (
  message TEXT NOT NULL,
  sha256  BLOB NOT NULL,
  item    TEXT NOT NULL,
  record  BLOB NOT NULL,
  case_id TEXT NOT NULL,
  type    TEXT NOT NULL,
  bytes   INTEGER NOT NULL,
  PRIMARY KEY (message, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_records_by_item ON held_records (item);
