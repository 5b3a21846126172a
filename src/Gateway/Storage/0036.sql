-- How many receipts of the other side the last receipt of a chain names: a later one never names fewer.
ALTER TABLE chains ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
