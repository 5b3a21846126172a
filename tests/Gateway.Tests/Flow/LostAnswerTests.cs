using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>The sender was killed after the receiver had stored the request and before the answer was: its ledger is as it was before the delivery.</summary>
public sealed class LostAnswerTests
{
    [Fact]
    public async Task An_act_that_overtakes_the_lost_answer_is_taken_and_the_answer_follows()
    {
        // No checkpoint of ours goes out that we are then made to forget: that would be a rollback, and is another test's.
        await using var states = await TwoStates.Start(configure: c => c["Witness"] = new JsonObject { ["EverySeconds"] = 3600 });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asking.Stop();
        ForgetAnswer(states.Asking, states.Asking.Clock.GetUtcNow().AddMinutes(30));
        await states.Asking.Start();

        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await states.Settled(sent.CaseId, 6);
        Assert.Equal("ACKNOWLEDGED", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
        Assert.Single((await states.Asking.Client(states.DutyOfficer).ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries);

        states.Asking.Clock.Offset += TimeSpan.FromHours(1);
        await Eventually.Holds(() => states.Asking.Client(states.DutyOfficer).ListDeliveries(new ListDeliveriesRequest()).Deliveries.Count == 0);
        var messages = (await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest { Direction = "OUT" })).Messages;
        Assert.Equal("DELIVERED", Assert.Single(messages).State);
        Assert.Equal("ACKNOWLEDGED", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
        await states.Settled(sent.CaseId, 6);
    }

    private static void ForgetAnswer(TestState state, DateTimeOffset nextAttempt)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(state.DataFolder, "gateway.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            DELETE FROM receipts WHERE issuer = 'XB';
            DELETE FROM chains WHERE issuer = 'XB';
            DELETE FROM log_leaves WHERE kind = 'received';
            DELETE FROM log_checkpoints;
            DELETE FROM log_nodes;
            DELETE FROM log_epochs;
            UPDATE chains SET acked = 0;
            UPDATE cases SET state = 'SENT';
            UPDATE messages SET state = 'QUEUED';
            INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XB', 'Ordinary', 'QUEUED', created, $1 FROM messages;
            """;
        command.Parameters.AddWithValue("$1", DocumentWriter.FormatTime(nextAttempt));
        command.ExecuteNonQuery();
    }
}
