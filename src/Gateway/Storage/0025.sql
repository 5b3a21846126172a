-- The legal clock runs on paper too: an event of each case makes it look at those that are open.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', case_id, case_id, 'deadlines are kept on paper too' FROM paper_cases;
