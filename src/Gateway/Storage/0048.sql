-- The laboratory said that a carrier brings the item: more than the other State takes by wire. Its chunks are not sent; they wait for the notice of the shipment.
ALTER TABLE items ADD COLUMN by_carrier INTEGER NOT NULL DEFAULT 0;
