using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Exchange;
using Gateway.Benchmarks.Harness;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Benchmarks.Cases;

/// <summary>
/// One case that grows: what the next message costs when so many came before it, in the time of its submission and in the CPU time of both gateways until the message was delivered and
/// both legal clocks had looked.
/// </summary>
internal static class LengthBenchmark
{
    private const int Window = 100;
    private static readonly int[] Lengths = [0, 200, 1000, 2000, 5000];
    private static readonly TimeSpan Clocks = TimeSpan.FromSeconds(3);

    public static async Task<int> Run(Arguments arguments)
    {
        var most = arguments.Number("messages", Lengths[^1]);
        using var workspace = new Workspace(arguments);
        await using var gateways = await TwoGateways.Start(workspace);
        using var signer = gateways.Asking.Person("lawyer").Signer();
        using var source = new RequestSource("lawyer", gateways.Asking.Person("lawyer").Signer());
        var sent = await gateways.Asking.Client("case-system").SubmitAsync(source.Next());
        var client = gateways.Asking.Client("lawyer");
        var report = new Report("length");
        var count = 0;
        // The first ones are slow whatever the case: code is compiled.
        await Send(Window);
        foreach (var length in Lengths.Where(length => length <= most))
        {
            Report.Step($"until {length} messages");
            await Send(length - count);
            await Settled();
            var before = Cpu();
            var times = await Send(Window);
            await Settled();
            var cpu = (Cpu() - before) * 1000 / Window;
            report.Row($"message after {count - Window}: submission", times.Order().ElementAt(times.Count / 2), "ms", $"submitMsAfter{length}", "median of 100");
            report.Row($"message after {count - Window}: CPU of both gateways", cpu, "ms", $"cpuMsAfter{length}");
        }
        report.Print();
        return 0;

        double Cpu() => new[] { gateways.Asking, gateways.Asked }.Sum(gateway => ProcessFigures.Of(gateway.ProcessId).CpuSeconds);

        async Task<List<double>> Send(int messages)
        {
            var times = new List<double>();
            for (var i = 0; i < messages; i++, count++)
            {
                var fields = new JsonObject { ["case"] = sent.CaseId, ["kind"] = nameof(ActKind.REMINDER), ["text"] = "Please tell us how it stands." };
                var started = Stopwatch.GetTimestamp();
                var composed = await client.ComposeAsync(new ComposeRequest { Type = Act.Type, FieldsJson = fields.ToJsonString() });
                if (composed.Problems.Count > 0)
                    throw new MeasurementFailedException(string.Join("; ", composed.Problems.Select(p => p.Detail)));
                var signed = SignedDocument.Sign(composed.Document.Span, signer, TimeProvider.System.GetUtcNow());
                await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() });
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            return times;
        }

        async Task Settled()
        {
            while ((await client.StatusAsync(new StatusRequest())).Outbox > 0)
                await Task.Delay(100);
            await Task.Delay(Clocks);
        }
    }
}
