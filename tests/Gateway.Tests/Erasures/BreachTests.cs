using System.Text.Json.Nodes;
using Gateway.Erasures;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Paper;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>Data that another State sent got out: it hears of it within 72 hours, and until then nobody here forgets.</summary>
public sealed class BreachTests
{
    private const string What = "A copy of the answer was sent to a wrong mailbox; it was deleted there.";

    [Fact]
    public async Task A_breach_without_a_time_or_words_or_in_a_case_of_others_is_not_recorded()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var client = states.Asking.Client(states.DutyOfficer);
        RecordBreachRequest With(string at, string text = What, string? caseId = null) => new() { CaseId = caseId ?? sent.CaseId, FoundAt = at, Text = text };
        var now = DocumentWriter.FormatTime(states.Asking.Clock.GetUtcNow());
        await Refused.By(async () => await client.RecordBreachAsync(With("2026-03-01T02:15:00")), "V013");
        await Refused.By(async () => await client.RecordBreachAsync(With("yesterday")), "V013");
        await Refused.By(async () => await client.RecordBreachAsync(With(DocumentWriter.FormatTime(states.Asking.Clock.GetUtcNow().AddHours(1)))), "V045");
        await Refused.By(async () => await client.RecordBreachAsync(With(now, "oh")), "T806");
        await Refused.By(async () => await client.RecordBreachAsync(With(now, caseId: Ids.NewCase("XA"))), "T804");
        await Refused.By(async () => await client.TellBreachAsync(new TellBreachRequest { Breach = Ids.New(), How = "by telephone" }), "T804");
        var laboratory = await states.Asking.AddUser("technician", "XA-LAB", "FORENSIC_LAB");
        await Refused.By(async () => await states.Asking.Client(laboratory).RecordBreachAsync(With(now)), "T802");
        await Refused.By(async () => await states.Asking.Client(laboratory).ListBreachesAsync(new ListBreachesRequest()), "T802");
        Assert.Empty((await client.ListBreachesAsync(new ListBreachesRequest())).Breaches);
    }

    [Fact]
    public async Task A_notice_that_nobody_has_yet_told_nothing()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var breach = await paper.Client.RecordBreachAsync(new RecordBreachRequest { CaseId = sent.CaseId, FoundAt = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow()), Text = What });
        var notice = await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "BREACH_NOTICE", new JsonObject { ["text"] = What });
        var (breaches, alarms) = (paper.State.Get<Breaches>(), paper.State.Get<Alarms>());
        foreach (var state in new[] { "TO_CARRY", "QUEUED", "REJECTED", "DEAD" })
        {
            await paper.State.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE messages SET state = $1 WHERE id = $2", state, notice.Message));
            await breaches.Settle();
            breaches.Look();
            Assert.Equal("", Assert.Single((await paper.Client.ListBreachesAsync(new ListBreachesRequest { OpenOnly = true })).Breaches).Told);
            Assert.Contains(alarms.All, a => a.Code == AlarmCode.BREACH_UNTOLD && a.Subject == breach.Breach);
        }
        await paper.State.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE messages SET state = 'TO_CARRY' WHERE id = $1", notice.Message));
        await paper.Record(OnPaper.Left(sent, await paper.Sealed(notice.Message), null, notice.Message));
        await breaches.Settle();
        breaches.Look();
        Assert.Equal($"message {notice.Message}", Assert.Single((await paper.Client.ListBreachesAsync(new ListBreachesRequest())).Breaches).How);
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.BREACH_UNTOLD);
    }

    [Fact]
    public async Task A_notice_that_waits_at_the_other_side_for_an_officer_told_nothing_until_it_is_accepted()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (asking, client, breaches) = (states.Asking, states.Asking.Client(states.DutyOfficer), states.Asking.Get<Breaches>());
        await client.RecordBreachAsync(new RecordBreachRequest { CaseId = sent.CaseId, FoundAt = DocumentWriter.FormatTime(asking.Clock.GetUtcNow()), Text = What });
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "BREACH_NOTICE", ["text"] = What }.ToJsonString() });
        using var signer = states.DutyOfficer.Signing.Signer();
        using var stranger = new TestPki("XA").Issue("Expert", TestPki.Sign).Signer();
        var now = asking.Clock.GetUtcNow();
        var notice = (await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, now)),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "report.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(SignedDocument.Sign("what happened"u8, stranger, now)) } },
        })).Message;
        await Eventually.Holds(() => StateOf(asking, notice) == "DELIVERED" && states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM recognition_holds WHERE decided IS NULL")) == 1, () => StateOf(asking, notice));
        // What it, or another State, says in another case, or another State in this one, of a message with the same id is about that one.
        await asking.Get<Database>().Write(Lane.Bulk, s =>
        {
            foreach (var (chain, issuer) in new[] { (Ids.NewCase("XA"), "XB"), (Ids.NewCase("XC"), "XC"), (sent.CaseId, "XC") })
            {
                s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der) VALUES ($1, $2, 99, $3, 'ContentConsignment', $4, NULL, $5, $6)",
                    chain, issuer, Digest.Of("a receipt"u8), notice, now, Array.Empty<byte>());
            }
        });
        await breaches.Settle();
        Assert.Equal("", Assert.Single((await client.ListBreachesAsync(new ListBreachesRequest())).Breaches).Told);
        await asking.Get<Database>().Write(Lane.Bulk, s => s.Run("DELETE FROM receipts WHERE seq = 99"));

        await states.Asked.Client(states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = notice, Accept = true, Reason = "asked the expert by telephone" });
        await states.Settled(sent.CaseId, 6);
        await breaches.Settle();
        Assert.Equal($"message {notice}", Assert.Single((await client.ListBreachesAsync(new ListBreachesRequest())).Breaches).How);
    }

    [Fact]
    public async Task The_clock_runs_from_the_finding_and_stops_with_the_notice_or_with_a_letter()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var client = states.Asking.Client(states.DutyOfficer);
        var found = states.Asking.Clock.GetUtcNow().AddHours(-60);
        var breach = await client.RecordBreachAsync(new RecordBreachRequest { CaseId = sent.CaseId, FoundAt = DocumentWriter.FormatTime(found), Text = What });
        Assert.Equal(DocumentWriter.FormatTime(found.AddHours(72)), breach.DueAt);
        var alarms = states.Asking.Get<Alarms>();
        Assert.Contains("less than a day", Assert.Single(alarms.All, a => a.Code == AlarmCode.BREACH_UNTOLD).Text, StringComparison.Ordinal);
        states.Asking.Clock.Offset += TimeSpan.FromHours(13);
        var breaches = states.Asking.Get<Breaches>();
        breaches.Look();
        Assert.Contains("LATE", Assert.Single(alarms.All, a => a.Code == AlarmCode.BREACH_UNTOLD).Text, StringComparison.Ordinal);

        var notice = await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "BREACH_NOTICE", new JsonObject { ["text"] = What });
        await Eventually.Holds(() => StateOf(states.Asking, notice.Message) == "DELIVERED", () => StateOf(states.Asking, notice.Message));
        await breaches.Settle();
        breaches.Look();
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.BREACH_UNTOLD);
        Assert.Equal($"message {notice.Message}", Assert.Single((await client.ListBreachesAsync(new ListBreachesRequest())).Breaches).How);
        Assert.Empty((await client.ListBreachesAsync(new ListBreachesRequest { OpenOnly = true })).Breaches);

        var second = await client.RecordBreachAsync(new RecordBreachRequest { CaseId = sent.CaseId, FoundAt = DocumentWriter.FormatTime(states.Asking.Clock.GetUtcNow()), Text = What });
        await breaches.Settle();
        Assert.Equal("", Assert.Single((await client.ListBreachesAsync(new ListBreachesRequest { OpenOnly = true })).Breaches).Told);
        var told = await client.TellBreachAsync(new TellBreachRequest { Breach = second.Breach, How = "letter 7/26, handed to the embassy" });
        Assert.Equal("duty-officer", told.ToldBy);
        await Refused.By(async () => await client.TellBreachAsync(new TellBreachRequest { Breach = second.Breach, How = "again" }), "T805");
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act LIKE 'breach.%' AND instr(CAST(body AS TEXT), 'mailbox') > 0")));
    }

    private static string StateOf(TestState state, string message) => state.Get<Database>().Read(s => s.One("SELECT state FROM messages WHERE id = $1", r => r.GetString(0), message))!;
}
