-- What came with a request is personal data of whoever was asked, too: the clock looks once more at the requests that were received, for the day of their erasure or review.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', id, id, 'keeping of received data is reckoned anew' FROM cases WHERE side = 'Requested';
