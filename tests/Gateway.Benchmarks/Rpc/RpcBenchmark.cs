using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Rpc;

/// <summary>Gateway.Rpc between two processes over loopback TLS, beside the same payloads as plain HTTP/2 requests over the same two libraries below it.</summary>
internal static class RpcBenchmark
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(2);

    public static async Task<int> Run(Arguments arguments)
    {
        var time = TimeSpan.FromSeconds(arguments.Number("seconds", 10));
        var clients = arguments.Number("clients", 64);
        using var server = await RpcServer.Start();
        using var client = new RpcClient(server);
        var unary = await Measured("unary calls", t => client.GrpcUnary(clients, t), time);
        var plainUnary = await Measured("plain HTTP/2 requests", t => client.PlainUnary(clients, t), time);
        var stream = await Measured("a gRPC stream", client.GrpcStream, time);
        var cpu = client.CpuOfMegabyte;
        var plainStream = await Measured("a plain HTTP/2 body", client.PlainStream, time);
        var plainCpu = client.CpuOfMegabyte;

        var report = new Report("rpc");
        report.Row("unary calls, 1 KiB echoed", unary, "/s", "unary_per_second", $"{clients} at a time, one connection");
        report.Row("the same as plain HTTP/2", plainUnary, "/s", "plain_unary_per_second", "HttpClient and Kestrel");
        report.Row("share", 100 * unary / plainUnary, "%", "unary_percent_of_plain");
        report.Row("stream of 1 MiB messages", stream / 1e6, "MB/s", "stream_mb_per_second", "one stream");
        report.Row("the same as one plain body", plainStream / 1e6, "MB/s", "plain_stream_mb_per_second");
        report.Row("share", 100 * stream / plainStream, "%", "stream_percent_of_plain");
        report.Row("CPU time of a MB of the stream", cpu, "ms", "stream_cpu_ms_per_mb", "both processes; steadier than the rate where other work runs");
        report.Row("CPU time of a MB of the plain body", plainCpu, "ms", "plain_stream_cpu_ms_per_mb");
        report.Figure("seconds", time.TotalSeconds);
        report.Figure("clients", clients);
        report.Print();
        return 0;
    }

    /// <summary>Bytes per second of a gRPC stream with which nothing is done, in a server process of its own.</summary>
    public static async Task<double> EmptyStream(TimeSpan time)
    {
        using var server = await RpcServer.Start();
        using var client = new RpcClient(server);
        return await Measured("an empty gRPC stream", client.GrpcStream, time);
    }

    private static async Task<double> Measured(string what, Func<TimeSpan, Task<double>> measure, TimeSpan time)
    {
        Report.Step($"{what}, {time.TotalSeconds:0} s");
        await measure(Warmup);
        return await measure(time);
    }
}
