-- What was done on a case, as far as the life cycle needs it: where a case stands follows from these rows alone. No words, no personal data.
CREATE TABLE case_acts (
  position        INTEGER PRIMARY KEY,
  case_id         TEXT NOT NULL REFERENCES cases (id),
  id              TEXT NOT NULL,
  message         TEXT NOT NULL,
  side            TEXT NOT NULL CHECK (side IN ('Requesting', 'Requested')),
  kind            TEXT NOT NULL,
  after           TEXT,
  waived          INTEGER NOT NULL,
  until           TEXT,
  due_at          TEXT,
  outcome         TEXT,
  original_agrees INTEGER NOT NULL,
  rejected        INTEGER NOT NULL DEFAULT 0,
  UNIQUE (case_id, id)
) STRICT;
CREATE INDEX case_acts_by_message ON case_acts (message);

-- Cases from before this table begin where they stood.
ALTER TABLE cases ADD COLUMN base_state TEXT NOT NULL DEFAULT 'DELIVERED';
UPDATE cases SET base_state = state WHERE state NOT IN ('SENT', 'DELIVERED', 'REJECTED_TECHNICAL');
ALTER TABLE cases ADD COLUMN convention INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN preserved_until TEXT;
ALTER TABLE cases ADD COLUMN outcome TEXT;
