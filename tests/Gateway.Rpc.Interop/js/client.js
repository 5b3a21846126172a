'use strict';

// Interop cases over @grpc/grpc-js. usage: node client.js --port N --case NAME[,NAME...]|all

const assert = require('assert');
const { grpc, testing, ECHO_INITIAL, ECHO_TRAILING, option } = require('./service');

const address = `127.0.0.1:${option('port')}`;
const insecure = grpc.credentials.createInsecure();
const client = new testing.TestService(address, insecure);
const gzip = new testing.TestService(address, insecure, { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
const other = new testing.UnimplementedService(address, insecure);
const zeros = size => ({ body: Buffer.alloc(size) });
const ask = (size, own) => ({ response_parameters: [{ size }], payload: zeros(own) });
// A write flag of gRPC; the library takes it where streams take an encoding.
const NO_COMPRESS = 2;
const SPECIAL = '\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \u{1F608}\t\n';

// A unary call (or the response of a request stream), with all that came with it.
function unary(start) {
  return new Promise((resolve, reject) => {
    const result = {};
    const call = start((error, response) => { result.error = error; result.response = response; });
    call.on('metadata', metadata => { result.headers = metadata; });
    call.on('status', status => {
      result.status = status;
      setImmediate(() => (result.error ? reject(Object.assign(result.error, result)) : resolve(result)));
    });
  });
}

// A response stream; onData may write to the call.
function stream(call, onData) {
  return new Promise(resolve => {
    const result = { responses: [] };
    call.on('metadata', metadata => { result.headers = metadata; });
    call.on('data', response => { result.responses.push(response); if (onData) onData(result.responses.length); });
    call.on('error', () => {});
    call.on('status', status => { result.status = status; setImmediate(() => resolve(result)); });
  });
}

const sizes = result => result.responses.map(r => r.payload.body.length);

async function fails(code, act, details) {
  const result = await act().catch(error => error);
  const status = result.status || result;
  assert.strictEqual(status.code, code);
  if (details !== undefined) assert.strictEqual(status.details, details);
}

function input(caller, messages) {
  return unary(callback => {
    const call = caller.StreamingInputCall(callback);
    for (const message of messages) call.write(message);
    call.end();
    return call;
  });
}

function echoes(result) {
  assert.deepStrictEqual(result.headers.get(ECHO_INITIAL), ['test_initial_metadata_value']);
  assert.strictEqual(result.status.metadata.get(ECHO_TRAILING)[0].toString('hex'), 'ababab');
}

const cases = {
  empty_unary: async () => { await unary(done => client.EmptyCall({}, done)); },
  large_unary: async () => {
    const { response } = await unary(done => client.UnaryCall({ response_size: 314159, payload: zeros(271828) }, done));
    assert.strictEqual(response.payload.body.length, 314159);
  },
  client_streaming: async () => {
    const { response } = await input(client, [27182, 8, 1828, 45904].map(size => ({ payload: zeros(size) })));
    assert.strictEqual(response.aggregated_payload_size, 74922);
  },
  server_streaming: async () => {
    const expected = [31415, 9, 2653, 58979];
    const result = await stream(client.StreamingOutputCall({ response_parameters: expected.map(size => ({ size })) }));
    assert.deepStrictEqual(sizes(result), expected);
    assert.strictEqual(result.status.code, 0);
  },
  ping_pong: async () => {
    const steps = [[31415, 27182], [9, 8], [2653, 1828], [58979, 45904]];
    const call = client.FullDuplexCall();
    const send = index => (index < steps.length ? call.write(ask(...steps[index])) : call.end());
    const done = stream(call, send);
    send(0);
    const result = await done;
    assert.deepStrictEqual(sizes(result), steps.map(step => step[0]));
    assert.strictEqual(result.status.code, 0);
  },
  empty_stream: async () => {
    const call = client.FullDuplexCall();
    const done = stream(call);
    call.end();
    const result = await done;
    assert.deepStrictEqual([result.responses.length, result.status.code], [0, 0]);
  },
  client_compressed_unary: async () => {
    const request = value => ({ response_size: 314159, payload: zeros(271828), expect_compressed: { value } });
    await fails(grpc.status.INVALID_ARGUMENT, () => unary(done => client.UnaryCall(request(true), done)));
    assert.strictEqual((await unary(done => gzip.UnaryCall(request(true), done))).response.payload.body.length, 314159);
    assert.strictEqual((await unary(done => client.UnaryCall(request(false), done))).response.payload.body.length, 314159);
  },
  // Which of the responses came compressed is not told by this library; that they are readable is.
  server_compressed_unary: async () => {
    for (const value of [true, false]) {
      const { response } = await unary(done => client.UnaryCall({ response_size: 314159, payload: zeros(271828), response_compressed: { value } }, done));
      assert.strictEqual(response.payload.body.length, 314159);
    }
  },
  client_compressed_streaming: async () => {
    await fails(grpc.status.INVALID_ARGUMENT, () => input(client, [{ payload: zeros(27182), expect_compressed: { value: true } }]));
    await new Promise((resolve, reject) => {
      const call = gzip.StreamingInputCall((error, response) => {
        if (error) reject(error);
        else resolve(assert.strictEqual(response.aggregated_payload_size, 73086));
      });
      call.write({ payload: zeros(27182), expect_compressed: { value: true } }, () => {
        call.write({ payload: zeros(45904), expect_compressed: { value: false } }, NO_COMPRESS);
        call.end();
      });
    });
  },
  server_compressed_streaming: async () => {
    const result = await stream(client.StreamingOutputCall({
      response_parameters: [{ size: 31415, compressed: { value: true } }, { size: 92653, compressed: { value: false } }],
    }));
    assert.deepStrictEqual(sizes(result), [31415, 92653]);
  },
  cancel_after_begin: () => fails(grpc.status.CANCELLED, () => unary(callback => {
    const call = client.StreamingInputCall(callback);
    call.cancel();
    return call;
  })),
  cancel_after_first_response: async () => {
    const call = client.FullDuplexCall();
    const done = stream(call, () => call.cancel());
    call.write(ask(31415, 27182));
    const result = await done;
    assert.deepStrictEqual([result.responses.length, result.status.code], [1, grpc.status.CANCELLED]);
  },
  timeout_on_sleeping_server: async () => {
    const call = client.FullDuplexCall({ deadline: Date.now() + 1 });
    const done = stream(call);
    call.write({ payload: zeros(27182) });
    assert.strictEqual((await done).status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  custom_metadata: async () => {
    const metadata = new grpc.Metadata();
    metadata.set(ECHO_INITIAL, 'test_initial_metadata_value');
    metadata.set(ECHO_TRAILING, Buffer.from('ababab', 'hex'));
    echoes(await unary(done => client.UnaryCall({ response_size: 314159, payload: zeros(271828) }, metadata, done)));
    const call = client.FullDuplexCall(metadata);
    const done = stream(call);
    call.write(ask(314159, 271828));
    call.end();
    echoes(await done);
  },
  status_code_and_message: async () => {
    const response_status = { code: 2, message: 'test status message' };
    await fails(2, () => unary(done => client.UnaryCall({ response_status }, done)), response_status.message);
    await fails(2, () => {
      const call = client.FullDuplexCall();
      const done = stream(call);
      call.write({ response_status });
      call.end();
      return done;
    }, response_status.message);
  },
  special_status_message: () => fails(2, () => unary(done => client.UnaryCall({ response_status: { code: 2, message: SPECIAL } }, done)), SPECIAL),
  unimplemented_method: () => fails(grpc.status.UNIMPLEMENTED, () => unary(done => client.UnimplementedMethod({}, done))),
  unimplemented_service: () => fails(grpc.status.UNIMPLEMENTED, () => unary(done => other.UnimplementedCall({}, done))),
};

(async () => {
  const wanted = option('case', 'all');
  let code = 0;
  for (const name of wanted === 'all' ? Object.keys(cases) : wanted.split(',')) {
    try {
      await cases[name]();
      console.log(`${name}: passed`);
    } catch (error) {
      code = 1;
      console.log(`${name}: FAILED: ${error.message.replaceAll('\n', ' ')}`);
    }
  }
  process.exit(code);
})();
