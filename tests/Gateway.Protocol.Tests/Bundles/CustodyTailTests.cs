using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>The end of a chain of custody is the word of who exports, as far as the other side does not hold it: that is said, with its number.</summary>
public class CustodyTailTests
{
    [Fact]
    public async Task The_last_events_cannot_be_left_out_without_another_number_in_the_report()
    {
        var files = BundleFiles.Of(await new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED)] }.Write());
        Assert.Contains("event 2 is its last", Tail(Judge(files.Pack())), StringComparison.Ordinal);

        // Whoever seals the files restates where the chain ends.
        files.Remove(files.In("documents/").Single(name => Text(files[name]).Contains("\"event\":\"MOVED\"", StringComparison.Ordinal)));
        var stored = files.In("documents/").Single(name => Text(files[name]).Contains("\"event\":\"STORED\"", StringComparison.Ordinal));
        var old = CaseFile.Read(files["case.json"]).Value;
        files["case.json"] = (old with { Custody = [old.Custody[0] with { Events = 1, Head = Digest.Of(files[stored]) }] }).Write();
        var report = Judge(files.Reseal(SampleCase.Shared.Asking.Seal).Pack());
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
        Assert.Contains("event 1 is its last", Tail(report), StringComparison.Ordinal);
        Assert.Contains(report.NotProved, text => text.Contains("custody events", StringComparison.Ordinal) && text.Contains("verdicts", StringComparison.Ordinal));
    }

    private static string Tail(BundleReport report) => Assert.Single(report.Findings, f => f.Code == FindingCode.CustodyTailUnconfirmed).Text;

    private static string Text(byte[] der) => Encoding.UTF8.GetString(SignedDocument.Open(der).Value.Content.Span);
}
