-- Alarms of people: a request that must be seen at once, or the test of a shift. No words of requests, no names of persons in cases.
-- ring, climb: the next time it rings, and goes to the next officer. confirmed: a device said that it was heard. failed: the sender was told that nobody heard it.
CREATE TABLE alerts (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('REQUEST', 'TEST')),
  case_id   TEXT NOT NULL,
  urgency   TEXT NOT NULL,
  shift     TEXT NOT NULL,
  raised    TEXT NOT NULL,
  level     INTEGER NOT NULL,
  ring      TEXT,
  climb     TEXT,
  confirmed TEXT,
  device    TEXT,
  failed    TEXT,
  ended     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_open ON alerts (raised) WHERE ended IS NULL;
CREATE INDEX alerts_by_case ON alerts (case_id);

-- What was tried to reach people, and what came of it.
CREATE TABLE alert_calls (
  alert   TEXT NOT NULL REFERENCES alerts (id),
  seq     INTEGER NOT NULL,
  time    TEXT NOT NULL,
  way     TEXT NOT NULL CHECK (way IN ('DEVICE', 'WEBHOOK', 'MAIL', 'COMMAND')),
  target  TEXT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (alert, seq)
) STRICT, WITHOUT ROWID;

-- Emergencies that were looked at afterwards.
CREATE TABLE case_reviews (
  case_id TEXT PRIMARY KEY REFERENCES cases (id),
  result  TEXT NOT NULL CHECK (result IN ('CONFIRMED', 'NOT_AN_EMERGENCY', 'ABUSED')),
  by      TEXT NOT NULL,
  time    TEXT NOT NULL,
  note    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
