"""Interop cases over grpcio. usage: client.py --port N --case NAME[,NAME...]|all"""

import queue
import sys

import grpc

import wire

SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n"

channel = grpc.insecure_channel("127.0.0.1:" + wire.option("port"))
gzip = grpc.Compression.Gzip


def path(method, service=wire.SERVICE):
    return "/%s/%s" % (service, method)


empty_call = channel.unary_unary(path("EmptyCall"))
unary_call = channel.unary_unary(path("UnaryCall"))
output_call = channel.unary_stream(path("StreamingOutputCall"))
input_call = channel.stream_unary(path("StreamingInputCall"))
duplex_call = channel.stream_stream(path("FullDuplexCall"))


def check(expected, actual):
    if expected != actual:
        raise AssertionError("expected %r, got %r" % (expected, actual))


def fails(code, act, details=None):
    try:
        act()
    except grpc.RpcError as error:
        check(code, error.code())
        if details is not None:
            check(details, error.details())
        return
    raise AssertionError("expected %s, got OK" % code)


def large(*extra):
    return wire.encode([(2, 314159), (3, wire.payload(271828)), *extra])


def sent(size, *extra):
    return wire.encode([(1, wire.payload(size)), *extra])


def ask(size, own):
    return wire.encode([(2, wire.encode([(1, size)])), (3, wire.payload(own))])


def size_of(data):
    return wire.payload_size(wire.decode(data), 1)


def aggregated(data):
    return wire.number(wire.decode(data), 1)


class Requests:
    """A request stream that is fed while the call runs."""

    def __init__(self):
        self.items = queue.Queue()

    def __iter__(self):
        return iter(self.items.get, None)

    def put(self, item):
        self.items.put(item)


def empty_unary():
    check(b"", empty_call(b""))


def large_unary():
    check(314159, size_of(unary_call(large())))


def client_streaming():
    check(74922, aggregated(input_call(iter([sent(size) for size in (27182, 8, 1828, 45904)]))))


def server_streaming():
    sizes = [31415, 9, 2653, 58979]
    check(sizes, [size_of(r) for r in output_call(wire.encode([(2, wire.encode([(1, size)])) for size in sizes]))])


def ping_pong():
    requests = Requests()
    responses = duplex_call(iter(requests))
    for size, own in ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904)):
        requests.put(ask(size, own))
        check(size, size_of(next(responses)))
    requests.put(None)
    check([], list(responses))


def empty_stream():
    check([], list(duplex_call(iter([]))))


def client_compressed_unary():
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: unary_call(large((8, wire.boolean(True)))))
    check(314159, size_of(unary_call(large((8, wire.boolean(True))), compression=gzip)))
    check(314159, size_of(unary_call(large((8, wire.boolean(False))))))


def server_compressed_unary():
    for compressed in (True, False):
        check(314159, size_of(unary_call(large((6, wire.boolean(compressed))))))


def client_compressed_streaming():
    # The published second message is a plain one; this library compresses a call or not.
    compressed = sent(27182, (2, wire.boolean(True)))
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: input_call(iter([compressed])))
    check(54364, aggregated(input_call(iter([compressed, compressed]), compression=gzip)))


def server_compressed_streaming():
    request = wire.encode([(2, wire.encode([(1, size), (3, wire.boolean(c))])) for size, c in ((31415, True), (92653, False))])
    check([31415, 92653], [size_of(r) for r in output_call(request)])


def cancel_after_begin():
    requests = Requests()
    call = input_call.future(iter(requests))
    call.cancel()
    check(True, call.cancelled())
    check(grpc.StatusCode.CANCELLED, call.code())
    requests.put(None)


def cancel_after_first_response():
    requests = Requests()
    call = duplex_call(iter(requests))
    requests.put(ask(31415, 27182))
    check(31415, size_of(next(call)))
    call.cancel()
    fails(grpc.StatusCode.CANCELLED, lambda: next(call))
    requests.put(None)


def timeout_on_sleeping_server():
    requests = Requests()
    call = duplex_call(iter(requests), timeout=0.001)
    requests.put(wire.encode([(3, wire.payload(27182))]))
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
    requests.put(None)


def custom_metadata():
    metadata = [(wire.ECHO_INITIAL, "test_initial_metadata_value"), (wire.ECHO_TRAILING, b"\xab\xab\xab")]
    _, unary = unary_call.with_call(large(), metadata=metadata)
    duplex = duplex_call(iter([ask(314159, 271828)]), metadata=metadata)
    check([314159], [size_of(r) for r in duplex])
    for call in (unary, duplex):
        check("test_initial_metadata_value", dict(call.initial_metadata()).get(wire.ECHO_INITIAL))
        check(b"\xab\xab\xab", dict(call.trailing_metadata()).get(wire.ECHO_TRAILING))


def status_code_and_message():
    status = (7, wire.echo_status(2, "test status message"))
    fails(grpc.StatusCode.UNKNOWN, lambda: unary_call(wire.encode([status])), "test status message")
    fails(grpc.StatusCode.UNKNOWN, lambda: list(duplex_call(iter([wire.encode([status])]))), "test status message")


def special_status_message():
    fails(grpc.StatusCode.UNKNOWN, lambda: unary_call(wire.encode([(7, wire.echo_status(2, SPECIAL))])), SPECIAL)


def unimplemented_method():
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary(path("UnimplementedMethod"))(b""))


def unimplemented_service():
    method = path("UnimplementedCall", "grpc.testing.UnimplementedService")
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary(method)(b""))


CASES = [
    empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream, client_compressed_unary, server_compressed_unary,
    client_compressed_streaming, server_compressed_streaming, cancel_after_begin, cancel_after_first_response, timeout_on_sleeping_server,
    custom_metadata, status_code_and_message, special_status_message, unimplemented_method, unimplemented_service,
]


def main():
    wanted = wire.option("case", "all")
    code = 0
    for case in CASES:
        if wanted != "all" and case.__name__ not in wanted.split(","):
            continue
        try:
            case()
            print("%s: passed" % case.__name__)
        except (AssertionError, grpc.RpcError, StopIteration) as error:
            code = 1
            print("%s: FAILED: %s" % (case.__name__, str(error).replace("\n", " ")))
    return code


sys.exit(main())
