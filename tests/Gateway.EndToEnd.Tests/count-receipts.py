#!/usr/bin/env python3
"""Counts what two gateways hold about each other, with nothing of theirs: SQL, SHA-256, JSON and openssl.

  count-receipts.py STATE DATA-FOLDER ROOT.crt STATE DATA-FOLDER ROOT.crt [--accepted FILE] [--sample N]

  DATA-FOLDER      with gateway.db and keys/case-keys.db; the gateway may be running, but nothing may be on its way
  --accepted FILE  what submitters were told, one 'STATE USER KEY MESSAGE CASE' a line: exactly these messages may exist
  --sample N       how many receipts per side openssl verifies (default 50; 0: all)

Every difference is one line; the last line is 'N differences'. Exit code 0 only if N is 0.
"""
import argparse
import collections
import hashlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

START = b'{"v":1,"type":"receipt"'
differences = []


def differ(text):
    differences.append(text)
    print(f"  {text}")


def same(what, left, right, of_left, of_right):
    """Two collections hold the same, each as often."""
    left, right = collections.Counter(left), collections.Counter(right)
    for extra, here, there in ((left - right, of_left, of_right), (right - left, of_right, of_left)):
        for value, times in extra.items():
            differ(f"{what}: {here} has {value} {times} times more often than {there}")


class Side:
    def __init__(self, state, folder, root):
        self.state, self.root = state, root
        folder = pathlib.Path(folder)
        self.messages = self.read(folder / "gateway.db", "SELECT id, direction, sender, recipient, case_id, about, hex(cover_sha256), state, body IS NOT NULL FROM messages")
        self.receipts = self.read(folder / "gateway.db", "SELECT chain, issuer, seq, hex(sha256), event, message, der FROM receipts ORDER BY chain, issuer, seq")
        self.heads = self.read(folder / "gateway.db", "SELECT chain, issuer, seq, hex(sha256) FROM chains")
        self.leaves = self.read(folder / "gateway.db", "SELECT idx, kind, hex(sha256) FROM log_leaves ORDER BY idx")
        self.custody = self.read(folder / "gateway.db", "SELECT leaf, hex(sha256) FROM custody_events")
        self.epochs = self.read(folder / "gateway.db", "SELECT count(*) FROM log_epochs")[0][0]
        self.audit = self.read(folder / "gateway.db", "SELECT idx, body FROM audit_records")
        self.cases = self.read(folder / "gateway.db", "SELECT id, state FROM cases")
        self.replies = self.read(folder / "gateway.db", "SELECT user, key, CAST(reply AS TEXT) FROM idempotency")
        self.outbox = self.read(folder / "gateway.db", "SELECT message, state FROM outbox")
        self.strange = self.read(folder / "gateway.db", "SELECT 'rejection', message FROM rejections UNION ALL SELECT 'fork', chain FROM receipt_forks")
        self.damage = self.read(folder / "gateway.db", "PRAGMA integrity_check") + self.read(folder / "keys" / "case-keys.db", "PRAGMA integrity_check")
        self.keys = {case for case, in self.read(folder / "keys" / "case-keys.db", "SELECT case_id FROM case_keys")}

    @staticmethod
    def read(path, sql):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def chain(self, name, other):
        """Both sides call the channel by the other's name; here it has one name."""
        return "channel" if name == f"peer:{other}" else name


def content(der):
    """The signed JSON as it stands in the DER, with its LF."""
    at = der.find(START)
    if at < 0:
        return None, b""
    text = der[at:].decode("utf-8", "replace")
    document, end = json.JSONDecoder().raw_decode(text)
    return document, text[:end].encode() + b"\n"


def count_messages(one, other, accepted):
    sent = {m[0]: m for m in one.messages if m[1] == "OUT"}
    got = {m[0]: m for m in other.messages if m[1] == "IN"}
    same(f"messages of {one.state}", [m[0] for m in one.messages if m[1] == "OUT"], [m[0] for m in other.messages if m[1] == "IN"], one.state, other.state)
    for identity in sent.keys() & got.keys():
        if sent[identity][2:7] != got[identity][2:7]:
            differ(f"message {identity}: {sent[identity][2:7]} was sent, {got[identity][2:7]} was received")
    for identity, _, _, _, case, _, _, state, body in one.messages:
        if state not in ("DELIVERED", "RECEIVED", "OPENED"):
            differ(f"message {identity} is {state} at {one.state}")
        if not body or case not in one.keys:
            differ(f"message {identity} has no body, or its case no key, at {one.state}")
    if accepted is not None:
        mine = [line for line in accepted if line[0] == one.state]
        same(f"acceptances of {one.state}", [line[3] for line in mine], list(sent), "the submitters", "the gateway")
        replies = {(user, key): reply.split("\n")[:2] for user, key, reply in one.replies}
        for _, user, key, message, case in mine:
            if replies.get((user, key)) != [message, case]:
                differ(f"the key {key} of {user} at {one.state} stands for {replies.get((user, key))}, not {message} of {case}")


def count_receipts(side, other):
    chains = collections.defaultdict(list)
    for chain, issuer, seq, sha256, event, message, der in side.receipts:
        name = f"receipt {issuer} {seq} of {chain} at {side.state}"
        receipt, _ = content(der)
        if hashlib.sha256(der).hexdigest() != sha256.lower():
            differ(f"{name}: its digest is not the one stored")
        if receipt is None:
            differ(f"{name}: holds no receipt")
            continue
        if (receipt["issuer"]["state"], receipt["seq"], receipt["event"], receipt["subject"]["message"], receipt["case"]) != \
                (issuer, seq, event, message, None if chain.startswith("peer:") else chain):
            differ(f"{name}: says something else than its row")
        chains[chain, issuer].append((seq, sha256.lower(), receipt, name))
    for (chain, issuer), rows in chains.items():
        against = {seq: sha256 for seq, sha256, _, _ in chains.get((chain, other.state if issuer == side.state else side.state), [])}
        before = None
        for place, (seq, sha256, receipt, name) in enumerate(rows, 1):
            if seq != place:
                differ(f"{name}: is in place {place}")
            if receipt["previous"] != before:
                differ(f"{name}: 'previous' is not the digest of the one before")
            if receipt["peerSeq"] and against.get(receipt["peerSeq"]) != receipt["peerHead"]:
                differ(f"{name}: 'peerHead' is not the digest of the other side's receipt {receipt['peerSeq']}")
            before = sha256
    same(f"heads of chains at {side.state}", [(c, i, n, d.lower()) for c, i, n, d in side.heads],
         [(c, i, len(rows), rows[-1][1]) for (c, i), rows in chains.items()], "the table", "the receipts")


def count_events(one, other):
    """Each message of one: accepted once by its sender, taken and consigned once by its recipient, under the same digest."""
    about = collections.defaultdict(list)
    for _, issuer, _, _, event, message, der in one.receipts:
        about[message].append((issuer, event, (content(der)[0] or {}).get("subject", {}).get("coverSha256")))
    for message in one.messages:
        if message[1] != "OUT":
            continue
        expected = [(one.state, "SubmissionAcceptance"), (other.state, "RelayAcceptance"), (other.state, "ContentConsignment")]
        events = collections.Counter(entry[:2] for entry in about[message[0]])
        for entry in expected:
            if events[entry] != 1:
                differ(f"message {message[0]}: {events[entry]} receipts {entry[1]} of {entry[0]} at {one.state}")
        if any(event in ("RelayRejection", "RelayFailure") for _, event, _ in about[message[0]]):
            differ(f"message {message[0]}: refused in a receipt")
        if any(digest != message[6].lower() for _, _, digest in about[message[0]]):
            differ(f"message {message[0]}: a receipt names another cover")


def count_leaves(side):
    if [leaf[0] for leaf in side.leaves] != list(range(len(side.leaves))):
        differ(f"the log of {side.state} has gaps")
    kinds = collections.defaultdict(list)
    for idx, kind, sha256 in side.leaves:
        kinds[kind].append((idx, sha256) if kind in ("audit", "custody") else sha256)
    same(f"log of {side.state}, own receipts", kinds.pop("receipt", []), [r[3] for r in side.receipts if r[1] == side.state], "the log", "the table")
    same(f"log of {side.state}, received", kinds.pop("received", []), [r[3] for r in side.receipts if r[1] != side.state], "the log", "the table")
    same(f"log of {side.state}, internal acts", kinds.pop("audit", []), [(i, hashlib.sha256(b).hexdigest().upper()) for i, b in side.audit], "the log", "the records")
    same(f"log of {side.state}, custody", kinds.pop("custody", []), side.custody, "the log", "the records")
    # Each log but the first names where the one before ended.
    if len(kinds.pop("epoch", [])) != max(0, side.epochs - 1):
        differ(f"{side.state} has {side.epochs} logs, and not as many leaves that name the one before")
    for kind in kinds:
        differ(f"the log of {side.state} has leaves of kind {kind}")


def verify(side, roots, limit):
    rows = side.receipts if limit == 0 else side.receipts[::max(1, len(side.receipts) // limit)][:limit]
    for chain, issuer, seq, _, _, _, der in rows:
        with tempfile.NamedTemporaryFile() as file:
            file.write(der)
            file.flush()
            done = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", file.name, "-CAfile", roots[issuer]],
                                  capture_output=True, check=False)
        if done.returncode != 0 or done.stdout != content(der)[1]:
            differ(f"receipt {issuer} {seq} of {chain} at {side.state}: openssl does not verify it")
    return len(rows)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("sides", nargs=6)
    parser.add_argument("--accepted")
    parser.add_argument("--sample", type=int, default=50)
    given = parser.parse_args()
    one, other = Side(*given.sides[:3]), Side(*given.sides[3:])
    accepted = None
    if given.accepted:
        accepted = [line.split() for line in pathlib.Path(given.accepted).read_text().splitlines()]

    for side, peer in ((one, other), (other, one)):
        for line, in side.damage:
            if line != "ok":
                differ(f"the database of {side.state}: {line}")
        for message, state in side.outbox:
            differ(f"message {message} waits at {side.state}: {state}")
        for kind, subject in side.strange:
            differ(f"{kind} at {side.state}: {subject}")
        count_messages(side, peer, accepted)
        count_receipts(side, peer)
        count_events(side, peer)
        count_leaves(side)
    same("receipts", [(one.chain(r[0], other.state), r[1], r[2], r[6].hex()) for r in one.receipts],
         [(other.chain(r[0], one.state), r[1], r[2], r[6].hex()) for r in other.receipts], one.state, other.state)
    same("cases", one.cases, other.cases, one.state, other.state)
    roots = {one.state: one.root, other.state: other.root}
    verified = verify(one, roots, given.sample) + verify(other, roots, given.sample)

    for side in (one, other):
        print(f"{side.state}: {len(side.cases)} cases, {len(side.messages)} messages, {len(side.receipts)} receipts, {len(side.leaves)} log leaves")
    if accepted is not None:
        print(f"{len(accepted)} submissions were accepted")
    print(f"openssl verified {verified} receipts")
    print(f"{len(differences)} differences")
    return 1 if differences else 0


sys.exit(main())
