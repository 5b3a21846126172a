using System.Text.Json.Nodes;
using Gateway.Hosting;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Normal bad days: keys that rotate under a queued message, answers that are lost, clocks that jump.</summary>
public sealed class AdversityTests
{
    [Fact]
    public async Task A_message_queued_while_the_peer_rotated_its_key_is_encrypted_anew_and_keeps_its_identity()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var sent = await states.SendPreserve();
        var cover = (await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest())).Messages[0].CoverSha256;

        states.Asked.Clock.Offset += TimeSpan.FromSeconds(1);
        var fresh = states.Asked.Pki.Issue("next encryption of XB-CA", TestPki.Agree);
        states.Asked.Configure(json => json["Keys"]!["Authorities"]![0]!["Encryption"] = new JsonObject
        {
            ["Certificate"] = states.Asked.Write("next.crt", fresh.CertificatePem),
            ["Key"] = states.Asked.Write("next.key", fresh.KeyPem),
        });
        Assert.True((await new InstallKeys(states.Asked.Configuration(), states.Asked.Clock).Run(states.Asked.CardKeyFiles())).Succeeded);
        await states.Asked.Start();
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(1);

        var chains = await states.Settled(sent.CaseId, 3);
        Assert.Equal(cover, chains["XB"][0].Subject.CoverSha256.ToString());
        Assert.Equal(2, states.Asking.Get<Gateway.Peers.PeerDirectory>().ByState("XB")!.Card.Card.Version);
    }

    [Fact]
    public async Task A_clock_that_jumps_back_is_held_and_flagged_and_the_service_goes_on()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        states.Asking.Clock.Offset -= TimeSpan.FromHours(2);
        await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        var chains = await states.Settled(sent.CaseId, 4);
        var access = chains["XB"][^1];
        Assert.Equal(ReceiptEvent.ContentAccessTracking, access.Event);
        Assert.True(access.ClockHeld);
        Assert.Equal(chains["XB"][^2].Time, access.Time);
    }

    [Fact]
    public async Task A_clock_that_jumps_forward_stops_nothing()
    {
        await using var states = await TwoStates.Start();
        states.Asking.Clock.Offset += TimeSpan.FromDays(3);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        // By years: what is signed meanwhile stays in the log of the year, whose name is not used up.
        var (database, sequencer) = (states.Asking.Get<Database>(), states.Asking.Get<Gateway.AuditLog.Sequencer>());
        await Eventually.Holds(() => sequencer.MaySign);
        await sequencer.Advance();
        var log = database.Read(Gateway.AuditLog.LogEpoch.Current)!.Name;
        foreach (var years in new[] { 1, 5, 5 })
        {
            states.Asking.Clock.Offset += TimeSpan.FromDays(366 * years);
            await database.Write(Lane.Ordinary, s => new Gateway.AuditLog.AuditRecord("test.act", "test", "clock").Append(s, states.Asking.Clock.GetUtcNow()));
            Assert.NotNull(await sequencer.Advance());
            Assert.Equal(log, database.Read(Gateway.AuditLog.LogEpoch.Current)!.Name);
            states.Asking.Clock.Offset -= TimeSpan.FromDays(366 * years);
        }
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_given_again_from_what_is_stored()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        // As if the process had been killed between the peer's commit and ours.
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.Run("DELETE FROM log_leaves WHERE kind = 'received'");
            s.Run("DELETE FROM receipts WHERE issuer = 'XB'");
            s.Run("DELETE FROM chains WHERE issuer = 'XB'");
            s.Run("UPDATE cases SET state = 'SENT'");
            s.Run("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XB', 'Ordinary', 'QUEUED', created, created FROM messages");
        });
        var before = (await states.Asked.Client(states.AskedLawyer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts.Select(r => r.Sha256).ToList();
        var chains = await states.Settled(sent.CaseId, 3);
        Assert.Equal(2, chains["XB"].Count);
        Assert.Equal(before, (await states.Asking.Client(states.DutyOfficer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts.Select(r => r.Sha256));
    }
}
