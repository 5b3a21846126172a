-- The checkpoint that a log follows which began after a loss, as the log before signed it: it may be one that only a peer still held.
ALTER TABLE log_epochs ADD COLUMN follows BLOB;
