-- Provisions that the ministry's lawyer compared with the official text; the signed document of each approval.
CREATE TABLE treaty_approvals (
  id              TEXT PRIMARY KEY,
  sha256          BLOB NOT NULL,
  approval        BLOB NOT NULL,
  checked_against TEXT NOT NULL,
  by              TEXT NOT NULL,
  time            TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE treaty_documents (
  sha256   BLOB PRIMARY KEY,
  document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests that are not sent yet. The fields, the comments and the signed request are encrypted under a key of the draft's own, which goes with it.
CREATE TABLE drafts (
  id        TEXT PRIMARY KEY,
  authority TEXT NOT NULL,
  kind      TEXT NOT NULL,
  urgency   TEXT NOT NULL,
  mark      TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('DRAFT', 'REVIEWED', 'SIGNED', 'SENT', 'DROPPED')),
  version   INTEGER NOT NULL,
  author    TEXT NOT NULL,
  reviewer  TEXT,
  signer    TEXT,
  case_id   TEXT,
  changed   TEXT NOT NULL,
  fields    BLOB,
  signed    BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_time ON drafts (changed DESC) WHERE state <> 'DROPPED';
CREATE TABLE draft_steps (
  draft   TEXT NOT NULL REFERENCES drafts (id),
  seq     INTEGER NOT NULL,
  version INTEGER NOT NULL,
  step    TEXT NOT NULL,
  user    TEXT NOT NULL,
  time    TEXT NOT NULL,
  comment BLOB,
  PRIMARY KEY (draft, seq)
) STRICT, WITHOUT ROWID;

-- What the rules need to know of a request later: when its original is due, under which card of the requested State it was made.
ALTER TABLE cases ADD COLUMN original_by TEXT;
ALTER TABLE cases ADD COLUMN card_version INTEGER;
-- The classification that the own State gave the request; never sent.
ALTER TABLE cases ADD COLUMN mark TEXT;
