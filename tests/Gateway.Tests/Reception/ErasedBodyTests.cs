using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Reception;

/// <summary>A body whose key went with its case.</summary>
public sealed class ErasedBodyTests
{
    [Fact]
    public async Task A_body_whose_key_was_destroyed_with_its_case_is_not_kept_and_stops_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var keys = states.Asked.Get<CaseKeys>();
        await keys.Destroy(sent.CaseId, "the erasure"u8.ToArray(), []);
        await Refused.By(() => states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message }).ResponseAsync, "V048");
        Assert.Null(keys.OpenUnlessErased(sent.CaseId, "message:x", new byte[64]));
        // A key that is missing without an erasure is a broken ledger, as before.
        Assert.Throws<LedgerBrokenException>(() => keys.OpenUnlessErased("XA-" + Ids.New(), "message:x", new byte[64]));
    }
}
