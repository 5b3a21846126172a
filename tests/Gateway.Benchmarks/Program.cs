using Gateway.Benchmarks.Evidence;
using Gateway.Benchmarks.Exchange;
using Gateway.Benchmarks.Harness;
using Gateway.Benchmarks.Log;
using Gateway.Benchmarks.Recognise;
using Gateway.Benchmarks.Rpc;
using Gateway.Benchmarks.Verify;

const string Usage = """
    usage: exchange [--seconds 60] [--clients 256] [--warmup 20]   two gateways, a new case per request
           evidence [--size-mb 256]                                attach, transfer, download of one file
           verify   [--receipts 100000]                            gateway-verify on one bundle, beside openssl speed
           recognise [--seconds 5]                             verdicts on foreign signatures beside openssl cms -verify
           rpc      [--seconds 10] [--clients 64]                  Gateway.Rpc beside plain HTTP/2
           log      [--seconds 5] [--leaves 10000000]              leaves beside raw inserts of the same database, proofs of a large log
    everywhere: --folder DIR for the data (default: a new one in the system's temporary folder), --keep to leave it
    Prints a table; the last line is one JSON object. Build with -c Release, and measure on an idle machine.
    """;

try
{
    var arguments = Arguments.Parse(args.Length > 0 ? args[1..] : []);
    switch (args.FirstOrDefault())
    {
        case "exchange":
            return await ExchangeBenchmark.Run(arguments);
        case "evidence":
            return await EvidenceBenchmark.Run(arguments);
        case "verify":
            return await VerifyBenchmark.Run(arguments);
        case "recognise":
            return await RecogniseBenchmark.Run(arguments);
        case "rpc":
            return await RpcBenchmark.Run(arguments);
        case "log":
            return await LogBenchmark.Run(arguments);
        case RpcServer.Verb:
            return await RpcServer.Run();
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 2;
    }
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n{Usage}");
    return 2;
}
catch (MeasurementFailedException e)
{
    await Console.Error.WriteLineAsync($"benchmark: {e.Message}");
    return 3;
}
