-- The legal clock: what is due on a case and how far its reminders are. Follows from requests and acts alone, so it can be made again; no words of people, no names.
-- next: the next moment of the plan. passed: when the gateway saw that the date had passed. announced: the message that says so to the other side, or '-'.
CREATE TABLE deadlines (
  case_id   TEXT NOT NULL REFERENCES cases (id),
  rule      TEXT NOT NULL,
  number    INTEGER NOT NULL,
  side      TEXT NOT NULL CHECK (side IN ('Requesting', 'Requested')),
  began     TEXT NOT NULL,
  due       TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('RUNNING', 'SUSPENDED', 'MET', 'VOID')),
  basis     TEXT NOT NULL,
  met       TEXT,
  next      TEXT,
  passed    TEXT,
  announced TEXT,
  PRIMARY KEY (case_id, rule, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX deadlines_next ON deadlines (next) WHERE next IS NOT NULL;
CREATE INDEX deadlines_running ON deadlines (due) WHERE state IN ('RUNNING', 'SUSPENDED');
CREATE INDEX deadlines_to_announce ON deadlines (due) WHERE passed IS NOT NULL AND announced IS NULL;
