using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A State has taken a seal or a stamp off its card; somebody goes on using it. Every bundle here goes through verify.sh, too (BothJudgesTests).</summary>
public class RetiredMarkTests
{
    internal sealed record Case(FindingCode? Code, string Words, Func<Task<byte[]>> Bundle);

    private static readonly DateTimeOffset s_after = RequestSamples.Now.AddHours(1);

    private static SampleState Asking => SampleCase.Shared.Asking;
    private static SampleState Asked => SampleCase.Shared.Asked;

    /// <summary>By what happens in them; null: nothing that is wrong.</summary>
    internal static IReadOnlyDictionary<string, Case> Cases { get; } = new Dictionary<string, Case>
    {
        ["a list of files sealed with the seal that was retired"] = new(FindingCode.ManifestSealerUnknown, "MANIFEST.cms is not sealed by XA", () => Exported(Asking.Marked(s_after, Asking.Another("Seal")), Asking.Seal)),
        ["a list of files sealed with the new seal"] = new(null, "", () =>
        {
            var next = Asking.Another("Seal");
            return Exported(Asking.Marked(s_after, next), next);
        }),
        ["a list of files sealed within the tolerance"] = new(null, "", () => Exported(Asking.Marked(s_after.AddHours(24), Asking.Another("Seal")), Asking.Seal)),
        ["a list of files sealed with a seal that had expired"] = new(FindingCode.ManifestSealerUnknown, "MANIFEST.cms is not sealed by XA", () => Exported(null, Asking.Seal, later: TimeSpan.FromDays(400))),
        ["a list of files sealed when the card had expired"] = new(FindingCode.ManifestSealerUnknown, "MANIFEST.cms is not sealed by XA", () => Exported(Asking.Marked(SampleState.From.AddDays(1), expires: s_after.AddHours(1)), Asking.Seal)),
        ["receipts and covers dated after the card without their seal"] = new(FindingCode.SealNotValid, "was not valid then", () => Late(Asked.Marked(s_after, Asked.Another("Seal")))),
        ["receipts and covers dated before the card without their seal"] = new(null, "", () => Late(Asked.Marked(s_after.AddHours(2), Asked.Another("Seal")))),
        ["receipts dated after a card of the same day that names their seal again"] = new(null, "", () => Late(Asked.Marked(s_after, Asked.Another("Seal")), Asked.Marked(s_after, version: 3))),
        ["receipts dated after the second of two cards of one time"] = new(FindingCode.SealNotValid, "was not valid then", () => Late(Asked.Marked(s_after, version: 2), Asked.Marked(s_after, Asked.Another("Seal"), version: 3))),
        ["a stamp dated after the card without it"] = new(FindingCode.SealNotValid, "the stamp", () => Told(new SampleCase(), Asking.Marked(RequestSamples.Now.AddHours(-1), stamp: Asking.Another("Stamp")))),
        ["a stamp dated before the card without it"] = new(null, "", () => Told(new SampleCase(), Asking.Marked(s_after, stamp: Asking.Another("Stamp")))),
        ["a custody event that a gateway sealed after the card without its seal"] = new(FindingCode.SealNotValid, "is signed by nobody in the cards", () => Told(Received(), Asked.Marked(s_after, contactSeal: Asked.Another("Seal")))),
        ["signatures of persons after the card without who issued their certificates"] = new(FindingCode.SignerNotValid, "the signature on the part act", () => Late(Asked.Marked(s_after, persons: Certificate.Read(Asking.Card.Card.PersonAuthorities[0].Der).Value))),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_mark_counts_until_the_first_card_that_no_longer_names_it(string name)
    {
        var report = Judge(await Cases[name].Bundle());
        if (Cases[name].Code is { } code)
            Assert.True(report.Verdict == Verdict.BROKEN && report.Has(code), string.Join('\n', report.Findings));
        else
            Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Heavy()));
    }

    // Who exports chooses which of the cards of the other State are here; the person who verifies may hold a later one.
    [Fact]
    public async Task A_later_card_that_the_verifier_brought_ends_the_seals_that_it_does_not_name()
    {
        var bundle = await Late();
        var ended = Asked.Marked(s_after, Asked.Another("Seal"), version: 7);
        var anchors = Anchors.Where(a => a.State != "XB").ToList();
        Assert.Equal(Verdict.VALID, Judge(bundle, [.. anchors, .. Read(Asked.Card)]).Verdict);
        var report = Judge(bundle, [.. anchors, .. Read(ended)]);
        Assert.True(report.Verdict == Verdict.BROKEN && report.Has(FindingCode.SealNotValid), string.Join('\n', report.Findings));
        // What the later card names is no seal here for that.
        Assert.Equal(Verdict.VALID, Judge(bundle, [.. anchors, .. Read(Asked.Marked(s_after, version: 7))]).Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_later_card_that_the_verifier_brought_ends_the_keys_of_a_log_and_of_a_witness_that_it_does_not_name(bool witness)
    {
        var state = witness ? Asked : Asking;
        var bundle = await LogGrowthTests.Grown();
        var anchors = Anchors.Where(a => a.State != state.Code).ToList();
        var named = state.Marked(RequestSamples.Now.AddHours(-3), version: 7);
        Assert.Equal(Verdict.VALID, Judge(bundle, [.. anchors, .. Read(named)]).Verdict);
        var log = named.Card.Log!;
        var dropped = named.Card with { Log = witness ? log with { Cosigners = [SampleCase.Shared.Witness.Log.PublicKey] } : log with { Keys = [SampleCase.Shared.Witness.Log.PublicKey], Certificates = [SampleCase.Shared.Witness.LogCertificate.Certificate] } };
        var report = Judge(bundle, [.. anchors, .. Read(SignedCard.Open(SignedDocument.Sign(dropped.Write(), state.CardKey, dropped.Issued)).Value)]);
        Assert.True(report.Verdict == Verdict.BROKEN == !witness && report.Has(witness ? FindingCode.CosignatureNotCounted : FindingCode.LogKeyNotInForce), string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task A_card_under_a_new_card_key_ends_what_it_does_not_name()
    {
        var key = Asked.Another("Card");
        foreach (var (card, expected) in ((SignedCard, Verdict)[])[(Asked.Marked(s_after, Asked.Another("Seal"), cardKey: key), Verdict.BROKEN), (Asked.Marked(s_after, cardKey: key), Verdict.VALID)])
        {
            var report = Judge(await Late(card), [.. Anchors, new TrustAnchor(card.CardKey, "XB", "the new key of XB")]);
            Assert.True(report.Verdict == expected, string.Join('\n', report.Findings));
        }
    }

    private static IReadOnlyList<TrustAnchor> Read(SignedCard card) => TrustAnchor.Read(card.Der, "a card that was brought").Value;

    private static async Task<byte[]> Exported(SignedCard? card, Signer seal, TimeSpan? later = null)
    {
        var story = new SampleCase { ExportedAfter = later ?? TimeSpan.FromHours(25) };
        return BundleFiles.Of(await Told(story, card is null ? [] : [card])).Reseal(seal).Pack();
    }

    // The last acts follow two hours behind the others.
    private static Task<byte[]> Late(params SignedCard[] cards) => Told(new SampleCase { Before = kind => kind == ActKind.EXECUTED ? TimeSpan.FromHours(2) : TimeSpan.Zero }, cards);

    // The contact point's gateway records what comes two hours behind the rest; everything else of that time bears the seal of the central authority.
    private static SampleCase Received() => new()
    {
        Before = kind => kind == ActKind.IN_EXECUTION ? TimeSpan.FromHours(2) : TimeSpan.Zero,
        Custody = [new(CustodyKind.RECEIVED) { By = new(CustodyEvent.Gateway, "XB-CP"), Signer = c => c.Asked.ContactSeal }],
    };

    private static Task<byte[]> Told(SampleCase story, params SignedCard[] cards) => story.Write(s => s with { Cards = [.. s.Cards, .. cards] });
}
