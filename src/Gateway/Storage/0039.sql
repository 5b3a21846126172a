-- A case may grow long: what a further message needs of it is found without going through all that came before.
-- How many acts are in force, and how often acts were added or rejected: kept by the statements themselves, in their transaction.
ALTER TABLE cases ADD COLUMN acts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN act_changes INTEGER NOT NULL DEFAULT 0;
UPDATE cases SET acts = (SELECT count(*) FROM case_acts a WHERE a.case_id = cases.id AND a.rejected = 0), act_changes = (SELECT count(*) FROM case_acts a WHERE a.case_id = cases.id);
CREATE TRIGGER case_acts_added AFTER INSERT ON case_acts BEGIN
  UPDATE cases SET acts = acts + 1 - NEW.rejected, act_changes = act_changes + 1 WHERE id = NEW.case_id;
END;
CREATE TRIGGER case_acts_changed AFTER UPDATE ON case_acts BEGIN
  UPDATE cases SET acts = acts + OLD.rejected - NEW.rejected, act_changes = act_changes + 1 WHERE id = NEW.case_id;
END;
CREATE TRIGGER case_acts_removed AFTER DELETE ON case_acts BEGIN
  UPDATE cases SET acts = acts - 1 + OLD.rejected, act_changes = act_changes + 1 WHERE id = OLD.case_id;
END;
CREATE INDEX case_acts_by_case ON case_acts (case_id, position);
-- With the case behind it, so that an act is sought by its message and never among all acts of its case.
DROP INDEX case_acts_by_message;
CREATE INDEX case_acts_by_message ON case_acts (message, case_id);
-- Whether a chain is closed is asked with each message.
CREATE INDEX receipts_closing ON receipts (chain, issuer) WHERE event = 'GatewayCaseClosed';
-- Whether content is missing is asked with each look of the clock.
CREATE INDEX messages_gone ON messages (case_id) WHERE body IS NULL;
