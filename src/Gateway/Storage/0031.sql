-- Emergencies of our own that do not arrive ring here, too. From now on: what was rejected before stands in the inbox.
CREATE TABLE alerts_kept (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('REQUEST', 'TEST', 'DEADLINE', 'SENDING')),
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
INSERT INTO alerts_kept SELECT id, kind, case_id, urgency, shift, raised, level, ring, climb, confirmed, device, failed, ended FROM alerts;
CREATE TABLE alert_calls_kept (
  alert   TEXT NOT NULL REFERENCES alerts_kept (id),
  seq     INTEGER NOT NULL,
  time    TEXT NOT NULL,
  way     TEXT NOT NULL CHECK (way IN ('DEVICE', 'WEBHOOK', 'MAIL', 'COMMAND')),
  target  TEXT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (alert, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO alert_calls_kept SELECT alert, seq, time, way, target, outcome FROM alert_calls;
DROP TABLE alert_calls;
DROP TABLE alerts;
ALTER TABLE alerts_kept RENAME TO alerts;
ALTER TABLE alert_calls_kept RENAME TO alert_calls;
CREATE INDEX alerts_open ON alerts (raised) WHERE ended IS NULL;
CREATE INDEX alerts_by_case ON alerts (case_id);
CREATE INDEX outbox_emergencies ON outbox (queued) WHERE lane = 'Emergency';
INSERT INTO facts (name, value) SELECT 'alerts.sending', CAST(coalesce(max(cursor), 0) AS TEXT) FROM events;
