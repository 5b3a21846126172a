-- Several legal holds of one case, each with a number of its own: one neither replaces nor lifts another.
CREATE TABLE case_holds_kept (
  case_id TEXT NOT NULL,
  number  INTEGER NOT NULL,
  by      TEXT NOT NULL,
  reason  TEXT NOT NULL,
  since   TEXT NOT NULL,
  until   TEXT,
  PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO case_holds_kept (case_id, number, by, reason, since) SELECT case_id, 1, by, reason, since FROM case_holds;
DROP TABLE case_holds;
ALTER TABLE case_holds_kept RENAME TO case_holds;
-- How many were ever set: the number of one that was lifted is given to no other.
ALTER TABLE cases ADD COLUMN holds INTEGER NOT NULL DEFAULT 0;
UPDATE cases SET holds = 1 WHERE id IN (SELECT case_id FROM case_holds);
-- Holds that were declared with personal data before, or while another hold stood, are set from the documents when the gateway opens.
INSERT INTO facts (name, value) SELECT 'holds.toDeclare', '' WHERE EXISTS (SELECT 1 FROM cases);
