-- Reviews beside a day of erasure, answers that are personal data by their kind, days named with consultations: the clock looks once more at every case.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', id, id, 'deadlines are reckoned anew' FROM cases;
