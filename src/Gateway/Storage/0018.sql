-- Where in our log it stands that an item was attached here whole: the number that the laboratory notes down.
ALTER TABLE items ADD COLUMN attached_leaf INTEGER;

-- Records of items (certificates, copying records, reports) as persons signed them, one signature a row, encrypted under the case key. record: SHA-256 of what
-- was signed. tell: it waits to travel to the other side.
CREATE TABLE item_records (
  item     TEXT NOT NULL REFERENCES items (id),
  sha256   BLOB NOT NULL,
  record   BLOB NOT NULL,
  case_id  TEXT NOT NULL,
  leaf     INTEGER NOT NULL,
  tell     INTEGER NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (item, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_records_by_case ON item_records (case_id);
CREATE INDEX item_records_to_tell ON item_records (case_id) WHERE tell = 1;
