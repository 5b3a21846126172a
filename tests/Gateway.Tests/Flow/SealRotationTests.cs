using System.Text.Json.Nodes;
using Gateway.Hosting;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>A State retires its seals while something that bears them is under way. What was sealed in their time arrives; what is dated later does not.</summary>
public sealed class SealRotationTests
{
    [Fact]
    public async Task What_is_dated_after_the_retirement_of_its_seal_is_refused()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var chains = await states.Settled(sent.CaseId, 3);
        using var retired = SealOf(states.Asking, "XA-CP");
        await states.Asking.Stop();
        await Retire(states, states.Asking, states.Asked, "XA-CP");
        states.Asking.Clock.Offset += CardMarks.Tolerance + TimeSpan.FromMinutes(1);
        await states.Asking.Start();

        var reply = await Courier.Deliver(states, (await Courier.For(states)).With(seal: retired).Make());
        Assert.Equal("T210", reply.Rejection.Code);
        var now = states.Asking.Clock.GetUtcNow();
        await Refused.By(() => Push(states, sent.CaseId, After(chains["XA"][^1], now), retired, now), "T210");
        // The time inside and the one of the signature must both be of then.
        await Refused.By(() => Push(states, sent.CaseId, After(chains["XA"][^1], chains["XA"][^1].Time), retired, now), "T210");
        await Refused.By(() => Push(states, sent.CaseId, After(chains["XA"][^1], now), retired, chains["XA"][^1].Time), "T210");
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => Chains.Head(s, sent.CaseId, "XA")).Seq);
    }

    [Fact]
    public async Task A_message_queued_before_its_seal_and_stamp_were_retired_arrives()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var sent = await states.SendPreserve();
        await states.Asking.Stop();
        await states.Asked.Start();
        await Retire(states, states.Asking, states.Asked, "XA-CP");
        states.Asking.Clock.Offset += TimeSpan.FromHours(1);
        await states.Asking.Start();

        var chains = await states.Settled(sent.CaseId, 3);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        var opened = await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, Purpose = "reading" });
        Assert.All(opened.Marks, m => Assert.Equal("PASSED", m.Verdict));
    }

    [Fact]
    public async Task A_receipt_that_was_not_pushed_when_its_seal_was_retired_arrives_and_the_chain_goes_on_under_the_new_one()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asking.Stop();
        await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, Purpose = "reading" });
        await states.Asked.Stop();
        await states.Asking.Start();
        await Retire(states, states.Asked, states.Asking, "XB-CA");
        states.Asked.Clock.Offset += TimeSpan.FromHours(1);
        await states.Asked.Start();

        var chains = await states.Settled(sent.CaseId, 4);
        Assert.Equal(ReceiptEvent.ContentAccessTracking, chains["XB"][2].Event);
        await Eventually.Holds(() => states.Asked.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => states.Asked.Get<LedgerGate>().Why);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(sent.CaseId, 7);
    }

    [Fact]
    public async Task A_seal_counts_in_the_time_of_its_cards_and_never_under_a_card_key_that_was_given_up()
    {
        await using var state = await TestState.Initialised();
        var first = state.IssueCard(null);
        var seal = Assert.Single(first.Card.Find("XA-CP")!.Seal).Sha256;
        state.Clock.Offset += TimeSpan.FromDays(1);
        NewSeal(state, "XA-CP");
        var second = state.IssueCard(first);
        state.Clock.Offset += TimeSpan.FromDays(1);
        var third = state.IssueCard(second);

        var retired = RetiredMarks.Of(third, [second, first]);
        var end = second.Card.Issued;
        Assert.True(retired.Covers("XA-CP", seal, stamp: false, end));
        Assert.True(retired.Covers("XA-CP", seal, stamp: false, end + CardMarks.Tolerance));
        Assert.False(retired.Covers("XA-CP", seal, stamp: false, end + CardMarks.Tolerance + TimeSpan.FromSeconds(1)));
        Assert.False(retired.Covers("XA-CP", seal, stamp: true, end));
        Assert.False(retired.Covers("XA-CA", seal, stamp: false, end));
        Assert.False(RetiredMarks.Of(second, []).Covers("XA-CP", seal, stamp: false, end));

        var lost = state.IssueCard(null, cardKey: state.Pki.SelfSigned("Other card of XA", TestPki.Sign, isAuthority: false));
        Assert.False(RetiredMarks.Of(third, [lost]).Covers("XA-CP", seal, stamp: false, end));
        Assert.False(RetiredMarks.Of(lost with { Card = lost.Card with { Version = 4 } }, [first, second, third]).Covers("XA-CP", seal, stamp: false, end));
    }

    // The gateway is stopped; the other one takes the new card before anything that was sealed before arrives.
    private static async Task Retire(TwoStates states, TestState state, TestState peer, string authority)
    {
        states.Asked.Clock.Offset += TimeSpan.FromSeconds(2);
        NewSeal(state, authority);
        var card = (await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles())).Value;
        await peer.ExchangeClient(state.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });
        Assert.Equal(2, peer.Get<PeerDirectory>().ByState(state.State)!.Card.Card.Version);
    }

    internal static void NewSeal(TestState state, string authority) => state.Configure(json =>
    {
        var entry = json["Keys"]!["Authorities"]!.AsArray().Single(a => (string?)a!["Id"] == authority)!;
        foreach (var mark in new[] { "Seal", "Stamp" })
        {
            var fresh = state.Pki.Issue($"next {mark} of {authority}", TestPki.Sign);
            entry[mark] = new JsonObject
            {
                ["Certificate"] = state.Write($"next-{mark}.crt", fresh.CertificatePem),
                ["Key"] = state.Write($"next-{mark}.key", fresh.KeyPem),
            };
        }
    });

    private static Signer SealOf(TestState state, string authority)
        => Signer.FromPem(File.ReadAllText(Path.Combine(state.Folder, $"{authority}-seal.crt")), File.ReadAllText(Path.Combine(state.Folder, $"{authority}-seal.key")));

    private static Receipt After(Receipt last, DateTimeOffset time) => last with
    {
        Event = ReceiptEvent.RelayFailure,
        Seq = last.Seq + 1,
        Previous = Digest.Of("another"u8),
        Reasons = ["T605"],
        Time = new DateTimeOffset(time.UtcTicks / 10_000 * 10_000, TimeSpan.Zero),
        Nonce = Ids.New(),
    };

    private static async Task Push(TwoStates states, string caseId, Receipt receipt, Signer seal, DateTimeOffset signed)
        => await states.Asked.ExchangeClient(states.Asking.Tls).PushReceiptsAsync(new PushReceiptsRequest
        {
            CaseId = caseId,
            FirstReceipt = (ulong)receipt.Seq,
            Receipts = { ByteString.CopyFrom(SignedDocument.Sign(receipt.Write(), seal, signed)) },
        });
}
