using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Reception;

/// <summary>Behind a restore a request can be read before its receipts are back.</summary>
public sealed class OpenWhileBehindTests
{
    [Fact]
    public async Task A_request_is_opened_while_receipts_of_its_case_are_away_and_its_sender_hears_of_it_with_a_later_opening()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (client, database) = (states.Asked.Client(states.AskedLawyer), states.Asked.Get<Database>());
        // As after a restore: our last receipt names receipts of the other side that are not here yet.
        await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE chains SET named = named + 100 WHERE chain = $1 AND issuer = 'XB'", sent.CaseId));
        var opened = await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.NotEmpty(opened.Parts);
        Assert.Equal((1L, 0L), (Opened(), Told()));
        await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE chains SET named = named - 100 WHERE chain = $1 AND issuer = 'XB'", sent.CaseId));
        Assert.Equal("OPENED", (await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Message.State);
        Assert.Equal((2L, 1L), (Opened(), Told()));

        long Told() => database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE message = $1 AND event = 'ContentAccessTracking' AND issuer = 'XB'", sent.Message));
        long Opened() => database.Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'message.opened' AND case_id = $1", sent.CaseId));
    }
}
