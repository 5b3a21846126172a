-- Received data of which no answer tells when they came, items that say how long they are kept, originals that nobody needs any more, acts that crossed: the clock looks once more at every case
-- of which there is something to reckon.
INSERT INTO events (time, kind, case_id, subject, text)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'case.clocked', id, id, 'deadlines are reckoned anew' FROM cases
  WHERE EXISTS (SELECT 1 FROM messages m WHERE m.id = cases.request_message AND m.body IS NOT NULL);
