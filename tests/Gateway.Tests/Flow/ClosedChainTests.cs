using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>A chain that its issuer closed: what may come behind the end.</summary>
public sealed class ClosedChainTests
{
    [Fact]
    public async Task A_case_that_could_not_be_closed_while_receipts_of_it_were_away_is_closed_when_they_are_back()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (accept, database, close) = (states.Asking.Get<AcceptReceipts>(), states.Asking.Get<Database>(), states.Asking.Get<CloseChain>());
        var subject = new ReceiptSubject(Ids.New(), Digest.Of("confirmation"u8));
        await database.Write(Lane.Ordinary, s => s.RunOne("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created)
            VALUES ($1, 'OUT', 'XA-CP', 'XB-CA', $2, 'ACT', 'COMPLETED', 'ORDINARY', $3, 'DELIVERED', $4)
            """, subject.Message, sent.CaseId, subject.CoverSha256!.Value, states.Asking.Clock.GetUtcNow()));
        var heads = states.Asked.Get<Database>().Read(s => Chains.Heads(s, sent.CaseId, "XB", "XA"));
        var consigned = states.Asked.Get<IssueReceipts>().Sign(heads, "XB-CA", Party.Of("XA-CP"), [new ReceiptDraft(ReceiptEvent.RelayAcceptance, subject), new ReceiptDraft(ReceiptEvent.ContentConsignment, subject)]);
        var verified = accept.Verify(states.Asking.Get<PeerDirectory>().ByState("XB")!, sent.CaseId, [.. consigned.Select(c => c.Der)]).Value;
        // As after a restore: our last receipt names receipts of the other side that are not here yet.
        await database.Write(Lane.Ordinary, s =>
        {
            Assert.Null(accept.Append(s, sent.CaseId, "XB", verified));
            s.RunOne("UPDATE chains SET named = named + 100 WHERE chain = $1 AND issuer = 'XA'", sent.CaseId);
        });
        await Assert.ThrowsAsync<ChainBehindException>(() => close.Run(sent.CaseId, "XB"));
        Assert.Equal(0, Closed());
        await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE chains SET named = named - 100 WHERE chain = $1 AND issuer = 'XA'", sent.CaseId));
        await Eventually.Holds(() => Closed() == 1, () => "it stays open");
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.ROUND_FAILS);

        long Closed() => database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = 'XA' AND event = 'GatewayCaseClosed'", sent.CaseId));
    }

    [Fact]
    public async Task Behind_a_closing_and_behind_what_was_not_taken_since_nothing_comes_but_that_something_was_not_taken()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (issue, accept, database) = (states.Asked.Get<IssueReceipts>(), states.Asking.Get<AcceptReceipts>(), states.Asking.Get<Database>());
        var heads = states.Asked.Get<Database>().Read(s => Chains.Heads(s, sent.CaseId, "XB", "XA"));
        var about = new ReceiptSubject(sent.Message, database.Read(s => new Digest(s.One("SELECT cover_sha256 FROM messages WHERE id = $1", r => r.Bytes(0), sent.Message)!)));
        var late = new ReceiptDraft(ReceiptEvent.RelayRejection, new ReceiptSubject(Ids.New(), Digest.Of("late"u8)), [RefusalCode.TransitionNotAllowed]);
        IReadOnlyList<IssuedReceipt> Signed(ChainHeads over, params IReadOnlyList<ReceiptDraft> drafts) => issue.Sign(over, "XB-CA", Party.Of("XA-CP"), drafts);
        ChainHeads Behind(IssuedReceipt one) => new(sent.CaseId, new ChainHead(one.Receipt.Seq, one.Sha256, one.Receipt.Time), heads.Peer);

        // By the request, by a message that was never sent, by a confirmation in another case.
        var elsewhere = Ids.New();
        await Confirm(elsewhere, Ids.NewCase("XA"));
        foreach (var early in new[] { about, new ReceiptSubject(Ids.New(), Digest.Of("x"u8)), new ReceiptSubject(elsewhere, Digest.Of("x"u8)) })
            Assert.Equal(RefusalCode.ChainBreak, await Take(Signed(heads, new ReceiptDraft(ReceiptEvent.GatewayCaseClosed, early))[0]));
        var subject = new ReceiptSubject(Ids.New(), Digest.Of("confirmation"u8));
        await Confirm(subject.Message, sent.CaseId);

        var end = Signed(heads, new ReceiptDraft(ReceiptEvent.GatewayCaseClosed, subject));
        Assert.Null(await Take(end[0]));
        Assert.Equal(RefusalCode.ChainBreak, await Take(Signed(Behind(end[0]), new ReceiptDraft(ReceiptEvent.ContentAccessTracking, subject))[0]));
        var rejection = Signed(Behind(end[0]), late)[0];
        Assert.Null(await Take(rejection));
        Assert.Equal(RefusalCode.ChainBreak, await Take(Signed(Behind(rejection), new ReceiptDraft(ReceiptEvent.ContentAccessTracking, subject))[0]));
        Assert.Null(await Take(Signed(Behind(rejection), late)[0]));

        Task Confirm(string message, string caseId) => database.Write(Lane.Ordinary, s => s.RunOne("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created)
            VALUES ($1, 'OUT', 'XA-CP', 'XB-CA', $2, 'ACT', 'COMPLETED', 'ORDINARY', $3, 'DELIVERED', $4)
            """, message, caseId, Digest.Of("confirmation"u8), states.Asking.Clock.GetUtcNow()));

        async Task<RefusalCode?> Take(IssuedReceipt one)
        {
            var verified = accept.Verify(states.Asking.Get<PeerDirectory>().ByState("XB")!, sent.CaseId, [one.Der]).Value;
            return (await database.Write(Lane.Ordinary, s => accept.Append(s, sent.CaseId, "XB", verified)))?.Code;
        }
    }
}
