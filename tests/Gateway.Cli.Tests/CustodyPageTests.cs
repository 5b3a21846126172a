using System.Globalization;
using Gateway.Cli.Custody;
using Gateway.Cli.Output;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class CustodyPageTests
{
    private static readonly Digest s_before = Digest.Of("before"u8);
    private static readonly Digest s_after = Digest.Of("after"u8);

    [Theory]
    [InlineData("one two three", 7, "one two|  three")]
    [InlineData("one two three", 8, "one two|  three")]
    [InlineData("one", 2, "one")]
    [InlineData("a-word-that-is-too-long and more", 10, "a-word-that-is-too-long|  and more")]
    [InlineData("and a-word-that-is-too-long", 10, "and|  a-word-that-is-too-long")]
    [InlineData("   label  a-word-that-is-too-long", 10, "   label|  a-word-that-is-too-long")]
    [InlineData("", 10, "")]
    public void Lines_are_broken_at_spaces_and_words_never(string text, int width, string lines)
        => Assert.Equal(lines, string.Join('|', WrappedText.Lines(text, width, "  ")));

    [Fact]
    public async Task A_page_is_readable_in_120_columns_and_in_a_pipe_and_breaks_no_word()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 1000);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        var manifest = gateway.Service.Signed();
        CustodyLine[] lines =
        [
            Line(1, CustodyKind.COLLECTED, "snapshot taken over from the provider under the preservation order of the court of the first instance, volume 3, sheet 114"),
            Line(2, CustodyKind.RECEIVED_BY_LAB, "examination under order 2 Gs 77/26; bag 0031 unopened") with { Zone = "Europe/Paris", SealBefore = "XB-77119", SealAfter = "XB-77120" },
            Line(3, CustodyKind.ACQUIRED, "imaging") with { HashAfter = s_before },
            Line(40, CustodyKind.ATTACHED, "attached to case XA-1b6db2a2cfb73c8bbfbb6d2401aeb779") with { HashBefore = s_before, HashAfter = s_after },
            Line(41, CustodyKind.VERIFIED, "") with { HashBefore = s_after, HashAfter = s_after, Place = "" },
            Line(41, CustodyKind.DISCLOSED, "hearing") with { SignedBy = new CustodySigner("A. Clerk", "XB-CA", "A. Clerk (card 7)"), Who = "Judge B", From = "XB-LAB", To = "Court of Birk", Detail = "decision: 12/2026", Seq = 7, State = "XB", Sha256 = s_after, RecordedAt = DateTimeOffset.Parse("2026-02-12T08:00:00Z", CultureInfo.InvariantCulture) },
            Line(41, CustodyKind.CORRECTION, "the seal") with { Corrects = s_after },
            Line(41, CustodyKind.SENT, "") with { SignedBy = new CustodySigner("gateway", "XB-CA", "XB-CA seal") },
            .. Enumerable.Range(42, 6).Select(day => Line(day, CustodyKind.ACCESSED, "analysis")),
        ];
        var table = CustodyTable.Of("EX-1", lines);
        var page = CustodyPage.Of(manifest, table).ToList();
        Assert.All(page, line => Assert.InRange(line.Length, 0, 120));
        Assert.All(Enumerable.Range(1, lines.Length), number => Assert.Contains(page, line => line.StartsWith($"{number}".PadLeft(2) + "  2026-", StringComparison.Ordinal)));
        Assert.Contains(page, line => line.Contains(" +01:00 Europe/Paris  RECEIVED_BY_LAB", StringComparison.Ordinal));
        // ATTACHED says nothing of the object: that nobody says where it was is told where the table ends.
        var unexplained = table.Remarks.First(remark => remark.Flag == CustodyFlag.Unexplained);
        Assert.Contains(page, line => line.StartsWith($"line {unexplained.Line + 1}: Unexplained: ", StringComparison.Ordinal));
        Assert.Contains($"    SHA-256 before  {s_before}", page);
        Assert.Contains($"    SHA-256 after   {s_after}", page);
        Assert.Contains($"    SHA-256 same    {s_after}", page);
        Assert.Contains("    physical seal   XB-77119 → XB-77120", page);
        // Who is said to have done it, and who says so; what explains it.
        Assert.Contains("    who             Judge B, XB-LAB", page);
        Assert.Contains("    signed by       A. Clerk, XB-CA (certificate: A. Clerk (card 7))", page);
        Assert.Contains("    signed by       the gateway of XB-CA, by its seal (certificate: XB-CA seal)", page);
        Assert.Contains("    hands           XB-LAB → Court of Birk", page);
        Assert.Contains("    details         decision: 12/2026", page);
        Assert.Contains("    recorded        event 7 of XB, signed 2026-02-12 09:00:00 +01:00", page);
        Assert.Contains("    corrects        line 6, DISCLOSED", page);
        Assert.Contains("FORENSIC_IMAGE, root exhibit XB-EX-2026-031", page);
        var derived = manifest with { ParentItem = new string('b', 32), Derivation = Derivation.EXTRACT };
        Assert.Contains($"EXTRACT of exhibit EX-7, item {derived.ParentItem}, root exhibit XB-EX-2026-031", CustodyPage.Of(derived, table, null, "EX-7"));
        Assert.Contains($"EXTRACT of item {derived.ParentItem}, which is not here, root exhibit XB-EX-2026-031", CustodyPage.Of(derived, table));
        // Nothing is lost where a line ends: the words are those that were said, in their order.
        Assert.Contains("snapshot taken over from the provider under the preservation order of the court of the first instance, volume 3, sheet 114",
            string.Join(' ', page.Select(line => line.Trim())), StringComparison.Ordinal);

        // The same in a pipe.
        var said = await gateway.RunAsync("evidence", "custody", manifest.ItemId);
        Assert.True(said.Exit == 0, said.Error);
        Assert.All(said.Output.Split('\n'), line => Assert.InRange(line.TrimEnd('\r').Length, 0, 120));
        Assert.Contains("  signed by       ", said.Output, StringComparison.Ordinal);
        Assert.Contains("  ATTACHED (attached to the case)", said.Output, StringComparison.Ordinal);
        Assert.Contains("  ATTACHED (joint au dossier)", (await gateway.RunAsync("evidence", "custody", manifest.ItemId, "--lang", "fr")).Output, StringComparison.Ordinal);
        Assert.Contains($"SHA-256 after   {manifest.Sha256}", said.Output, StringComparison.Ordinal);
        // The same for programs, and of an item that was derived from another.
        gateway.Service.ParentExhibit = "EX-7";
        using var json = System.Text.Json.JsonDocument.Parse((await gateway.RunAsync("evidence", "custody", manifest.ItemId, "--json")).Output);
        Assert.Equal(["XB-EX-2026-031", "FORENSIC_IMAGE", null, "EX-7"], ((string[])["rootExhibit", "derivation", "parentItem", "parentExhibit"]).Select(name => json.RootElement.GetProperty(name).GetString()));
        gateway.Service.Derived = new Gateway.V1.ItemView { Exhibit = "EX-8", Derivation = "EXTRACT", ParentItem = new string('b', 32), ParentExhibit = "EX-7", RootExhibit = "EX-0" };
        var status = (await gateway.RunAsync("evidence", "status", manifest.ItemId)).Output;
        Assert.Contains($"EXTRACT of EX-7, item {new string('b', 32)}", status, StringComparison.Ordinal);
        Assert.Contains("EX-0", status, StringComparison.Ordinal);
        var list = (await gateway.RunAsync("evidence", "list")).Output;
        Assert.All((string[])["derived from", "root exhibit", "EX-7", "EX-8", "EX-0"], text => Assert.Contains(text, list, StringComparison.Ordinal));
    }

    private static CustodyLine Line(int day, CustodyKind kind, string reason)
        => new(DateTimeOffset.Parse("2026-01-01T15:30:00+01:00", CultureInfo.InvariantCulture).AddDays(day), kind, "State Forensic Laboratory, Birk, XB", "Kim Sample", "XB-LAB", reason);
}
