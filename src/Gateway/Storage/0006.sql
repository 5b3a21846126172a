-- Who is believed, as given to this gateway: trusted lists of peers, recognition agreements, revocation lists. The bytes as signed; replaced ones are kept, verdicts name them.
CREATE TABLE trust_documents (
  sha256   BLOB PRIMARY KEY,
  peer     TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('STATE_LIST', 'ETSI_LIST', 'AGREEMENT', 'CRL', 'CERTIFICATE')),
  name     TEXT NOT NULL,
  number   INTEGER NOT NULL,
  signer   BLOB,
  status   TEXT NOT NULL CHECK (status IN ('PROPOSED', 'IN_USE', 'REPLACED')),
  taken_by TEXT NOT NULL,
  approved_by TEXT,
  time     TEXT NOT NULL,
  content  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX trust_documents_by_peer ON trust_documents (peer, kind, status);

-- What the engine found about signed files that came with a message; the report is encrypted under the case key.
CREATE TABLE recognitions (
  case_id    TEXT NOT NULL,
  message    TEXT NOT NULL,
  document   BLOB NOT NULL,
  mark       TEXT NOT NULL,
  indication TEXT NOT NULL,
  decision   TEXT NOT NULL,
  time       TEXT NOT NULL,
  report     BLOB NOT NULL,
  PRIMARY KEY (message, document, mark)
) STRICT, WITHOUT ROWID;
CREATE INDEX recognitions_by_case ON recognitions (case_id);

-- Messages that wait, or waited, for an officer to decide about marks that could not be decided.
CREATE TABLE recognition_holds (
  message TEXT PRIMARY KEY,
  case_id TEXT NOT NULL,
  refusal TEXT NOT NULL,
  detail  TEXT NOT NULL,
  since   TEXT NOT NULL,
  decided TEXT,
  by      TEXT,
  accepted INTEGER,
  reason  BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX recognition_holds_open ON recognition_holds (case_id) WHERE decided IS NULL;
