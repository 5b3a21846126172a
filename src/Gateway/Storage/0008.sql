-- OCSP answers are documents of trust too: the list of kinds is part of the table, which SQLite writes anew.
CREATE TABLE trust_documents_8 (
  sha256   BLOB PRIMARY KEY,
  peer     TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('STATE_LIST', 'ETSI_LIST', 'AGREEMENT', 'CRL', 'CERTIFICATE', 'OCSP')),
  name     TEXT NOT NULL,
  number   INTEGER NOT NULL,
  signer   BLOB,
  status   TEXT NOT NULL CHECK (status IN ('PROPOSED', 'IN_USE', 'REPLACED')),
  taken_by TEXT NOT NULL,
  approved_by TEXT,
  time     TEXT NOT NULL,
  content  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO trust_documents_8 SELECT sha256, peer, kind, name, number, signer, status, taken_by, approved_by, time, content FROM trust_documents;
DROP TABLE trust_documents;
ALTER TABLE trust_documents_8 RENAME TO trust_documents;
CREATE INDEX trust_documents_by_peer ON trust_documents (peer, kind, status);
