-- A message that waits is judged again when more is known: several reports about one file, the newest of which counts.
CREATE TABLE recognitions_kept (
  case_id    TEXT NOT NULL,
  message    TEXT NOT NULL,
  document   BLOB NOT NULL,
  mark       TEXT NOT NULL,
  indication TEXT NOT NULL,
  decision   TEXT NOT NULL,
  time       TEXT NOT NULL,
  report     BLOB NOT NULL,
  PRIMARY KEY (message, document, mark, time)
) STRICT, WITHOUT ROWID;
INSERT INTO recognitions_kept SELECT case_id, message, document, mark, indication, decision, time, report FROM recognitions;
DROP TABLE recognitions;
ALTER TABLE recognitions_kept RENAME TO recognitions;
CREATE INDEX recognitions_by_case ON recognitions (case_id);
