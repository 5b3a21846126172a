-- What was logged is found by its digest, whatever it is. Receipts have an index of their own; one over all leaves would cost each receipt a second random write.
CREATE INDEX leaves_by_digest ON log_leaves (sha256) WHERE kind NOT IN ('receipt', 'received');
-- The report of a verdict leads to the record that it was made.
CREATE INDEX verdicts_by_report ON audit_records (CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.detail') END) WHERE act = 'mark.judged';
