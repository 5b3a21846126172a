using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Recovery;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>A chain that exists twice cannot be continued: both receipts are kept, and the case ends there.</summary>
public sealed class ForkedCaseTests
{
    [Fact]
    public async Task In_a_forked_case_nothing_is_sent_or_taken_any_more_and_other_cases_go_on()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var chains = await states.Settled(sent.CaseId, 3);
        // What a gateway with the newer database had signed under a number that this one has given away as well.
        var other = chains["XB"][^1] with { Nonce = Ids.New() };
        var der = SignedDocument.Sign(other.Write(), states.Asked.Get<KeyRing>().Seal("XB-CA"), states.Asked.Clock.GetUtcNow());
        await states.Asked.ExchangeClient(states.Asking.Tls).ReturnReceiptsAsync(new ReturnReceiptsRequest { CaseId = sent.CaseId, Receipts = { ByteString.CopyFrom(der) } });
        Assert.Equal(LedgerStanding.ROLLBACK, states.Asked.Get<LedgerGate>().Standing);
        await Eventually.Holds(() => states.Asked.Get<CompareHeads>().Results.GetValueOrDefault("XA") == Comparison.EQUAL);
        var view = await states.Asked.Client(states.Asked.Administrator).ConfirmLedgerAsync(new ConfirmLedgerRequest { Reason = "one case is forked; a new one follows" });
        Assert.Equal(("OPEN", 1ul), (view.Standing, view.OwnForks));

        var refusal = await Refused.Of(() => TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", Acknowledgement(states)));
        Assert.Equal("T543", refusal.Code);
        Assert.Contains("new case", refusal.Remedy, StringComparison.Ordinal);
        var withdrawal = await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "no longer needed" });
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE message = $1 AND state = 'DEAD'", withdrawal.Message)) == 1,
            () => string.Join("; ", states.Asking.Get<Database>().Read(s => s.Query("SELECT message || ' ' || state FROM outbox", r => r.GetString(0)))));
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", withdrawal.Message)));
        // Given up at once, since waiting mends nothing: with a receipt that says why.
        var receipts = (await states.Asking.Client(states.DutyOfficer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts;
        var failure = Assert.Single(receipts, r => r.Event == nameof(ReceiptEvent.RelayFailure));
        Assert.Equal((withdrawal.Message, "XA", "T543"), (failure.Message, failure.IssuerState, Assert.Single(failure.Reasons)));
        // Both receipts stay, and other cases are not touched.
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipt_forks WHERE chain = $1", sent.CaseId)));
        var next = await states.SendPreserve();
        await states.Settled(next.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, next.CaseId, "ACKNOWLEDGED", Acknowledgement(states));
    }

    private static JsonObject Acknowledgement(TwoStates states) => new() { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) };
}
