#!/usr/bin/env python3
"""Attacks on a bundle, with nothing but openssl: what demo.sh shows that gateway-verify notices.

  forge.py flip IN OUT NAME             flips one bit in the middle of the file NAME
  forge.py cut IN OUT CASE STATE SEAL   drops the end of STATE's chain, then lists and seals the rest anew with the exporter's own SEAL
  forge.py resign IN OUT GENUINE FORGED signs everything anew, as of the same moments, with the keys under FORGED that bear the names of those
                                        under GENUINE (folders of certs-dev/make.sh), mends every digest that changes by it, and leaves out
                                        the log, whose keys it has not
"""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

MANIFEST, SEAL = "MANIFEST.sha256", "MANIFEST.cms"
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n(.+?)-----END CERTIFICATE-----\n", re.DOTALL)
scratch = tempfile.TemporaryDirectory(prefix="forge-")  # removed when the program ends
work = pathlib.Path(scratch.name)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"openssl {arguments[0]}: {done.stderr.decode()}")
    return done.stdout


def parts(der):
    """The elements that stand one after the other in some DER: tag and content of each."""
    found, at = [], 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size > 0x80:
            size, at = int.from_bytes(der[at:at + size - 0x80], "big"), at + size - 0x80
        found.append((tag, der[at:at + size]))
        at += size
    return found


def element(tag, content):
    size = len(content)
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, size] if size < 0x80 else [tag, 0x80 + len(long)]) + (b"" if size < 0x80 else long) + content


def joined(elements):
    return b"".join(element(tag, content) for tag, content in elements)


def signer_info(der):
    """The fields of SignedData, and those of its one SignerInfo (RFC 5652, 5.1 and 5.3)."""
    [(_, content_info)] = parts(der)
    [(_, signed_data)] = parts(parts(content_info)[1][1])
    fields = parts(signed_data)
    [(_, signer)] = parts(fields[-1][1])
    return fields, parts(signer)


def signing_time(der):
    return next(attribute for _, attribute in parts(signer_info(der)[1][3][1]) if attribute.startswith(SIGNING_TIME))


def backdated(der, time, key):
    """The same signed document with another signing time, which openssl cms does not take, and so with another signature."""
    fields, signer = signer_info(der)
    attributes = joined((tag, time if attribute.startswith(SIGNING_TIME) else attribute) for tag, attribute in parts(signer[3][1]))
    (work / "attributes").write_bytes(element(0x31, attributes))
    signer[3] = (0xA0, attributes)
    signer[5] = (0x04, openssl("dgst", "-sha256", "-sign", key, work / "attributes"))
    fields[-1] = (0x31, element(0x30, joined(signer)))
    return element(0x30, SIGNED_DATA + element(0xA0, element(0x30, joined(fields))))


def opened(der):
    """Content and signer's certificate (DER) of a signed document, which holds one certificate. Whether it is genuine is not asked here."""
    fields, _ = signer_info(der)
    [(_, content)] = parts(parts(fields[2][1])[1][1])
    [(_, signer)] = parts(fields[3][1])
    return content, element(0x30, signer)


def signed(content, pair):
    """A signed document by the key of PAIR.crt and PAIR.key."""
    (work / "content").write_bytes(content)
    return openssl("cms", "-sign", "-cades", "-nodetach", "-binary", "-nosmimecap", "-md", "sha256", "-outform", "DER", "-in", work / "content",
                   "-signer", f"{pair}.crt", "-inkey", f"{pair}.key")


def certificate(path):
    return base64.b64decode(PEM.search(pathlib.Path(path).read_text()).group(1))


def key_digest(der):
    """Of the SubjectPublicKeyInfo of a certificate: the seventh field of what is signed, after version, serial, algorithm, issuer, validity, subject."""
    return sha256(element(*parts(parts(parts(der)[0][1])[0][1])[6]))


def relist(files, pair):
    """Lists all files anew and seals the list."""
    listed = {name: content for name, content in files.items() if name not in (MANIFEST, SEAL)}
    lines = "".join(f"{sha256(listed[name])}  {name}\n" for name in sorted(listed)).encode()
    seal, _ = opened(files[SEAL])
    stated = json.loads(seal)
    seal = seal.replace(stated["sha256"].encode(), sha256(lines).encode()).replace(b'"files":%d' % stated["files"], b'"files":%d' % len(listed))
    return {**listed, MANIFEST: lines, SEAL: signed(seal, pair)}


def flip(files, name):
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    return {**files, name: bytes(content)}


def cut(files, case, state, pair):
    def chain(of):
        return sorted(name for name in files if name.startswith(f"receipts/{case}/{of}/"))

    other = next(name.split("/")[2] for name in files if name.startswith(f"receipts/{case}/") and name.split("/")[2] != state)
    # Enough that the other side has seen what is dropped: only that can ever be noticed.
    seen = max(json.loads(opened(files[name])[0])["peerSeq"] for name in chain(other))
    kept = dict(files)
    for name in chain(state)[seen - 1:]:
        del kept[name]
        print(f"dropped {name}")
    case_file = json.loads(files["case.json"])
    for entry in case_file["cases"]:
        for stated in entry["chains"]:
            if entry["case"] == case and stated["state"] == state:
                stated["receipts"] = seen - 1
                stated["head"] = sha256(files[chain(state)[seen - 2]])
    kept["case.json"] = (json.dumps(case_file, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    return relist(kept, pair)


class Forger:
    """Signs every object anew, from the inside out: an object first needs the new digests of all that it names."""

    def __init__(self, files, genuine, forged):
        self.objects = {}       # digest -> content, signer's certificate and signing time of a signed document, also those inside covers
        self.new = {}           # digest -> signed document of the forger
        self.pairs = {}         # certificate -> forger's pair
        self.swaps = {}         # text -> text: certificates and key digests
        for path in sorted(pathlib.Path(genuine).rglob("*.crt")):
            mine = pathlib.Path(forged) / path.relative_to(genuine)
            old, new = certificate(path), certificate(mine)
            self.pairs[old] = mine.with_suffix("")
            self.swaps[base64.b64encode(old).decode()] = base64.b64encode(new).decode()
            self.swaps[sha256(old)] = sha256(new)
            self.swaps[key_digest(old)] = key_digest(new)
        for content in files.values():
            self.collect(content)

    def collect(self, data):
        if data[:1] != b"\x30" or SIGNED_DATA not in data[:20] or sha256(data) in self.objects:
            return
        content, signer = opened(data)
        self.objects[sha256(data)] = (content.decode(), signer, signing_time(data))
        for part in json.loads(content).get("parts", []):
            self.collect(base64.b64decode(part["content"]))

    def forge(self, digest):
        if digest not in self.new:
            content, signer, time = self.objects[digest]
            pair = self.pairs[signer]
            self.new[digest] = backdated(signed(self.mend(content).encode(), pair), time, f"{pair}.key")
        return self.new[digest]

    def mend(self, text):
        # Parts of a cover: content, size and digest.
        for part in json.loads(text).get("parts", []) if text.startswith("{") else []:
            if part["sha256"] in self.objects:
                mine = self.forge(part["sha256"])
                text = text.replace(f'"size":{part["size"]},"sha256":"{part["sha256"]}","content":"{part["content"]}"',
                                    f'"size":{len(mine)},"sha256":"{sha256(mine)}","content":"{base64.b64encode(mine).decode()}"')
        text = re.sub(r"[0-9a-f]{64}", lambda m: sha256(self.forge(m[0])) if m[0] in self.objects else self.swaps.get(m[0], m[0]), text)
        return re.sub(r"[A-Za-z0-9+/]{200,}={0,2}", lambda m: self.swaps.get(m[0], m[0]), text)

    def pem(self, text):
        """The same certificates of the forger, in the order of their digests."""
        mine = [base64.b64decode(self.swaps["".join(body.split())]) for body in PEM.findall(text)]
        return "".join(f"-----BEGIN CERTIFICATE-----\n{lines(der)}-----END CERTIFICATE-----\n" for der in sorted(mine, key=sha256))

    def rewrite(self, name, data):
        if sha256(data) in self.objects:
            return self.forge(sha256(data))
        if name.endswith(".pem"):
            return self.pem(data.decode()).encode()
        return self.mend(data.decode()).encode() if name.endswith((".json", ".txt")) else data


def lines(der):
    text = base64.b64encode(der).decode()
    return "".join(text[i:i + 64] + "\n" for i in range(0, len(text), 64))


def resign(files, genuine, forged):
    files = {name: content for name, content in files.items() if not name.startswith("log/")}
    stated = json.loads(files["case.json"])
    files["case.json"] = (json.dumps({**stated, "logs": []}, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    forger = Forger(files, genuine, forged)
    _, sealer = opened(files[SEAL])
    mine = {forger.mend(name): forger.rewrite(name, data) for name, data in files.items() if name not in (MANIFEST, SEAL)}
    print(f"signed {len(forger.new)} objects anew")
    return relist({**mine, SEAL: files[SEAL]}, forger.pairs[sealer])


def main(arguments):
    attacks = {("flip", 4): flip, ("cut", 6): cut, ("resign", 5): resign}
    attack = attacks.get((arguments[0] if arguments else "", len(arguments)))
    if attack is None:
        sys.exit(__doc__)
    write(arguments[2], attack(read(arguments[1]), *arguments[3:]))


main(sys.argv[1:])
