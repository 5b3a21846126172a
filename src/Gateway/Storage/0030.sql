-- Call-backs, reviews of emergencies and the day for acknowledging an ordinary request are reckoned on paper too: the clock looks once more at the cases that are open.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', p.case_id, p.case_id, 'deadlines on paper are reckoned anew' FROM paper_cases p JOIN cases c ON c.id = p.case_id WHERE c.closed IS NULL;
