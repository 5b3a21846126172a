-- Chunks that went by this wire, for an item of which a carrier brings the rest: the custody says of each way what it brought.
ALTER TABLE item_transfers ADD COLUMN by_wire INTEGER NOT NULL DEFAULT 0;
