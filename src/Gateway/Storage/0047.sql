-- On which day the side that asked handed the signed original over, as a person there recorded it; whether it came the other side says.
ALTER TABLE cases ADD COLUMN original_handed TEXT;
