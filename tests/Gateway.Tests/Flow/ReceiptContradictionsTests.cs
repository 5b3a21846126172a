using Gateway.Erasures;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>What a verifier calls broken is not taken from a peer: one such receipt, or erasure, would stay in every bundle of an honest gateway.</summary>
public class ReceiptContradictionsTests
{
    [Fact]
    public async Task A_receipt_that_follows_its_chain_and_contradicts_its_message_is_refused()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (issue, accept, database) = (states.Asked.Get<IssueReceipts>(), states.Asking.Get<AcceptReceipts>(), states.Asking.Get<Database>());
        var heads = states.Asked.Get<Database>().Read(s => Chains.Heads(s, sent.CaseId, "XB", "XA"));
        var cover = database.Read(s => new Digest(s.One("SELECT cover_sha256 FROM messages WHERE id = $1", r => r.Bytes(0), sent.Message)!));
        var about = new ReceiptSubject(sent.Message, cover);
        // Another authority of the same State; the sender's own event; a consignment of what it never took; fewer of our receipts than it knew before.
        Assert.Equal("issuer", await Take(Signed(heads, "XB-CP", new ReceiptDraft(ReceiptEvent.ContentAccessTracking, about))));
        Assert.Equal("issuer", await Take(Signed(heads, "XB-CA", new ReceiptDraft(ReceiptEvent.SubmissionAcceptance, about))));
        Assert.Equal("event", await Take(Signed(heads, "XB-CA", new ReceiptDraft(ReceiptEvent.ContentConsignment, new ReceiptSubject(Ids.New(), Digest.Of("never sent"u8))))));
        Assert.Equal("subject", await Take(Signed(heads, "XB-CA", new ReceiptDraft(ReceiptEvent.ContentAccessTracking, new ReceiptSubject(sent.Message, Digest.Of("another cover"u8))))));
        Assert.True(heads.Peer.Seq > 0);
        // Nor does a gateway sign one, as after a restore when its own came back before the other side's.
        Assert.Equal(RefusalCode.LedgerBeingCompared, Assert.Throws<ChainBehindException>(() => Signed(heads with { Peer = ChainHead.Empty }, "XB-CA", new ReceiptDraft(ReceiptEvent.ContentAccessTracking, about))).Refusal.Code);
        Assert.Equal("peerSeq", await Take(Signed(heads with { Peer = ChainHead.Empty, Named = 0 }, "XB-CA", new ReceiptDraft(ReceiptEvent.ContentAccessTracking, about))));
        Assert.Null(await Take(Signed(heads, "XB-CA", new ReceiptDraft(ReceiptEvent.ContentAccessTracking, about))));

        IssuedReceipt Signed(ChainHeads over, string authority, ReceiptDraft draft) => issue.Sign(over, authority, Party.Of("XA-CP"), [draft])[0];

        async Task<string?> Take(IssuedReceipt one)
        {
            var verified = accept.Verify(states.Asking.Get<PeerDirectory>().ByState("XB")!, sent.CaseId, [one.Der]).Value;
            var refused = await database.Write(Lane.Ordinary, s => accept.Append(s, sent.CaseId, "XB", verified));
            Assert.True(refused is null or { Code: RefusalCode.ChainBreak });
            return refused?.Path;
        }
    }

    // Ids are unique to their sender: the other side may have taken one of ours for a message of its own. That one is not kept here (V031), and what is said of it contradicts nothing of ours.
    [Theory]
    [InlineData(ReceiptEvent.ContentAccessTracking, true, "XB-CA", null)]
    [InlineData(ReceiptEvent.ContentAccessTracking, true, "XB-CP", "issuer")]
    [InlineData(ReceiptEvent.ContentAccessTracking, false, "XB-CA", "subject")]
    [InlineData(ReceiptEvent.SubmissionAcceptance, false, "XB-CA", null)]
    [InlineData(ReceiptEvent.SubmissionAcceptance, false, "XB-CP", null)]
    [InlineData(ReceiptEvent.SubmissionAcceptance, true, "XB-CA", "issuer")]
    public async Task Where_two_messages_bear_one_id_a_receipt_is_held_against_the_one_that_it_names(ReceiptEvent said, bool ours, string by, string? contradicts)
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var found = states.Asking.Get<Database>().Read(s =>
        {
            var cover = ours ? new Digest(s.One("SELECT cover_sha256 FROM messages WHERE id = $1", r => r.Bytes(0), sent.Message)!) : Digest.Of("their message"u8);
            var head = Chains.Head(s, sent.CaseId, "XB");
            var receipt = new Receipt(said, Party.Of(by), Party.Of("XA-CP"), ReceiptChannel.@case, sent.CaseId, head.Seq + 1, head.Sha256, 1, Chains.DigestAt(s, sent.CaseId, "XA", 1),
                new ReceiptSubject(sent.Message, cover), [], states.Asked.Clock.GetUtcNow(), false, Ids.New());
            return new { Refusal = ReceiptContradictions.Of(s, sent.CaseId, "XA", "XB", receipt, head) };
        });
        Assert.Equal(contradicts, found.Refusal?.Path);
    }

    // Of the same item, by the same State, in the same case: what a carrier never took cannot be lost with one.
    [Theory]
    [InlineData("", "event")]
    [InlineData("another item", "event")]
    [InlineData("another issuer", "event")]
    [InlineData("another case", "event")]
    [InlineData("the same", null)]
    public async Task A_loss_with_a_carrier_who_took_nothing_is_refused(string carried, string? contradicts)
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var item = Ids.New();
        var now = states.Asked.Clock.GetUtcNow();
        var database = states.Asking.Get<Database>();
        if (carried.Length > 0)
        {
            await database.Write(Lane.Ordinary, s => s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der) VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8)",
                carried == "another case" ? Ids.NewCase("XB") : sent.CaseId, carried == "another issuer" ? "XC" : "XB", Digest.Of("r"u8), ReceiptEvent.RelayToNonERDS, sent.Message, carried == "another item" ? Ids.New() : item, now, Array.Empty<byte>()));
        }
        var found = database.Read(s =>
        {
            var head = Chains.Head(s, sent.CaseId, "XB");
            var receipt = new Receipt(ReceiptEvent.RelayToNonERDSFailure, Party.Of("XB-CA"), Party.Of("XA-CP"), ReceiptChannel.@case, sent.CaseId, head.Seq + 1, head.Sha256, 1, Chains.DigestAt(s, sent.CaseId, "XA", 1),
                new ReceiptSubject(Ids.New(), Digest.Of("a cover"u8), null, item, Digest.Of("a manifest"u8)), [RefusalCode.DeclaredLost.Text()], now, false, Ids.New());
            return new { Refusal = ReceiptContradictions.Of(s, sent.CaseId, "XA", "XB", receipt, head) };
        });
        Assert.Equal(contradicts, found.Refusal?.Path);
    }

    [Fact]
    public async Task An_erasure_with_other_receipts_than_there_are_is_refused_and_one_ahead_of_its_receipts_waits()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var chains = await states.Settled(sent.CaseId, 3);
        var client = states.Asking.ExchangeClient(states.Asked.Tls);
        var (own, theirs) = states.Asking.Get<Database>().Read(s => (Chains.Head(s, sent.CaseId, "XA"), Chains.Head(s, sent.CaseId, "XB")));

        await Refused.By(() => Tell(new ErasedChain("XA", 99, Digest.Of("a"u8))), "V032");
        await Refused.By(() => Tell(new ErasedChain("XA", own.Seq, Digest.Of("a"u8))), "V032");
        var early = await Refused.By(() => Tell(new ErasedChain("XB", theirs.Seq + 1, Digest.Of("a"u8))), "T501");
        Assert.True(early.Retry);
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures")));
        await Tell(new ErasedChain("XA", own.Seq, own.Sha256!.Value), new ErasedChain("XB", theirs.Seq, theirs.Sha256!.Value));
        Assert.Equal(1, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures")));

        async Task Tell(params ErasedChain[] ends)
        {
            var now = states.Asked.Clock.GetUtcNow();
            var erasure = new Erasure
            {
                Id = Ids.New(), Case = sent.CaseId, Authority = Party.Of("XB-CA"), Peer = Party.Of("XA-CP"), Reason = ErasureReason.ORDERED, LegalBasis = "an order", RetainUntil = null,
                Proposal = Digest.Of("p"u8), Approval = Digest.Of("q"u8), Time = now, BackupsUntil = now.AddDays(1), Chains = ends, Messages = [], Items = [], Records = [], Nonce = Ids.New(),
            };
            var der = SignedDocument.Sign(erasure.Write(), states.Asked.Get<KeyRing>().Seal("XB-CA"), now);
            await client.PushErasureAsync(new PushErasureRequest { Erasure = ByteString.CopyFrom(der) });
        }
    }
}
