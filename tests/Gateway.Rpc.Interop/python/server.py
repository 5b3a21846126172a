"""The interop test service over grpcio. usage: server.py [--port N]"""

import concurrent.futures
import time

import grpc

import wire


def echo(context):
    headers = [(k, v) for k, v in context.invocation_metadata() if k == wire.ECHO_INITIAL]
    context.set_trailing_metadata([(k, v) for k, v in context.invocation_metadata() if k == wire.ECHO_TRAILING])
    context.send_initial_metadata(headers)


def fail_if_asked(request, context):
    status = wire.message(request, 7)
    if status and wire.number(status, 1):
        code = next(c for c in grpc.StatusCode if c.value[0] == wire.number(status, 1))
        context.abort(code, status.get(2, [b""])[-1].decode("utf-8"))


def wants(fields, key):
    return wire.number(wire.message(fields, key) or {}, 1) == 1


def empty_call(_, context):
    echo(context)
    return b""


def unary_call(data, context):
    request = wire.decode(data)
    if wants(request, 6):
        context.set_compression(grpc.Compression.Gzip)
    echo(context)
    fail_if_asked(request, context)
    return wire.encode([(1, wire.payload(wire.number(request, 2)))])


def answer(request, context):
    for data in request.get(2, []):
        parameters = wire.decode(data)
        time.sleep(wire.number(parameters, 2) / 1e6)
        if not wants(parameters, 3):
            context.disable_next_message_compression()
        yield wire.encode([(1, wire.payload(wire.number(parameters, 1)))])


def streaming_output_call(data, context):
    request = wire.decode(data)
    if any(wants(wire.decode(p), 3) for p in request.get(2, [])):
        context.set_compression(grpc.Compression.Gzip)
    echo(context)
    fail_if_asked(request, context)
    yield from answer(request, context)


def streaming_input_call(requests, context):
    echo(context)
    return wire.encode([(1, sum(wire.payload_size(wire.decode(data), 1) for data in requests))])


def full_duplex_call(requests, context):
    echo(context)
    for data in requests:
        request = wire.decode(data)
        fail_if_asked(request, context)
        yield from answer(request, context)


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(wire.SERVICE, {
        "EmptyCall": grpc.unary_unary_rpc_method_handler(empty_call),
        "UnaryCall": grpc.unary_unary_rpc_method_handler(unary_call),
        "StreamingOutputCall": grpc.unary_stream_rpc_method_handler(streaming_output_call),
        "StreamingInputCall": grpc.stream_unary_rpc_method_handler(streaming_input_call),
        "FullDuplexCall": grpc.stream_stream_rpc_method_handler(full_duplex_call),
    })])
    port = server.add_insecure_port("127.0.0.1:" + wire.option("port", "0"))
    server.start()
    print("listening on 127.0.0.1:%d" % port, flush=True)
    server.wait_for_termination()


main()
