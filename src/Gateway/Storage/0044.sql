-- An act of ours that the other side rejected has met nothing and moved no date: the clock looks once more at the open cases that have one.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', id, id, 'deadlines are reckoned anew' FROM cases
  WHERE closed IS NULL AND EXISTS (SELECT 1 FROM case_acts a WHERE a.case_id = cases.id AND a.rejected = 1);
