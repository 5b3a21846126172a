#!/usr/bin/python3
"""A sender written from docs/protocol.md alone: Python, grpcio, protobuf, protoc and the openssl command line.

  sender.py card --pki PKI --state XA --authority XA-CP --out FILE
      signs the State's peer card and prints the fingerprint of its key
  sender.py send --pki PKI --state XA --authority XA-CP --person duty-officer --peer-card FILE --peer-fingerprint "..."
                 --to XB-CP --endpoint localhost:7443 --protos protos --work FOLDER [--protoc FILE] [--break-seal]
      makes a PRESERVE_DATA request, delivers it, verifies the receipts; with a FOLDER of an earlier run the same message again

PKI is a folder as certs-dev/make.sh makes it. Ends with 0 accepted, 1 refused (the code is printed), 3 no answer or a wrong one.
"""
import argparse
import base64
import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

RECEIPT_MEMBERS = ["v", "type", "event", "issuer", "peer", "channel", "case", "seq", "previous", "peerSeq", "peerHead",
                   "subject", "reasons", "time", "clockHeld", "nonce"]
SIGN = ["cms", "-sign", "-cades", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", "-outform", "DER"]
VERIFY = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any"]


class Wrong(Exception):
    """A rule of the protocol was broken, or the call failed."""


def must(condition, rule):
    if not condition:
        raise Wrong(rule)


# Section 3: documents and values.

def document(members):
    return (json.dumps(members, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def utc(moment=None):
    return (moment or datetime.now(timezone.utc)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def digest(data):
    return hashlib.sha256(data).hexdigest()


def new_id():
    return secrets.token_hex(16)


# Section 5: marks, all by the command line of openssl.

def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True)
    must(done.returncode == 0, f"openssl {arguments[0]} {arguments[1]}: {done.stderr.decode().strip()}")
    return done.stdout


def sign(members, name):
    """Signs with NAME.key and NAME.crt; returns the DER."""
    return openssl(*SIGN, "-signer", f"{name}.crt", "-inkey", f"{name}.key", data=document(members))


def opened(signed, certificates, folder):
    """The document in a mark that one of the certificates (DER) made."""
    (folder / "signed.cms").write_bytes(signed)
    (folder / "anchors.pem").write_text("".join(map(pem, certificates)))
    content = openssl(*VERIFY, "-partial_chain", "-CAfile", folder / "anchors.pem", "-in", folder / "signed.cms")
    members = json.loads(content)
    must(document(members) == content, "the spelling of a document")
    return members


def der(file):
    return openssl("x509", "-in", file, "-outform", "DER")


def pem(certificate):
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate).decode() + "-----END CERTIFICATE-----\n"


# Section 14: peer cards.

def fingerprint(certificate_file):
    public = openssl("x509", "-in", certificate_file, "-noout", "-pubkey")
    full = digest(openssl("pkey", "-pubin", "-outform", "DER", data=public))
    return " ".join(full[i:i + 8] for i in range(0, 64, 8))


def make_card(options):
    home, now = options.pki / options.state, datetime.now(timezone.utc)
    certificates = lambda name: [base64.b64encode(der(home / f"{name}.crt")).decode()]
    keys = f"authorities/{options.authority}"
    card = {
        "v": 1, "type": "peerCard", "state": options.state, "version": 1, "issued": utc(now), "expires": utc(now + timedelta(days=90)),
        "personAuthorities": certificates("root/root"),
        "authorities": [{
            "id": options.authority, "name": f"Contact Point of {options.state}", "roles": ["CONTACT_POINT_24_7"], "endpoint": "",
            "tls": certificates("gateway/tls"), "seal": certificates(f"{keys}/seal"), "encryption": certificates(f"{keys}/encryption"),
            "evidence": certificates(f"{keys}/evidence"), "stamp": certificates(f"{keys}/stamp")}],
        "suites": ["P256-A256GCM-SHA256"], "documentVersion": 1,
        "profile": {"languages": ["en"], "emergencyLanguages": [], "preservationMinDays": 60, "strictAddresses": False, "contactPointDecides": False,
                    "originalFollowUp": "NEVER", "originalFollowUpKinds": [], "originalFollowUpDays": 30,
                    "authorisationKinds": [], "policeChannelKinds": [], "dualCriminality": "COERCIVE_ONLY"}}
    options.out.write_bytes(sign(card, home / "card/card"))
    print(fingerprint(home / "card/card.crt"))
    return 0


def read_card(file, spoken, folder):
    """The peer's card, signed by the key whose fingerprint was heard by voice."""
    openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-signer", folder / "card.pem", "-in", file)
    must(fingerprint(folder / "card.pem") == spoken, "the fingerprint of the peer's card")
    card = opened(file.read_bytes(), [der(folder / "card.pem")], folder)
    must(card["type"] == "peerCard" and card["expires"] > utc(), "the peer's card")
    return card


def listed(card, authority, role):
    entry = next((a for a in card["authorities"] if a["id"] == authority), None)
    must(entry is not None, f"the card does not name {authority}")
    return [base64.b64decode(c) for c in entry[role]]


# Sections 6 to 10: what is sent.

def request(options):
    now = datetime.now(timezone.utc)
    return {
        "v": 1, "type": "request", "id": new_id(), "reference": f"RQ-{options.state}-{now.year}-{secrets.randbelow(1000000):06}",
        "kind": "PRESERVE_DATA", "urgency": "URGENT", "created": utc(now),
        "requestingAuthority": options.authority, "requestedAuthority": options.to,
        "onBehalfOf": {"name": "Prosecution Office of Rowan", "function": "conducts the investigation", "contact": "duty desk, +999 1 555 0162"},
        "caseReference": f"{options.state}-PD/2214", "proceedingType": "CRIMINAL", "proceedingStage": "INVESTIGATION",
        "offence": [{"title": "Extortion by encryption of data", "provision": "Criminal Code, section 318(1): two to ten years’ imprisonment.",
                     "maxPenaltyMonths": 120, "scope": "CONVENTION", "place": "Rowan"}],
        "factsSummary": "The files of a hospital in Rowan were encrypted; the ransom note names an address on the server 203.0.113.77.",
        "assistanceSought": "Preserve the disk of the server and the logs of its hosting panel.",
        "noPersonKnown": True,
        "itemsAccounts": [{"type": "SERVER_IP", "value": "203.0.113.77", "provider": "Nimbus Hosting"}],
        "linkToOffence": "The ransom note sends its victims to a page on this server.",
        "purposeCode": "CRIMINAL_PROCEEDINGS", "purposeText": "Evidence in the investigation of the extortion.",
        "legalBasis": [{"instrument": "UNCC", "article": "42"}],
        "rationale": "The server is paid until the end of the month only.", "collectionTimeframe": "A request for disclosure follows within 30 days.",
        "confidentiality": "NO_NOTICE_TO_USER", "confidentialityEnds": "With the first arrest.",
        "originalFollowup": {"required": False}, "languages": {"authoritative": "en"},
        "custodian": "Nimbus Hosting, Quay 9", "dataDescription": "Disk image of the server at 203.0.113.77 and its panel logs.",
        "dataCategories": ["TRAFFIC", "CONTENT"], "necessity": "The provider wipes servers whose lease has ended.",
        "estimatedDataLossAt": (now + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "preserveDays": 90, "intendsMla": True, "noNoticeToUser": True}


def part(role, content):
    return {"role": role, "name": f"{role}.cms", "mediaType": "application/pkcs7-mime", "size": len(content), "sha256": digest(content),
            "content": base64.b64encode(content).decode()}


def make_message(options, folder):
    """request.cms and stamp.cms inside cover.cms, and receipt 1; kept in the folder, for they stay the same for ever."""
    home = options.pki / options.state
    keys = home / "authorities" / options.authority
    me = {"state": options.state, "authority": options.authority}
    peer = {"state": options.to[:2], "authority": options.to}
    message, case = new_id(), f"{options.state}-{new_id()}"

    asked = sign(request(options), home / "persons" / options.person / "signing")
    stamp = sign({"v": 1, "type": "stamp", "authority": options.authority, "office": f"Contact Point of {options.state}",
                  "number": f"{options.authority}/{secrets.randbelow(1000000):06}", "time": utc(), "requestSha256": digest(asked)}, keys / "stamp")
    cover = sign({"v": 1, "type": "cover", "message": message, "case": case, "suite": "P256-A256GCM-SHA256", "created": utc(),
                  "sender": me, "recipient": peer, "about": "REQUEST", "inReplyTo": None,
                  "parts": [part("request", asked), part("stamp", stamp)]}, keys / "seal")
    if options.break_seal:
        # The last byte of the object belongs to the signature.
        cover = cover[:-1] + bytes([cover[-1] ^ 1])
    receipt = sign({"v": 1, "type": "receipt", "event": "SubmissionAcceptance", "issuer": me, "peer": peer, "channel": "case", "case": case,
                    "seq": 1, "previous": None, "peerSeq": 0, "peerHead": None,
                    "subject": {"message": message, "coverSha256": digest(cover), "envelopeSha256": None, "item": None, "manifestSha256": None},
                    "reasons": [], "time": utc(), "clockHeld": False, "nonce": new_id()}, keys / "seal")
    for name, content in (("cover.cms", cover), ("receipt-1.cms", receipt), ("ids.json", document({"message": message, "case": case}))):
        (folder / name).write_bytes(content)


def envelope(cover_file, recipient, folder):
    """Section 9: made anew for every attempt."""
    (folder / "recipient.pem").write_text(pem(recipient))
    curve = openssl("x509", "-in", folder / "recipient.pem", "-noout", "-text").decode()
    must("ASN1 OID: prime256v1" in curve, "the cover was made for a key on P-256")
    return openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", cover_file, "-outform", "DER",
                   "-recip", folder / "recipient.pem", "-keyopt", "ecdh_kdf_md:sha256")


# Sections 2 and 11: the call.

def messages(protoc, protos, folder):
    """The classes of the .proto files; a descriptor set fits every version of protobuf."""
    from google.protobuf import descriptor_pb2, message_factory
    made = folder / "exchange.binpb"
    subprocess.run([protoc, "-I", protos, "--include_imports", f"--descriptor_set_out={made}", "gateway/v1/exchange.proto"], check=True)
    files = descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes())
    return message_factory.GetMessages(files.file)


def deliver(options, kinds, fields, tls):
    import grpc
    home = options.pki / options.state / "gateway"
    # The certificates of the card are the only anchors, and they issue none: so the server's must be one of them. Its name must fit, too.
    credentials = grpc.ssl_channel_credentials("".join(map(pem, tls)).encode(), (home / "tls.key").read_bytes(), (home / "tls.crt").read_bytes())
    with grpc.secure_channel(options.endpoint, credentials) as channel:
        call = channel.unary_unary("/gateway.v1.Exchange/Deliver", request_serializer=lambda m: m.SerializeToString(),
                                   response_deserializer=kinds["gateway.v1.DeliverReply"].FromString)
        try:
            return call(kinds["gateway.v1.DeliverRequest"](**fields), timeout=60)
        except grpc.RpcError as error:
            trailer = dict(error.trailing_metadata() or ()).get("gateway-refusal-bin")
            if trailer is None:
                raise Wrong(f"{error.code().name}: {error.details()}") from None
            refusal = kinds["gateway.v1.Refusal"].FromString(trailer)
            raise Wrong(f"call refused: {refusal.code} {refusal.detail}") from None


def check_receipts(reply, options, ids, sent, card, folder):
    """The receiver's receipts: seal, members, chain, and the same as before. Returns their events with their reasons."""
    events, previous, earlier = [], None, ""
    own, cover, envelope_sent = map(digest, sent)
    channel, case, held = ("peer", None, (0, None)) if reply.on_channel else ("case", ids["case"], (1, own))
    message = {"message": ids["message"], "coverSha256": cover, "envelopeSha256": None, "item": None, "manifestSha256": None}
    unopened = message | {"coverSha256": None, "envelopeSha256": envelope_sent}
    for number, signed in enumerate(reply.receipts, reply.first_receipt):
        receipt = opened(signed, listed(card, options.to, "seal"), folder)
        must(list(receipt) == RECEIPT_MEMBERS and (receipt["v"], receipt["type"]) == (1, "receipt"), "the members of a receipt")
        must(receipt["issuer"] == {"state": options.to[:2], "authority": options.to}, "the issuer")
        must(receipt["peer"] == {"state": options.state, "authority": options.authority}, "the peer")
        must((receipt["channel"], receipt["case"], receipt["seq"]) == (channel, case, number), "the chain and the number")
        must((receipt["previous"] is None) == (number == 1) and previous in (None, receipt["previous"]), "the link to the receipt before")
        must((receipt["peerSeq"], receipt["peerHead"]) == held, "what it holds of our chain")
        must(receipt["time"] >= earlier, "the order of time")
        must(receipt["subject"] in ([message, unopened] if reply.on_channel else [message]), "the subject")
        must(bool(receipt["reasons"]) == (receipt["event"] == "RelayRejection"), "the reasons")
        previous, earlier = digest(signed), receipt["time"]
        events.append(" ".join([receipt["event"], *receipt["reasons"]]))
        print(f"{options.to[:2]} {channel} {number} {events[-1]} {previous}")
        kept = options.work / f"{options.to[:2]}-{channel}-{number}.cms"
        must(not kept.exists() or kept.read_bytes() == signed, "the same receipt under the same number")
        kept.write_bytes(signed)
    return events


def send(options):
    options.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        kinds = messages(options.protoc, options.protos, folder)
        card = read_card(options.peer_card, options.peer_fingerprint, folder)
        if not (options.work / "ids.json").exists():
            make_message(options, options.work)
        ids = json.loads((options.work / "ids.json").read_text())
        cover, own = (options.work / "cover.cms").read_bytes(), (options.work / "receipt-1.cms").read_bytes()
        encrypted = envelope(options.work / "cover.cms", listed(card, options.to, "encryption")[0], folder)
        reply = deliver(options, kinds, {
            "message": ids["message"], "case_id": ids["case"], "sender": options.authority, "recipient": options.to,
            "envelope": encrypted, "receipts": [own], "first_receipt": 1, "next_expected": 1}, listed(card, options.to, "tls"))
        events = check_receipts(reply, options, ids, (own, cover, encrypted), card, folder)
        if reply.HasField("rejection"):
            must(not reply.signed_rejection or events[-1].startswith("RelayRejection"), "a signed rejection ends with its receipt")
            print(f"refused: {reply.rejection.code} {'signed' if reply.signed_rejection else 'unsigned'}: {reply.rejection.detail}")
            return 1
        must(events == ["RelayAcceptance", "ContentConsignment"], "the two receipts of an accepted request")
        must(reply.next_expected == 2, "the number expected next")
        print(f"accepted: case {ids['case']}{', duplicate' if reply.duplicate else ''}")
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for name, run, needed in (
            ("card", make_card, {"pki": Path, "state": str, "authority": str, "out": Path}),
            ("send", send, {"pki": Path, "state": str, "authority": str, "person": str, "peer-card": Path, "peer-fingerprint": str, "to": str,
                            "endpoint": str, "protos": Path, "work": Path})):
        verb = verbs.add_parser(name)
        verb.set_defaults(run=run)
        for option, kind in needed.items():
            verb.add_argument(f"--{option}", type=kind, required=True)
    verb.add_argument("--protoc", default="protoc")
    verb.add_argument("--break-seal", action="store_true")
    options = parser.parse_args()
    try:
        return options.run(options)
    except Wrong as wrong:
        print(f"failed: {wrong}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
