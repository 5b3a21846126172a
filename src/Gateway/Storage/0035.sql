-- When an administrator had looked into it: the proof stays, the alarm ends.
ALTER TABLE receipt_forks ADD COLUMN looked_into TEXT;
ALTER TABLE second_logs ADD COLUMN looked_into TEXT;
