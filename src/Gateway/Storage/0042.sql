-- What the other side does on an emergency rings, too, and what of ours comes back is told. From now on: what came before stands in the inbox.
CREATE TABLE alerts_kept (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('REQUEST', 'TEST', 'DEADLINE', 'SENDING', 'ACT')),
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
INSERT INTO alerts_kept (id, kind, case_id, urgency, shift, raised, level, ring, climb, confirmed, device, failed, ended)
  SELECT id, kind, case_id, urgency, shift, raised, level, ring, climb, confirmed, device, failed, ended FROM alerts;
CREATE TABLE alert_calls_kept (
  alert   TEXT NOT NULL REFERENCES alerts_kept (id),
  seq     INTEGER NOT NULL,
  time    TEXT NOT NULL,
  way     TEXT NOT NULL CHECK (way IN ('DEVICE', 'WEBHOOK', 'MAIL', 'COMMAND')),
  target  TEXT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (alert, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO alert_calls_kept (alert, seq, time, way, target, outcome) SELECT alert, seq, time, way, target, outcome FROM alert_calls;
DROP TABLE alert_calls;
DROP TABLE alerts;
ALTER TABLE alerts_kept RENAME TO alerts;
ALTER TABLE alert_calls_kept RENAME TO alert_calls;
CREATE INDEX alerts_open ON alerts (raised) WHERE ended IS NULL;
CREATE INDEX alerts_by_case ON alerts (case_id);
-- For the report of a shift.
CREATE INDEX events_received ON events (time) WHERE kind = 'message.received';
UPDATE messages SET opened = created WHERE direction = 'OUT' AND state = 'REJECTED' AND opened IS NULL;
CREATE INDEX messages_returned ON messages (position) WHERE direction = 'OUT' AND state = 'REJECTED' AND opened IS NULL;
-- An emergency that came just before the stop still rings.
INSERT INTO facts (name, value) SELECT 'alerts.cursor', CAST(coalesce(
    (SELECT min(e.cursor) - 1 FROM events e JOIN messages m ON m.id = e.subject WHERE e.cursor > coalesce((SELECT CAST(f.value AS INTEGER) FROM facts f WHERE f.name = 'alerts.cursor'), 0)
      AND m.urgency = 'EMERGENCY' AND ((e.kind = 'message.received' AND m.direction = 'IN' AND m.about = 'REQUEST')
        OR (e.kind = 'paper.received' AND EXISTS (SELECT 1 FROM cases p WHERE p.id = e.case_id AND p.side = 'Requested' AND p.request_message = e.subject)))),
    (SELECT max(cursor) FROM events), 0) AS TEXT) WHERE true
  ON CONFLICT (name) DO UPDATE SET value = excluded.value;
-- Taken by the other side and not certified as whole: it waits there for a decision about its marks.
UPDATE cases SET state = 'PENDING_RECOGNITION' WHERE side = 'Requesting' AND state = 'DELIVERED'
  AND EXISTS (SELECT 1 FROM receipts r WHERE r.message = cases.request_message AND r.chain = cases.id AND r.event = 'RelayAcceptance' AND r.issuer = cases.peer)
  AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.message = cases.request_message AND r.chain = cases.id AND r.event = 'ContentConsignment' AND r.issuer = cases.peer);
-- Their dates are reckoned anew.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', id, id, 'deadlines are reckoned anew' FROM cases WHERE closed IS NULL AND state = 'PENDING_RECOGNITION';
