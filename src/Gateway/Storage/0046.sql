-- Whether a request was acknowledged in time is counted every year, also when its deadlines were erased with the case. Kept by the clock.
ALTER TABLE cases ADD COLUMN acknowledged_in_time INTEGER;
UPDATE cases SET acknowledged_in_time = (SELECT d.met <= d.due FROM deadlines d WHERE d.case_id = cases.id AND d.rule = 'ACKNOWLEDGE' AND d.number = 1 AND d.state = 'MET' AND d.met IS NOT NULL);
