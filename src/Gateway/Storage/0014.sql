-- Custody events of items as signed, encrypted under the case key; one chain per item and State. tell: it waits to travel to the other side.
CREATE TABLE custody_events (
  item     TEXT NOT NULL REFERENCES items (id),
  state    TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  case_id  TEXT NOT NULL,
  kind     TEXT NOT NULL,
  sha256   BLOB NOT NULL,
  leaf     INTEGER NOT NULL,
  tell     INTEGER NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (item, state, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX custody_events_by_case ON custody_events (case_id);
CREATE INDEX custody_events_to_tell ON custody_events (case_id) WHERE tell = 1;
