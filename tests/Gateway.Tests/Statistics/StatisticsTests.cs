using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Deadlines;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Statistics;
using Gateway.Storage;
using Gateway.Tests.Erasures;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Statistics;

public sealed class StatisticsTests
{
    [Fact]
    public async Task A_year_is_counted_by_peer_and_kind_on_both_sides_and_names_nobody()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var answered = await states.SendPreserve();
        var refused = await states.SendPreserve();
        await states.Settled(answered.CaseId, 3);
        await states.Settled(refused.CaseId, 3);
        clock.Offset = TimeSpan.FromHours(2);
        foreach (var sent in new[] { answered, refused })
        {
            await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 1/26", ["dueAt"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(1)) });
            await states.Settled(sent.CaseId, 6);
        }
        await TwoStates.Act(states.Asked, states.AskedLawyer, refused.CaseId, "REFUSED", new JsonObject
        {
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-ESSENTIAL-SECURITY", ["provision"] = "Assistance Act of XB, section 4", ["reasons"] = "The server is one of a defence authority." }),
            ["consultationWaivedReason"] = "The ground cannot be removed by consultation.",
            ["finality"] = "FINAL",
        });
        await states.Settled(refused.CaseId, 9);

        var year = (uint)clock.GetUtcNow().Year;
        var there = Assert.Single((await states.Asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = year })).Kinds);
        Assert.Equal(("XA", "REQUESTED", "PRESERVE_DATA"), (there.Peer, there.Side, there.Kind));
        Assert.Equal((2U, 2U, 1U, 1U), (there.Requests, there.Acknowledged, there.Refused, there.Answered));
        Assert.InRange(there.HoursToAcknowledgeMedian, 1.9, 2.5);
        // A refusal is an answer.
        Assert.InRange(there.DaysToAnswerMedian, 0.08, 0.11);
        Assert.Equal([("RF-ESSENTIAL-SECURITY", 1U)], there.Grounds.Select(g => (g.Code, g.Count)));

        var here = await states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = year });
        Assert.Equal("REQUESTING", Assert.Single(here.Kinds).Side);
        var text = here.ToString();
        Assert.DoesNotContain(answered.CaseId, text, StringComparison.Ordinal);
        Assert.DoesNotContain("duty-officer", text, StringComparison.OrdinalIgnoreCase);

        Assert.Empty((await states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = year - 1 })).Kinds);
        await Refused.By(() => states.Asking.Client(states.DutyOfficer).StatisticsAsync(new StatisticsRequest { Year = year }).ResponseAsync, "T802");
        await Refused.By(() => states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = 0 }).ResponseAsync, "T806");
    }

    [Fact]
    public async Task A_preservation_lapsed_when_it_was_granted_and_ended_without_a_request_that_follows_or_prolongs_it()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var (never, lapsed, running, released, prolonged) = (await states.SendPreserve(), await states.SendPreserve(), await states.SendPreserve(), await states.SendPreserve(), await states.SendPreserve());
        foreach (var one in new[] { never, lapsed, running, released, prolonged })
            await states.Settled(one.CaseId, 3);
        foreach (var (one, days) in new[] { (lapsed, 60), (running, 90), (released, 60), (prolonged, 60) })
        {
            await TwoStates.Act(states.Asked, states.AskedLawyer, one.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(days)) });
            await states.Settled(one.CaseId, 6);
        }
        await TwoStates.Act(states.Asked, states.AskedLawyer, released.CaseId, "PRESERVATION_RELEASED", new JsonObject { ["text"] = "The provider closed the account." });
        await states.Settled(released.CaseId, 9);
        var year = (uint)clock.GetUtcNow().Year;
        Assert.Equal(0U, await Lapsed(states, year));
        // The link as a request that prolongs it would leave it; only the database is looked at.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, 'EXTENDS')", running.CaseId, prolonged.CaseId));
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE cases SET opened = $1 WHERE id = $2", clock.GetUtcNow(), running.CaseId));
        clock.Offset = TimeSpan.FromDays(61);
        Assert.Equal(1U, await Lapsed(states, year));
        // One that never arrived whole follows nothing.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE cases SET state = 'REJECTED_TECHNICAL' WHERE id = $1", running.CaseId));
        Assert.Equal(2U, await Lapsed(states, year));
    }

    [Fact]
    public async Task A_request_that_only_waits_to_leave_keeps_no_preservation_from_lapsing()
    {
        var clock = new TestClock();
        // It waits two months for the other side, and then it must not have been given up.
        await using var states = await TwoStates.Start(clock, c => c["Delivery"] = new JsonObject { ["GiveUpHours"] = 24 * 90, ["LongestPauseSeconds"] = 1 });
        var kept = await states.SendPreserve();
        await states.Settled(kept.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, kept.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(60)) });
        await states.Settled(kept.CaseId, 6);
        await states.Asked.Stop();
        var waits = await states.SendPreserve();
        // The link as a request for the data would leave it; only the database is looked at.
        var database = states.Asking.Get<Database>();
        await database.Write(Lane.Ordinary, s => s.RunOne("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, 'FOLLOWS_PRESERVATION')", waits.CaseId, kept.CaseId));
        async Task<uint> Here() => Assert.Single((await states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = (uint)(clock.GetUtcNow() - clock.Offset).Year })).Kinds).Lapsed;
        clock.Offset = TimeSpan.FromDays(59);
        Assert.Equal(0U, await Here());
        clock.Offset = TimeSpan.FromDays(61);
        Assert.Equal(1U, await Here());
        // It arrives, too late for the data.
        await states.Asked.Start();
        await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1 AND state = 'DELIVERED'", waits.CaseId)) == 1);
        Assert.Equal(1U, await Here());
        // One that was there in time follows.
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE receipts SET time = $1 WHERE message = $2", clock.GetUtcNow().AddDays(-30), waits.Message));
        Assert.Equal(0U, await Here());
    }

    [Fact]
    public async Task What_was_asked_back_for_refused_in_part_and_found_by_reviews_is_counted_without_words_of_persons()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var (inTime, late) = (await states.SendPreserve(), await states.SendPreserve());
        await states.Settled(inTime.CaseId, 3);
        await states.Settled(late.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        await Acknowledge(states, inTime.CaseId);
        await states.Settled(inTime.CaseId, 6);
        clock.Offset = TimeSpan.FromDays(8);
        await Acknowledge(states, late.CaseId);
        await states.Settled(inTime.CaseId, 6);
        await states.Settled(late.CaseId, 6);
        await TwoStates.Act(states.Asked, states.AskedLawyer, inTime.CaseId, "RETURNED_FOR_INFO", new JsonObject
        {
            ["questions"] = new JsonArray(
                new JsonObject { ["path"] = "itemsAccounts[0].value", ["question"] = "Which port?" },
                new JsonObject { ["path"] = "Robin Example's passport", ["question"] = "Is there a copy?" }),
        });
        await states.Settled(inTime.CaseId, 9);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            foreach (var (one, result) in new[] { (inTime, "CONFIRMED"), (late, "ABUSED") })
                s.RunOne("INSERT INTO case_reviews (case_id, result, by, time, note) VALUES ($1, $2, 'somebody', $3, $4)", one.CaseId, result, clock.GetUtcNow(), new byte[] { 1 });
        });
        var year = (uint)(clock.GetUtcNow() - clock.Offset).Year;
        var count = Assert.Single((await states.Asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = year })).Kinds);
        Assert.Equal((2U, 1U), (count.Acknowledged, count.AcknowledgedInTime));
        Assert.Equal([("itemsAccounts", 1U), ("other", 1U)], count.MissingFields.Select(m => (m.Code, m.Count)));
        Assert.Equal((1U, 0U, 1U), (count.EmergenciesConfirmed, count.NotEmergencies, count.EmergenciesAbused));
        Assert.DoesNotContain("Robin", count.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_acknowledged_in_time_stays_so_when_the_case_is_erased()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Acknowledge(states, sent.CaseId);
        await states.Settled(sent.CaseId, 6);
        var (asked, database) = (states.Asked, states.Asked.Get<Database>());
        await asked.Get<ClockLoop>().LookAtAll();
        var year = new StatisticsRequest { Year = (uint)clock.GetUtcNow().Year };
        var before = Assert.Single((await asked.Client(states.AskedLawyer).StatisticsAsync(year)).Kinds);
        Assert.Equal((1U, 1U), (before.Acknowledged, before.AcknowledgedInTime));
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE cases SET state = 'COMPLETED', closed = opened WHERE id = $1", sent.CaseId));
        var (second, _) = await ErasureFlowTests.People(states);
        foreach (var (person, decision) in new[] { (states.AskedLawyer, "PROPOSE"), (second, "APPROVE") })
            await TwoStates.Submit(asked, person, "erasureDecision", new JsonObject { ["case"] = sent.CaseId, ["decision"] = decision, ["reason"] = "UNLAWFUL", ["legalBasis"] = "order 7/2026" });
        await asked.Get<ClockLoop>().LookAtAll();
        Assert.Equal(0, database.Read(s => s.Number("SELECT count(*) FROM deadlines WHERE case_id = $1", sent.CaseId)));
        var after = Assert.Single((await asked.Client(states.AskedLawyer).StatisticsAsync(year)).Kinds);
        Assert.Equal((1U, 1U), (after.Acknowledged, after.AcknowledgedInTime));
    }

    [Fact]
    public async Task A_measure_with_a_list_is_counted_for_whom_the_list_names_only()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var fields = TwoStates.SampleFields("covert-measure.json");
        fields["needToKnow"] = new JsonArray(new JsonObject { ["authority"] = "XA-CA", ["person"] = "lawyer" }, new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
        var measure = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(measure.CaseId);
        var (auditor, second) = (await states.Asked.AddUser("auditor", "XB-CA", "AUDITOR"), await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA"));
        // One message of the measure that was rejected: also that it was is known to its readers only.
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE messages SET state = 'REJECTED', refusal = 'V010' WHERE case_id = $1", measure.CaseId));
        var year = new StatisticsRequest { Year = (uint)clock.GetUtcNow().Year };
        foreach (var person in new[] { auditor, second })
        {
            var hidden = await states.Asked.Client(person).StatisticsAsync(year);
            Assert.Empty(hidden.Kinds);
            Assert.Empty(hidden.Peers);
        }
        var shown = await states.Asked.Client(states.AskedLawyer).StatisticsAsync(year);
        Assert.Equal(("COVERT_MEASURE", 1U), (Assert.Single(shown.Kinds).Kind, shown.Kinds[0].Requests));
        Assert.Equal([("V010", 1U)], Assert.Single(shown.Peers).Rejections.Select(r => (r.Code, r.Count)));
    }

    [Fact]
    public async Task Technical_rejections_are_counted_by_code_and_side_and_answers_with_their_slowest()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var twice = (await Courier.For(states)).With(bend: cover => cover with { Parts = [.. cover.Parts, cover.Parts[0]] });
        Assert.Equal("V035", (await Courier.Deliver(states, twice.Make())).Rejection.Code);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE messages SET state = 'REJECTED', refusal = 'V002' WHERE case_id = $1", sent.CaseId));
        clock.Offset = TimeSpan.FromDays(2);
        foreach (var kind in new[] { "ACKNOWLEDGED", "ACCEPTED", "IN_EXECUTION", "EXECUTED" })
            await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, kind, new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(1)), ["outcome"] = kind == "EXECUTED" ? "NOTHING_TO_ADD" : null });
        var year = new StatisticsRequest { Year = (uint)(clock.GetUtcNow() - clock.Offset).Year };
        var there = await states.Asked.Client(states.AskedLawyer).StatisticsAsync(year);
        Assert.Equal([("V035", 1U)], Assert.Single(there.Peers).Rejections.Select(r => (r.Code, r.Count)));
        Assert.Empty(there.Peers[0].RejectedByPeer);
        Assert.InRange(Assert.Single(there.Kinds).DaysToAnswerP90, 1.9, 2.2);
        var here = await states.Asking.Client(states.Lawyer).StatisticsAsync(year);
        Assert.Equal([("V002", 1U)], Assert.Single(here.Peers).RejectedByPeer.Select(r => (r.Code, r.Count)));
    }

    [Fact]
    public async Task What_is_kept_at_once_acknowledges_and_answers_a_preservation()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        clock.Offset = TimeSpan.FromHours(3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(60)) });
        await states.Settled(sent.CaseId, 6);
        var count = Assert.Single((await states.Asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = (uint)(clock.GetUtcNow() - clock.Offset).Year })).Kinds);
        Assert.Equal((1U, 1U, 1U), (count.Acknowledged, count.AcknowledgedInTime, count.Answered));
        Assert.InRange(count.HoursToAcknowledgeMedian, 2.9, 3.5);
        Assert.InRange(count.DaysToAnswerMedian, 0.12, 0.15);
    }

    [Fact]
    public async Task Content_that_was_not_what_its_digest_says_is_counted_wherever_it_was_found()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (asked, now) = (states.Asked, clock.GetUtcNow());
        var one = asked.Get<Database>().Read(s => s.One("SELECT der FROM receipts WHERE chain = $1 AND issuer = 'XB' AND event = 'ContentConsignment'", r => r.Bytes(0), sent.CaseId))!;
        var receipt = Receipt.Read(SignedDocument.Open(one).Value.Content).Value;
        await asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            // V033: the digest; T831: an officer refused what waited.
            foreach (var (seq, reason) in new[] { (90, "V033"), (91, "T831") })
            {
                var der = SignedDocument.Sign((receipt with { Event = ReceiptEvent.ContentConsignmentFailure, Reasons = [reason], Seq = seq }).Write(), asked.Get<KeyRing>().Seal(receipt.Issuer.Authority), now);
                s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der) VALUES ($1, 'XB', $2, $3, $4, $5, $6, $7)", sent.CaseId, seq, Digest.Of(der), ReceiptEvent.ContentConsignmentFailure, sent.Message, now, der);
            }
            new AuditRecord("item.damaged", "gateway", Ids.New(), sent.CaseId, "chunk 3 altered").Append(s, now);
        });
        var peers = (await asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = (uint)now.Year })).Peers;
        Assert.Equal(("XA", 2U), Assert.Single(peers) is var peer ? (peer.Peer, peer.Mismatches) : default);
    }

    private static Task Acknowledge(TwoStates states, string caseId)
        => TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 1/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(1)) });

    private static async Task<uint> Lapsed(TwoStates states, uint year)
        => Assert.Single((await states.Asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = year })).Kinds).Lapsed;

    [Theory]
    [InlineData(50, 2)]
    [InlineData(90, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void A_percentile_is_the_nearest_rank(int percent, int hours)
        => Assert.Equal(TimeSpan.FromHours(hours), KindCount.Percentile([TimeSpan.FromHours(3), TimeSpan.FromHours(1), TimeSpan.FromHours(4), TimeSpan.FromHours(2)], percent));

    [Fact]
    public void Of_nothing_there_is_no_percentile() => Assert.Null(KindCount.Percentile([], 50));
}
