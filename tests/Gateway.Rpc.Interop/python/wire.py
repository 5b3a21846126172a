"""The few protobuf messages of the interop service, by hand: Debian's python3-grpcio comes without generated code."""

import sys


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def encode(fields):
    """fields: (number, int | bytes | str), in order; an int 0 is written too."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode("utf-8")
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            out += _varint(number << 3 | 2) + _varint(len(value)) + value
    return bytes(out)


def decode(data):
    """{number: [value, ...]}"""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        elif tag & 7 == 2:
            size = varint()
            value, at = data[at:at + size], at + size
        else:
            raise ValueError("wire type %d" % (tag & 7))
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def number(fields, key):
    return fields.get(key, [0])[-1]


def message(fields, key):
    """The sub-message under key, or None."""
    return decode(fields[key][-1]) if key in fields else None


def payload(size):
    return encode([(2, bytes(size))])


def payload_size(fields, key):
    inner = message(fields, key) or {}
    return len(inner.get(2, [b""])[-1])


def boolean(value):
    return encode([(1, int(value))])


def echo_status(code, text):
    return encode([(1, code), (2, text)])


def option(name, fallback=None):
    return sys.argv[sys.argv.index("--" + name) + 1] if "--" + name in sys.argv else fallback


SERVICE = "grpc.testing.TestService"
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
