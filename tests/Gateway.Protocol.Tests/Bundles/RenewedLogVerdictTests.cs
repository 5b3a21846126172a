using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Verification;
using Gateway.Verifier.Tests;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>
/// A key of a log was stolen, and its State began another one behind the last good checkpoint: its cards say so (docs/decisions/0029). What a thief wrote behind that checkpoint carries nothing,
/// for either judge.
/// </summary>
[Trait("Category", "Interop")]
public sealed class RenewedLogVerdictTests : IDisposable
{
    private const string Reason = "a key of the log was stolen";

    private static readonly LogName s_ended = new("XA", 2026);
    private static readonly LogName s_begun = new("XA", 2026, 2);

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-renewed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task A_log_that_a_card_announces_is_told_apart_from_one_that_was_begun_after_a_loss()
    {
        var bundle = await Both(last => LogRenewal.Of(s_begun, last, Reason).Value);
        var report = Judge(bundle);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Heavy()));
        var found = Assert.Single(report.Findings, f => f.Code == FindingCode.LogBegunAnew).Text;
        Assert.Contains($"as card 2 of XA says (\"{Reason}\")", found, StringComparison.Ordinal);
        var (code, output) = Run(bundle);
        Assert.True(code == 0 && output.Contains("as card 2 of XA says: a key of the log was stolen", StringComparison.Ordinal), output);

        // Without the card, and with one that speaks of another log, it may have been a loss.
        foreach (var other in (byte[][])[await Both(_ => null), await Both(_ => LogRenewal.Of(new LogName("XA", 2025, 2), SampleLog.EndedAt(new LogName("XA", 2025), 9)!.Value.Item2, Reason).Value)])
            Assert.Contains("began when it could not go on", Assert.Single(Judge(other).Findings, f => f.Code == FindingCode.LogBegunAnew).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_trusts_one_log_by_a_policy_is_told_of_the_announcement()
    {
        var policy = TlogPolicy.Compose([Asking.LogOf(s_ended).Key], [new PolicyWitness("XC", SampleCase.Shared.Witness.Cosigner.Key)], 1);
        var report = BundleCheck.Run(new MemoryStream(await Both(last => LogRenewal.Of(s_begun, last, Reason).Value)), Anchors, policies: [policy]);
        Assert.Contains($"card 2 of XA says that it was begun on purpose (\"{Reason}\")", Assert.Single(report.Findings, f => f.Code == FindingCode.LogNotNamed).Text, StringComparison.Ordinal);
    }

    // The log of the sample has 37 leaves of other cases before those of this one.
    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(-1)]
    public async Task What_stands_behind_the_last_good_checkpoint_carries_nothing(long end)
    {
        var size = Checkpoint.Read(SignedNote.Read(BundleFiles.Of(await Good)[BundleLayout.Checkpoint("XA")]).Value.Text).Value.Size;
        var bundle = await Announced(await Good, Says(2, end < 0 ? size + end : end));
        await Broken(bundle, $"says that gateway-log/XA/2026 ended with {(end < 0 ? size + end : end)} leaves");
        // What carries nothing proves nothing: no receipt counts as logged.
        Assert.Equal(0, Assert.Single(Judge(bundle).Logs).Proved);
    }

    [Fact]
    public async Task A_checkpoint_of_the_same_size_with_another_root_carries_nothing()
    {
        var size = Checkpoint.Read(SignedNote.Read(BundleFiles.Of(await Good)[BundleLayout.Checkpoint("XA")]).Value.Text).Value.Size;
        await Broken(await Announced(await Good, Says(2, size)), "that checkpoint has another root");
    }

    // A thief may have begun the log of the next name at witnesses; its State passed that one over.
    [Fact]
    public async Task A_log_that_the_card_passes_over_carries_nothing()
        => await Broken(await Both(last => LogRenewal.Of(new LogName("XA", 2026, 3), last, Reason).Value), "says that gateway-log/XA/2026-3 follows gateway-log/XA/2026");

    // Under the announced name, and behind another end than the card names: somebody had begun it first.
    [Fact]
    public async Task A_log_of_the_announced_name_that_begins_elsewhere_is_not_the_one_that_was_announced()
    {
        var other = SampleLog.EndedAt(s_ended, 500)!.Value.Item2;
        var bundle = await Both(_ => LogRenewal.Of(s_begun, other, Reason).Value);
        var report = Judge(bundle);
        Assert.True(report.Verdict == Verdict.CONSISTENT, string.Join('\n', report.Heavy()));
        Assert.Contains("was begun behind 500 leaves of gateway-log/XA/2026", Assert.Single(report.Findings, f => f.Code == FindingCode.LogBeginningNotShown).Text, StringComparison.Ordinal);
        var (code, output) = Run(bundle);
        Assert.True(code == 3 && output.Contains("was begun behind 500 leaves of gateway-log/XA/2026", StringComparison.Ordinal), output);
    }

    // Every later card says the last renewal again; what one says of an earlier log stays said.
    [Fact]
    public async Task An_earlier_card_speaks_of_an_earlier_log()
    {
        var again = LogRenewal.Of(new LogName("XA", 2026, 9), SampleLog.EndedAt(new LogName("XA", 2026, 8), 4)!.Value.Item2, "another one").Value;
        await Broken(await Announced(await Good, Says(2, 5), Asking.Renewed(again, 3)), "card 2 of XA says that gateway-log/XA/2026 ended with 5 leaves");
        // The newest word on one log counts.
        await Broken(await Announced(await Good, Says(2, 500), Says(3, 5)), "card 3 of XA");
        Assert.Equal(Verdict.VALID, Judge(await Announced(await Good, Says(2, 5), Says(3, 500))).Verdict);
    }

    // Who stole a card key could end a log where he liked.
    [Fact]
    public async Task A_card_under_a_former_card_key_ends_no_log()
    {
        var key = Asking.Another("Card");
        var bundle = await Announced(await Good, Says(2, 5), Asking.Renewed(null, 3, key));
        var anchors = Anchors.Append(new TrustAnchor(SignedCard.Open(Asking.Renewed(null, 3, key).Der).Value.CardKey, "XA", "the new key")).ToList();
        var report = Judge(bundle, anchors);
        Assert.False(report.Has(FindingCode.LogPastEnd), string.Join('\n', report.Heavy()));
        Assert.Equal(Verdict.VALID, report.Verdict);
        var (code, output) = Run(bundle, $"XA={anchors[^1].CardKey}");
        Assert.True(code == 0, output);
    }

    // Who exports chooses which cards are here; the one that says so may be in the hand of who verifies.
    [Fact]
    public async Task A_card_that_the_verifier_brought_ends_a_log()
    {
        var report = Judge(await Good, [.. Anchors.Where(a => a.State != "XA"), .. TrustAnchor.Read(Says(7, 5).Der, "a card that was brought").Value]);
        Assert.True(report.Verdict == Verdict.BROKEN && report.Has(FindingCode.LogPastEnd), string.Join('\n', report.Heavy()));
    }

    /// <summary>A card of XA that ends its log of 2026 with so many leaves.</summary>
    internal static SignedCard Says(long version, long leaves) => Asking.Renewed(LogRenewal.Of(s_begun, SampleLog.EndedAt(s_ended, leaves)!.Value.Item2, Reason).Value, version);

    /// <summary>The bundle with further cards of XA in it.</summary>
    internal static Task<byte[]> Announced(byte[] bundle, params SignedCard[] cards)
    {
        var files = BundleFiles.Of(bundle);
        foreach (var card in cards)
            files[BundleLayout.Card("XA", card.Card.Version)] = card.Der.ToArray();
        var made = TrustPem.Of([.. files.In("trust/XA/").Where(n => n.EndsWith(".cms", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => (SignedCard.Open(files[n]).Value, SignedDocument.Open(files[n]).Value.Signer))]);
        foreach (var pem in made)
            files[BundleLayout.Pem("XA", pem.File)] = pem.Content;
        return Task.FromResult(files.Reseal(Asking.Seal, contents: false).Pack());
    }

    // Half of the receipts in the log that ended, the others in the one that follows it; its first leaf names the end of the former.
    private static async Task<byte[]> Both(Func<ReadOnlyMemory<byte>, LogRenewal?> says)
    {
        ReadOnlyMemory<byte> last = default;
        var bundle = await SampleLog.Turned((s_begun, (note, _) =>
        {
            var end = LogVerdictTests.Ended(note);
            last = end!.Value.Shown;
            return end;
        }));
        return await Announced(bundle, Asking.Renewed(says(last)));
    }

    private async Task Broken(byte[] bundle, string words)
    {
        var report = Judge(bundle);
        Assert.True(report.Verdict == Verdict.BROKEN && report.Findings.Any(f => f.Code == FindingCode.LogPastEnd && f.Text.Contains(words, StringComparison.Ordinal)), string.Join('\n', report.Heavy()));
        var (code, output) = Run(bundle);
        Assert.True(code == 1 && output.Contains(words, StringComparison.Ordinal), output);
        await Task.CompletedTask;
    }

    private (int Code, string Output) Run(byte[] bundle, params string[] further) => VerifySh.Run(VerifySh.Script, _folder, bundle, null, [.. VerifySh.Trust, .. further]);
}
