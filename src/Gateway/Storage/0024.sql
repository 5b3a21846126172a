-- Every description of a State on paper that was in force, from when on, and which one held when a case was opened. Where that is not known any more it stays empty.
CREATE TABLE paper_descriptions (
  state    TEXT NOT NULL,
  number   INTEGER NOT NULL,
  document BLOB NOT NULL,
  since    TEXT NOT NULL,
  PRIMARY KEY (state, number)
) STRICT, WITHOUT ROWID;
INSERT INTO paper_descriptions (state, number, document, since)
  SELECT state, 1, in_force, CASE WHEN approved_by IS NULL THEN '' ELSE changed END FROM paper_states WHERE in_force IS NOT NULL;
ALTER TABLE paper_cases ADD COLUMN description INTEGER;
UPDATE paper_cases SET description = 1 WHERE EXISTS (
  SELECT 1 FROM cases c JOIN paper_descriptions d ON d.state = c.peer WHERE c.id = paper_cases.case_id AND d.since <> '' AND d.since <= c.opened);
