-- Who has to do with a case. DESK: holds it and acts; TASK: works on it within its roles; COPY: reads.
CREATE TABLE case_desks (
  case_id   TEXT NOT NULL,
  authority TEXT NOT NULL,
  part      TEXT NOT NULL CHECK (part IN ('DESK', 'TASK', 'COPY')),
  since     TEXT NOT NULL,
  by        TEXT NOT NULL,
  PRIMARY KEY (case_id, authority)
) STRICT, WITHOUT ROWID;
INSERT INTO case_desks (case_id, authority, part, since, by) SELECT id, own_authority, 'DESK', opened, 'gateway' FROM cases;
-- What waits for a decision or was rejected has no case.
INSERT OR IGNORE INTO case_desks (case_id, authority, part, since, by) SELECT case_id, recipient, 'DESK', created, 'gateway' FROM messages WHERE about = 'REQUEST' AND direction = 'IN';

-- Persons who may know of a measure at all: digests of authority and name. A case with one row or more is hidden from everybody else. Outlives the erasure of the case.
CREATE TABLE case_readers (
  case_id TEXT NOT NULL,
  reader  BLOB NOT NULL,
  PRIMARY KEY (case_id, reader)
) STRICT, WITHOUT ROWID;
-- Measures from before this table: nobody is known, an administrator of the database must say who may see them.
INSERT INTO case_readers (case_id, reader) SELECT id, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' FROM cases WHERE kind = 'COVERT_MEASURE';

-- Lists go from the newest case on.
UPDATE cases SET closed = opened WHERE closed IS NULL AND state IN ('COMPLETED', 'REJECTED_TECHNICAL', 'REFUSED', 'WITHDRAWN', 'EXPIRED');
CREATE INDEX cases_by_time ON cases (opened DESC, id DESC);
CREATE INDEX cases_open ON cases (opened DESC, id DESC) WHERE closed IS NULL;
CREATE INDEX items_by_uploader ON items (case_id, uploader);
