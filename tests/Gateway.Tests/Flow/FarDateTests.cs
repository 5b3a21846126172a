using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Days that a peer writes and that have not come, or that its own keys deny: refused when they arrive, for what is kept is judged by everybody, for ever.</summary>
public class FarDateTests
{
    [Theory]
    [InlineData(-3650, "T211")]
    [InlineData(400, "V045")]
    [InlineData(40, null)]
    public async Task A_cover_is_dated_when_its_seal_was_valid_and_not_ahead(double days, string? code)
    {
        await using var states = await TwoStates.Start();
        var courier = (await Courier.For(states)).With(bend: c => c with { Created = c.Created.AddDays(days) });
        Assert.Equal(code, (await Courier.Deliver(states, courier.Make())).Rejection?.Code);
    }

    [Theory]
    [InlineData(400, false, RefusalCode.ClockSkew)]
    [InlineData(400, true, null)]
    [InlineData(40, false, null)]
    public async Task A_receipt_is_not_dated_a_year_ahead(double days, bool held, RefusalCode? code)
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var heads = states.Asked.Get<Database>().Read(s => Chains.Heads(s, sent.CaseId, "XB", "XA"));
        // A clock that stood repeats the time of the receipt before, which was taken.
        if (held)
            heads = heads with { Own = heads.Own with { Time = states.Asked.Clock.GetUtcNow().AddDays(days) } };
        var ahead = new TestClock { Offset = TimeSpan.FromDays(held ? 0 : days) };
        var one = new IssueReceipts(states.Asked.Get<KeyRing>(), states.Asked.Get<LedgerGate>(), ahead).Sign(heads, "XB-CA", Party.Of("XA-CP"), [new ReceiptDraft(ReceiptEvent.ContentAccessTracking, new ReceiptSubject(sent.Message, Digest.Of("c"u8)))])[0];
        Assert.Equal(held, one.Receipt.ClockHeld);
        var verified = states.Asking.Get<AcceptReceipts>().Verify(states.Asking.Get<PeerDirectory>().ByState("XB")!, sent.CaseId, [one.Der]);
        Assert.Equal(code, verified.TryGet(out _, out var refusal) ? null : refusal.Code);
    }

    [Fact]
    public async Task An_erasure_is_not_dated_a_year_ahead()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var time = states.Asked.Clock.GetUtcNow().AddDays(400);
        var erasure = new Erasure
        {
            Id = Ids.New(), Case = sent.CaseId, Authority = Party.Of("XB-CA"), Peer = Party.Of("XA-CP"), Reason = ErasureReason.ORDERED, LegalBasis = "an order", RetainUntil = null,
            Proposal = Digest.Of("p"u8), Approval = Digest.Of("q"u8), Time = time, BackupsUntil = time.AddDays(1), Chains = [], Messages = [], Items = [], Records = [], Nonce = Ids.New(),
        };
        var der = SignedDocument.Sign(erasure.Write(), states.Asked.Get<KeyRing>().Seal("XB-CA"), time);
        await Refused.By(() => states.Asking.ExchangeClient(states.Asked.Tls).PushErasureAsync(new PushErasureRequest { Erasure = ByteString.CopyFrom(der) }).ResponseAsync, "V045");
    }

    // What the card before named would count as named until then only, and a cosignature made since as made with no key.
    [Theory]
    [InlineData(40, "V045")]
    [InlineData(-1, "T403")]
    public async Task A_card_is_dated_neither_ahead_nor_before_the_one_that_it_follows(int days, string code)
    {
        await using var states = await TwoStates.Start();
        var asked = states.Asked;
        var next = asked.IssueCard(asked.Card).Card;
        next = next with { Issued = (days < 0 ? asked.Card.Card.Issued : next.Issued).AddDays(days) };
        using var signer = asked.Pki.Card.Signer();
        var card = SignedDocument.Sign(next.Write(), signer, asked.Clock.GetUtcNow());
        Assert.True(SignedCard.Open(card).Succeeded);
        await Refused.By(() => states.Asking.ExchangeClient(asked.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card) }).ResponseAsync, code);
    }

    [Theory]
    [InlineData(40, null)]
    [InlineData(0.5, RefusalCode.CardNotValid)]
    public async Task A_card_that_was_issued_by_a_clock_that_was_ahead_is_corrected_at_once(double days, RefusalCode? code)
    {
        await using var states = await TwoStates.Start();
        var (asked, now) = (states.Asked, states.Asked.Clock.GetUtcNow());
        using var signer = asked.Pki.Card.Signer();
        var wrong = asked.IssueCard(asked.Card).Card with { Issued = now.AddDays(days) };
        var right = wrong with { Version = wrong.Version + 1, Issued = now };
        var refused = CardRules.Refuse(Signed(right), Signed(wrong), states.Asking.Get<PeerDirectory>(), now);
        Assert.Equal(code, refused?.Code);

        SignedCard Signed(PeerCard card) => SignedCard.Open(SignedDocument.Sign(card.Write(), signer, now)).Value;
    }

    [Fact]
    public async Task A_log_of_a_year_that_nobody_will_see_is_not_cosigned()
    {
        await using var world = await World.Start();
        var log = new TestLog(world.Log.Get<LogKeys>(), new LogName("XB", 9998).Origin).Grow(3);
        Assert.Equal(400, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Null(world.Held(log));
    }
}
