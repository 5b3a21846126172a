-- Under which policy (C2SP tlog-policy) checkpoints of ours became witnessed: the row with the largest size up to that of a checkpoint is its own. Witnesses
-- come and go; what a bundle states must be what was asked then.
CREATE TABLE witness_policies (
  origin TEXT NOT NULL,
  size   INTEGER NOT NULL,
  policy BLOB NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
