using System.Text.Json.Nodes;
using Gateway.Hosting;
using Gateway.Integrity;
using Gateway.Peers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>Cards that were issued after the backup: without them nobody can verify what is signed next.</summary>
public sealed class LostCardTests
{
    [Fact]
    public async Task Cards_issued_after_the_backup_come_back_from_the_peer_own_ones_and_its_own()
    {
        await using var states = await TwoStates.Start();
        var (asking, asked) = (states.Asking, states.Asked);
        using var recipient = RestoreTests.Recipient(asking);
        await states.Settled((await states.SendPreserve()).CaseId, 3);
        var file = Path.Combine(asking.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", asking.ConfigurationFile, "--out", file)).Code);
        // After it both renew their seals twice; what is sealed in between is sealed with keys that the backup does not know.
        for (var version = 2; version <= 3; version++)
        {
            foreach (var (state, authority) in new[] { (asking, "XA-CP"), (asked, "XB-CA") })
                await Renew(states, state, authority, version);
            await Eventually.Holds(() => InForce(asking, "XB") == version && InForce(asked, "XA") == version);
            await Eventually.Holds(() => asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN && asked.Get<LedgerGate>().Standing == LedgerStanding.OPEN);
            await states.Settled((await states.SendPreserve()).CaseId, 3);
        }
        await RestoreTests.Gone(asking);
        Assert.Equal(0, (await RestoreTests.Restore(asking, file)).Code);
        // Before the peers were asked nobody knows which version the next card would have.
        var refused = await new InstallKeys(asking.Configuration(), asking.Clock).Run(asking.CardKeyFiles());
        Assert.Equal(RefusalCode.StateConflict, refused.Refusal?.Code);
        Assert.Contains("--card-version", refused.Refusal!.Detail, StringComparison.Ordinal);

        await asking.Start();
        await Eventually.Holds(() => asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => asking.Get<LedgerGate>().Why);
        await Eventually.Holds(() => InForce(asking, "XB") == 3);
        Assert.Equal([1L, 2L, 3L], Versions(asking, "XA"));
        Assert.Equal([1L, 2L, 3L], Versions(asking, "XB"));
        Assert.Equal(Ders(asked, "XA"), Ders(asking, "XA"));
        await states.Settled((await states.SendPreserve()).CaseId, 3);
        await Eventually.Holds(() => CheckLedger.Run(asking.DataFolder, chunks: true).Good, () => string.Join('\n', CheckLedger.Run(asking.DataFolder, chunks: true).Findings));

        await asking.Stop();
        Assert.Equal(4, (await new InstallKeys(asking.Configuration(), asking.Clock).Run(asking.CardKeyFiles())).Value.Card.Version);
    }

    [Fact]
    public async Task Nothing_is_signed_with_a_seal_that_no_card_of_ours_names()
    {
        await using var states = await TwoStates.Start();
        var asking = states.Asking;
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await asking.Stop();
        SealRotationTests.NewSeal(asking, "XA-CP");
        await asking.Start();

        await Eventually.Holds(() => asking.Get<LedgerGate>().Why.Contains("the seal of XA-CP that is configured is not in our newest card", StringComparison.Ordinal), () => asking.Get<LedgerGate>().Why);
        Assert.Contains("gateway key install", asking.Get<LedgerGate>().Why, StringComparison.Ordinal);
        await Refused.By(() => TwoStates.Submit(asking, states.DutyOfficer, "request", TwoStates.Preserve(asking.Clock), whileCompared: true), "T541");
        await asking.Stop();
        Assert.True((await new InstallKeys(asking.Configuration(), asking.Clock).Run(asking.CardKeyFiles())).Succeeded);
        await asking.Start();
        await Eventually.Holds(() => asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => asking.Get<LedgerGate>().Why);
        await Eventually.Holds(() => InForce(states.Asked, "XA") == 2);
        await states.Settled((await states.SendPreserve()).CaseId, 3);
    }

    [Fact]
    public async Task A_card_that_our_card_key_did_not_sign_or_that_is_older_is_not_taken_back()
    {
        await using var state = await TestState.Running("XA");
        var cards = state.Get<Gateway.Recovery.OwnCards>();
        var own = state.Get<PeerDirectory>().OwnCard;
        var other = state.Pki.SelfSigned("Other card of XA", TestPki.Sign, isAuthority: false);
        var forged = state.IssueCard(null, cardKey: other);
        // Of a higher version, under another key.
        forged = SignedCard.Open(SignedDocument.Sign((forged.Card with { Version = 9 }).Write(), other.Signer(), forged.Card.Issued)).Value;
        Assert.Equal(0, await cards.Take("XB", [forged.Der, own.Der, new byte[] { 1, 2, 3 }]));
        Assert.Equal(1, state.Get<PeerDirectory>().OwnCard.Card.Version);
        var next = state.IssueCard(own);
        Assert.Equal(1, await cards.Take("XB", [next.Der, forged.Der]));
        Assert.Equal(0, await cards.Take("XC", [next.Der]));
        // A card is committed with its leaf: without it the database is older than what was signed, whoever put it there.
        Assert.Equal(LedgerStanding.ROLLBACK, state.Get<LedgerGate>().Standing);
        Assert.Equal(next.Fingerprint, state.Get<PeerDirectory>().OwnCard.Fingerprint);
        Assert.Equal(2, state.Get<PeerDirectory>().OwnCard.Card.Version);
        Assert.Equal(1, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'card.returned'")));
    }

    private static async Task Renew(TwoStates states, TestState state, string authority, int version)
    {
        await state.Stop();
        states.Asked.Clock.Offset += TimeSpan.FromSeconds(2);
        SealRotationTests.NewSeal(state, authority);
        Assert.Equal(version, (await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles())).Value.Card.Version);
        await state.Start();
    }

    private static long InForce(TestState at, string of) => at.Get<PeerDirectory>().ByState(of)!.Card.Card.Version;

    private static List<long> Versions(TestState at, string of) => at.Get<Database>().Read(s => s.Query("SELECT version FROM peer_cards WHERE state = $1 ORDER BY version", r => r.GetInt64(0), of));

    private static List<byte[]> Ders(TestState at, string of) => at.Get<Database>().Read(s => s.Query("SELECT der FROM peer_cards WHERE state = $1 ORDER BY version", r => r.GetFieldValue<byte[]>(0), of));
}
