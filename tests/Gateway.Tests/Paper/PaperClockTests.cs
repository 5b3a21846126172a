using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Paper;

/// <summary>The legal clock where no gateway serves the other State: what it owes us is chased by letter, what we owe is ours to do, and no machine writes to anybody.</summary>
public sealed class PaperClockTests
{
    private static readonly Digest Certificate = Digest.Of("a certificate"u8);

    [Fact]
    public async Task What_the_other_State_owes_runs_from_the_day_on_which_the_request_left_and_is_chased_by_letter()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        // Nothing is due from somebody who was asked nothing yet.
        Assert.Empty(await Deadlines(paper, sent.CaseId));
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        var running = await Deadlines(paper, sent.CaseId);
        var decide = Assert.Single(running, d => d.Rule == "DECIDE");
        Assert.Equal(("XC-CA", false, "RUNNING", ""), (decide.ByAuthority, decide.Own, decide.State, decide.DraftJson));
        Assert.Contains("on paper", decide.Basis, StringComparison.Ordinal);
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));

        paper.State.Clock.Offset += TimeSpan.FromDays(9);
        await Look(paper);
        var missed = Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "DECIDE");
        Assert.Equal(("MISSED", ""), (missed.State, missed.Announced));
        Assert.Contains("request export", missed.NextStep, StringComparison.Ordinal);
        Assert.Single(await Told(paper, sent.CaseId, "deadline.missed"), "DECIDE");
        // Not ours, so no alarm; and nothing was written to anybody.
        Assert.DoesNotContain(paper.State.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);
        Assert.Equal(["PAPER", "REQUEST"], await Messages(paper, sent.CaseId));
        Assert.Empty((await paper.Client.ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries);

        // The reminder that was prepared is signed by a person and waits for a carrier.
        var draft = JsonNode.Parse(missed.DraftJson)!.AsObject();
        Assert.Contains("our letter left", draft["text"]!.GetValue<string>(), StringComparison.Ordinal);
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "REMINDER", draft);
        Assert.Contains((await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages, m => m.Kind == "REMINDER" && m.State == "TO_CARRY");

        // The letter says that the data are kept: late, and until a day of which we are reminded.
        var letter = ("kept.pdf", "application/pdf", OnPaper.Letter("the data are kept"));
        var kept = OnPaper.Came(sent, "PRESERVED", letter);
        kept["until"] = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddDays(60));
        await paper.Record(kept, files: letter);
        var after = await Deadlines(paper, sent.CaseId);
        var late = Assert.Single(after, d => d.Rule == "DECIDE");
        Assert.Equal(("MISSED", true), (late.State, late.Met.Length > 0));
        Assert.Equal("RUNNING", Assert.Single(after, d => d.Rule == "PRESERVATION_ENDS").State);
        foreach (var days in new[] { 46.5, 61 - 46.5 })
        {
            paper.State.Clock.Offset += TimeSpan.FromDays(days);
            await Look(paper);
            await Look(paper);
        }
        Assert.Single(await Told(paper, sent.CaseId, "deadline.reminder"), "PRESERVATION_ENDS");
        Assert.Single(await Told(paper, sent.CaseId, "deadline.ended"), "PRESERVATION_ENDS");
    }

    [Fact]
    public async Task A_preservation_that_a_letter_ends_without_a_day_is_warned_about_before_anybody_signs()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var letter = ("kept.pdf", "application/pdf", OnPaper.Letter("the data are kept"));
        async Task<List<V1.Refusal>> Warnings(string outcome, string says = "EXECUTED")
        {
            var fields = OnPaper.Came(sent, says, letter);
            if (says == "EXECUTED")
                fields["outcome"] = outcome;
            return [.. (await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = fields.ToJsonString() })).Warnings];
        }
        foreach (var outcome in new[] { "FULL", "PARTIAL" })
        {
            var warning = Assert.Single(await Warnings(outcome));
            Assert.Equal(("V001", "until"), (warning.Code, warning.Path));
            Assert.Contains("PRESERVED", warning.Detail, StringComparison.Ordinal);
        }
        Assert.Empty(await Warnings("NO_DATA_FOUND"));
        Assert.Empty(await Warnings("", "ACCEPTED"));
        var kept = OnPaper.Came(sent, "PRESERVED", letter);
        kept["until"] = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddDays(60));
        await paper.Record(kept, files: letter);
        letter = ("done.pdf", "application/pdf", OnPaper.Letter("this ends the matter"));
        Assert.Empty(await Warnings("FULL"));
    }

    [Fact]
    public async Task What_we_owe_is_done_when_it_left_and_what_we_miss_is_no_machines_to_tell()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        var letter = ("questions.pdf", "application/pdf", OnPaper.Letter("which server?"));
        await paper.Record(OnPaper.Came(sent, "RETURNED_FOR_INFO", letter), files: letter);
        var asked = await Deadlines(paper, sent.CaseId);
        Assert.Equal((true, "RUNNING"), Assert.Single(asked, d => d.Rule == "ANSWER_QUESTIONS") is var own ? (own.Own, own.State) : default);
        Assert.Equal("SUSPENDED", Assert.Single(asked, d => d.Rule == "DECIDE").State);

        paper.State.Clock.Offset += TimeSpan.FromDays(31);
        await Look(paper);
        await Look(paper);
        Assert.Equal("MISSED", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "ANSWER_QUESTIONS").State);
        Assert.Contains(paper.State.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);
        Assert.Equal(["PAPER", "PAPER", "REQUEST"], await Messages(paper, sent.CaseId));

        // Signed is not answered: the letter lies here.
        var answer = await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "SUPPLEMENTED", new JsonObject { ["answers"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["answer"] = "the one at 192.0.2.7" }) });
        var signed = await Deadlines(paper, sent.CaseId);
        Assert.Equal("", Assert.Single(signed, d => d.Rule == "ANSWER_QUESTIONS").Met);
        Assert.Equal("SUSPENDED", Assert.Single(signed, d => d.Rule == "DECIDE").State);
        await paper.Record(OnPaper.Left(sent, "another envelope"u8.ToArray(), Certificate, answer.Message));
        var left = await Deadlines(paper, sent.CaseId);
        Assert.NotEqual("", Assert.Single(left, d => d.Rule == "ANSWER_QUESTIONS").Met);
        Assert.Equal("RUNNING", Assert.Single(left, d => d.Rule == "DECIDE").State);
        Assert.DoesNotContain(paper.State.Get<Alarms>().All, a => a.Code == AlarmCode.DEADLINES_MISSED);
    }

    [Fact]
    public async Task A_formal_request_came_when_it_was_handed_to_a_carrier_and_not_when_it_was_signed()
    {
        await using var paper = await OnPaper.Start();
        JsonObject Emergency(string? formalises)
        {
            var fields = TwoStates.SampleFields("emergency-disclosure.json");
            fields["requestedAuthority"] = "XC-CA";
            if (formalises is not null)
                fields["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = "FORMALISES", ["case"] = formalises });
            return fields;
        }
        var sent = await TwoStates.Submit(paper.State, paper.Officer, "request", Emergency(null));
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        var formal = await TwoStates.Submit(paper.State, paper.Officer, "request", Emergency(sent.CaseId));
        Assert.Equal("", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "FORMAL_REQUEST" && d.State == "RUNNING").Met);
        await paper.Record(OnPaper.Left(formal, "another envelope"u8.ToArray(), Certificate));
        Assert.Equal("MET", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "FORMAL_REQUEST").State);
    }

    [Fact]
    public async Task Received_data_are_kept_by_the_day_on_which_we_closed_the_case_whether_or_not_the_letter_left()
    {
        await using var paper = await OnPaper.Start();
        var fields = TwoStates.SampleFields("emergency-disclosure.json");
        fields["requestedAuthority"] = "XC-CA";
        fields["handling"]!["retention"] = "UNTIL_CASE_CLOSED";
        fields["handling"]!.AsObject().Remove("retainDays");
        var sent = await TwoStates.Submit(paper.State, paper.Officer, "request", fields);
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("the subscriber lives there"));
        var answer = OnPaper.Came(sent, "EXECUTED", letter);
        answer["outcome"] = "FULL";
        await paper.Record(answer, files: letter);
        Assert.Contains(await Deadlines(paper, sent.CaseId), d => d.Rule == "RETENTION_REVIEW" && d.Own);
        paper.State.Clock.Offset += TimeSpan.FromDays(40);
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "COMPLETED");
        var retention = Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "RETENTION");
        Assert.Equal("RUNNING", retention.State);
        Assert.True(string.CompareOrdinal(retention.Due, DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddDays(28))) > 0, retention.Due);
    }

    [Fact]
    public async Task A_call_back_a_review_and_an_acknowledgement_are_reckoned_and_met_by_what_the_other_State_said()
    {
        await using var paper = await OnPaper.Start();
        var fields = TwoStates.SampleFields("emergency-disclosure.json");
        fields["requestedAuthority"] = "XC-CA";
        var sent = await TwoStates.Submit(paper.State, paper.Officer, "request", fields);
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        var running = await Deadlines(paper, sent.CaseId);
        foreach (var rule in new[] { "ACKNOWLEDGE", "CALL_BACK", "POST_REVIEW" })
        {
            var one = Assert.Single(running, d => d.Rule == rule);
            Assert.Equal(("XC-CA", false, "RUNNING"), (one.ByAuthority, one.Own, one.State));
            Assert.Contains("on paper", one.Basis, StringComparison.Ordinal);
        }
        paper.State.Clock.Offset += TimeSpan.FromMinutes(50);
        var note = ("telephone-note.txt", "text/plain", "03:50 the officer on duty of XC rang back; the request is genuine"u8.ToArray());
        await paper.Record(OnPaper.Came(sent, "CALLED_BACK", note), files: note);
        var after = await Deadlines(paper, sent.CaseId);
        Assert.NotEqual("", Assert.Single(after, d => d.Rule == "CALL_BACK").Met);
        Assert.NotEqual("", Assert.Single(after, d => d.Rule == "ACKNOWLEDGE").Met);
        Assert.Equal("", Assert.Single(after, d => d.Rule == "POST_REVIEW").Met);
        paper.State.Clock.Offset += TimeSpan.FromDays(31);
        await Look(paper);
        Assert.Equal("MISSED", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "POST_REVIEW").State);
        // No machine writes to anybody.
        Assert.Equal(["PAPER", "PAPER", "REQUEST"], await Messages(paper, sent.CaseId));
    }

    [Fact]
    public async Task Cases_of_the_time_before_the_clock_ran_on_paper_are_looked_at_when_the_database_is_brought_up()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Certificate));
        await Look(paper);
        // As it was: the events are behind the cursor, and there are no dates.
        var database = paper.State.Get<Database>();
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM deadlines"));
        Assert.Empty(await Deadlines(paper, sent.CaseId));
        var migration = typeof(Database).Assembly.GetManifestResourceNames().Single(n => n.EndsWith(".0025.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(typeof(Database).Assembly.GetManifestResourceStream(migration)!);
        var text = await reader.ReadToEndAsync();
        await database.Write(Lane.Ordinary, s => s.Raw(text));
        Assert.Contains(await Deadlines(paper, sent.CaseId), d => d.Rule == "DECIDE");
    }

    private static Task Look(OnPaper paper) => paper.State.Get<ClockLoop>().LookAtAll();

    private static async Task<IReadOnlyList<DeadlineView>> Deadlines(OnPaper paper, string caseId)
    {
        await Look(paper);
        return (await paper.Client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId })).Deadlines;
    }

    private static async Task<List<string>> Messages(OnPaper paper, string caseId) => [.. (await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId })).Messages.Select(m => m.About)];

    private static async Task<List<string>> Told(OnPaper paper, string caseId, string kind)
    {
        using var call = paper.Client.Watch(new WatchRequest { NoWait = true });
        var rules = new List<string>();
        await foreach (var e in call.ResponseStream.ReadAllAsync())
        {
            if (e.CaseId == caseId && e.Kind == kind)
                rules.Add(e.Subject);
        }
        return rules;
    }
}
