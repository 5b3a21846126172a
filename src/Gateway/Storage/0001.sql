-- The whole of version 1. Forward only: a later change is 0002.sql, never an edit here.
-- Times are UTC text with milliseconds; digests are 32-byte blobs; ids are the text of docs/protocol.md.

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE peers (
  state       TEXT PRIMARY KEY,
  status      TEXT NOT NULL CHECK (status IN ('OWN', 'PROPOSED', 'APPROVED', 'BLOCKED')),
  card_key    BLOB NOT NULL,
  proposed_by TEXT,
  approved_by TEXT,
  reason      TEXT,
  changed     TEXT NOT NULL
) STRICT;

CREATE TABLE peer_cards (
  state    TEXT NOT NULL REFERENCES peers (state),
  version  INTEGER NOT NULL,
  der      BLOB NOT NULL,
  received TEXT NOT NULL,
  PRIMARY KEY (state, version)
) STRICT;

CREATE TABLE users (
  name          TEXT PRIMARY KEY,
  roles         TEXT NOT NULL,
  authority     TEXT NOT NULL,
  client        BLOB NOT NULL,
  client_sha256 BLOB NOT NULL UNIQUE,
  signing       BLOB,
  system        INTEGER NOT NULL,
  added_by      TEXT NOT NULL,
  added         TEXT NOT NULL,
  revoked       TEXT
) STRICT;

CREATE TABLE cases (
  id              TEXT PRIMARY KEY,
  side            TEXT NOT NULL CHECK (side IN ('Requesting', 'Requested')),
  peer            TEXT NOT NULL,
  own_authority   TEXT NOT NULL,
  peer_authority  TEXT NOT NULL,
  kind            TEXT NOT NULL,
  urgency         TEXT NOT NULL,
  state           TEXT NOT NULL,
  reference       TEXT NOT NULL,
  request_message TEXT NOT NULL,
  opened          TEXT NOT NULL,
  closed          TEXT
) STRICT;

CREATE TABLE case_links (
  case_id TEXT NOT NULL REFERENCES cases (id),
  linked  TEXT NOT NULL,
  relation TEXT NOT NULL,
  PRIMARY KEY (case_id, linked)
) STRICT, WITHOUT ROWID;

-- A row is also the tombstone: body goes with the case, identity and digest stay for ever.
CREATE TABLE messages (
  position     INTEGER PRIMARY KEY,
  id           TEXT NOT NULL,
  direction    TEXT NOT NULL CHECK (direction IN ('IN', 'OUT')),
  sender       TEXT NOT NULL,
  recipient    TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  about        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  urgency      TEXT NOT NULL,
  cover_sha256 BLOB NOT NULL,
  state        TEXT NOT NULL,
  created      TEXT NOT NULL,
  body         BLOB,
  refusal      TEXT,
  detail       TEXT,
  opened       TEXT,
  UNIQUE (sender, id)
) STRICT;
CREATE INDEX messages_by_case ON messages (case_id, position);

-- chain is a case id, or 'peer:XB' for the channel between two States; issuer is the State that signs.
CREATE TABLE receipts (
  chain   TEXT NOT NULL,
  issuer  TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  sha256  BLOB NOT NULL,
  event   TEXT NOT NULL,
  message TEXT NOT NULL,
  item    TEXT,
  time    TEXT NOT NULL,
  der     BLOB NOT NULL,
  PRIMARY KEY (chain, issuer, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_by_message ON receipts (message);

-- The head of each chain. acked: how many of our own receipts the other side holds.
CREATE TABLE chains (
  chain  TEXT NOT NULL,
  issuer TEXT NOT NULL,
  seq    INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  time   TEXT NOT NULL,
  peer   TEXT NOT NULL,
  acked  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (chain, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX chains_to_push ON chains (issuer, peer) WHERE acked < seq;

-- Two receipts with one number: proof against their issuer, kept for ever.
CREATE TABLE receipt_forks (
  chain  TEXT NOT NULL,
  issuer TEXT NOT NULL,
  seq    INTEGER NOT NULL,
  der    BLOB NOT NULL,
  seen   TEXT NOT NULL,
  PRIMARY KEY (chain, issuer, seq, der)
) STRICT, WITHOUT ROWID;

-- What was rejected on the channel chain, once per (sender, id, digest), so that a repeat gives the same receipt and no growth.
CREATE TABLE rejections (
  peer    TEXT NOT NULL,
  message TEXT NOT NULL,
  digest  BLOB NOT NULL,
  chain   TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  refusal TEXT NOT NULL,
  detail  TEXT NOT NULL,
  PRIMARY KEY (peer, message, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  position     INTEGER PRIMARY KEY REFERENCES messages (position),
  message      TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  peer         TEXT NOT NULL,
  lane         TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('QUEUED', 'DEAD')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  queued       TEXT NOT NULL,
  next_attempt TEXT NOT NULL,
  last_error   TEXT
) STRICT;
CREATE INDEX outbox_by_peer ON outbox (peer, state, position);

-- Leaves of the gateway's log (RFC 6962), gap-free, written with the act that they record.
CREATE TABLE log_leaves (
  idx    INTEGER PRIMARY KEY,
  kind   TEXT NOT NULL,
  sha256 BLOB NOT NULL
) STRICT;

-- Internal acts: the document whose digest is the leaf.
CREATE TABLE audit_records (
  idx     INTEGER PRIMARY KEY REFERENCES log_leaves (idx),
  act     TEXT NOT NULL,
  case_id TEXT,
  time    TEXT NOT NULL,
  body    BLOB NOT NULL
) STRICT;
CREATE INDEX audit_records_by_case ON audit_records (case_id) WHERE case_id IS NOT NULL;

-- What people and systems watch; the cursor never repeats.
CREATE TABLE events (
  cursor  INTEGER PRIMARY KEY AUTOINCREMENT,
  time    TEXT NOT NULL,
  kind    TEXT NOT NULL,
  case_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  text    TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency (
  user    TEXT NOT NULL,
  key     TEXT NOT NULL,
  request BLOB NOT NULL,
  reply   BLOB NOT NULL,
  time    TEXT NOT NULL,
  PRIMARY KEY (user, key)
) STRICT, WITHOUT ROWID;

-- Evidence items of both directions. Chunks are files; the ranges that were flushed are in item_ranges.
CREATE TABLE items (
  id              TEXT PRIMARY KEY,
  case_id         TEXT NOT NULL,
  direction       TEXT NOT NULL CHECK (direction IN ('IN', 'OUT')),
  state           TEXT NOT NULL,
  uploader        TEXT,
  message         TEXT,
  exhibit         TEXT,
  file_name       TEXT,
  size_bytes      INTEGER,
  chunks          INTEGER,
  tree_root       BLOB,
  sha256          TEXT,
  manifest_sha256 BLOB,
  manifest        BLOB,
  grant_envelope  BLOB,
  created         TEXT NOT NULL
) STRICT;
CREATE INDEX items_by_case ON items (case_id);

CREATE TABLE item_ranges (
  item  TEXT NOT NULL REFERENCES items (id),
  first INTEGER NOT NULL,
  past  INTEGER NOT NULL,
  PRIMARY KEY (item, first)
) STRICT, WITHOUT ROWID;

-- Signed decisions on an item: proposals and approvals of its release, the hand-over.
CREATE TABLE item_decisions (
  item     TEXT NOT NULL REFERENCES items (id),
  seq      INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  user     TEXT NOT NULL,
  time     TEXT NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (item, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_transfers (
  item            TEXT PRIMARY KEY REFERENCES items (id),
  peer            TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('WAITING', 'SENDING', 'DONE')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt    TEXT NOT NULL,
  last_error      TEXT
) STRICT;
