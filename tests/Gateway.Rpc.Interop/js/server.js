'use strict';

// The interop test service over @grpc/grpc-js. usage: node server.js [--port N]

const { grpc, testing, ECHO_INITIAL, ECHO_TRAILING, option } = require('./service');

const zeros = size => ({ body: Buffer.alloc(size) });

function echo(call) {
  const headers = new grpc.Metadata();
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get(ECHO_INITIAL)) headers.add(ECHO_INITIAL, value);
  for (const value of call.metadata.get(ECHO_TRAILING)) trailers.add(ECHO_TRAILING, value);
  call.sendMetadata(headers);
  return trailers;
}

const asked = request => (request.response_status && request.response_status.code
  ? { code: request.response_status.code, details: request.response_status.message }
  : null);

async function answer(call, request) {
  for (const parameters of request.response_parameters) {
    if (parameters.interval_us > 0) await new Promise(resolve => setTimeout(resolve, parameters.interval_us / 1000));
    call.write({ payload: zeros(parameters.size) });
  }
}

const service = {
  EmptyCall: (call, callback) => callback(null, {}, echo(call)),
  UnaryCall: (call, callback) => {
    const trailers = echo(call);
    const failure = asked(call.request);
    if (failure) callback({ ...failure, metadata: trailers });
    else callback(null, { payload: zeros(call.request.response_size) }, trailers);
  },
  StreamingOutputCall: async call => {
    const trailers = echo(call);
    await answer(call, call.request);
    call.end(trailers);
  },
  StreamingInputCall: (call, callback) => {
    const trailers = echo(call);
    let sum = 0;
    call.on('data', request => { sum += request.payload ? request.payload.body.length : 0; });
    call.on('end', () => callback(null, { aggregated_payload_size: sum }, trailers));
  },
  FullDuplexCall: call => {
    const trailers = echo(call);
    let work = Promise.resolve();
    call.on('data', request => {
      const failure = asked(request);
      if (failure) call.emit('error', { ...failure, metadata: trailers });
      else work = work.then(() => answer(call, request));
    });
    call.on('end', () => work.then(() => call.end(trailers)));
  },
};

const server = new grpc.Server();
server.addService(testing.TestService.service, service);
server.bindAsync(`127.0.0.1:${option('port', '0')}`, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
