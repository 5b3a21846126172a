using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Judging;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Rules that need a case and not only a request: originals, call-backs; and what arrives in a message.</summary>
public sealed class RulesOnCasesTests
{
    [Fact]
    public async Task An_original_that_is_overdue_warns_and_after_the_grace_suspends_the_execution_only()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["OriginalFollowUp"] = "ALWAYS", ["OriginalFollowUpDays"] = 2 };
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var client = states.Asked.Client(states.AskedLawyer);
        Assert.Empty((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
        clock.Offset = TimeSpan.FromDays(4);
        Assert.Equal("V047", Assert.Single((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings).Code);
        var due = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(40));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "1", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        clock.Offset = TimeSpan.FromDays(20);
        var problem = Assert.Single(await Compose(states.Asked, states.AskedLawyer, new JsonObject { ["case"] = sent.CaseId, ["kind"] = "IN_EXECUTION" }));
        Assert.Equal("V047", problem.Code);
        Assert.EndsWith("; execution suspended by XB's profile.", problem.Detail, StringComparison.Ordinal);
        // Compared by the machine where it came as a file, by a person who says how where it did not.
        JsonObject Original(string result, string? sha256) => new() { ["case"] = sent.CaseId, ["kind"] = "ORIGINAL_RECEIVED", ["originalComparison"] = result, ["originalSha256"] = sha256 };
        var request = (await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Parts.Single(p => p.Role == "request").Sha256;
        foreach (var (result, sha256, code) in new[] { ("MATCH", Digest.Of("another"u8).ToString(), "T110"), ("DIFFERENT", request, "T110"), ("MATCH", null, "V001") })
            Assert.Equal(code, Assert.Single(await Compose(states.Asked, states.AskedLawyer, Original(result, sha256))).Code);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ORIGINAL_RECEIVED", new JsonObject { ["originalComparison"] = "DIFFERENT", ["text"] = "The lawyer compared the original of the embassy with the printed request: page 2 is missing." });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ORIGINAL_RECEIVED", new JsonObject { ["originalComparison"] = "MATCH", ["originalSha256"] = request });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        Assert.Empty((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
    }

    [Theory]
    [InlineData("{\"required\":false}")]
    [InlineData("{\"required\":true,\"by\":\"2999-01-01\"}")]
    public async Task An_original_that_the_profile_wants_follows_whatever_the_sender_says(string said)
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["OriginalFollowUp"] = "ALWAYS", ["OriginalFollowUpDays"] = 2 };
        });
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        var bent = System.Text.RegularExpressions.Regex.Replace(composed.Document.ToStringUtf8(), "\"originalFollowup\":\\{[^}]*\\}", $"\"originalFollowup\":{said}");
        // With the State's card at hand it does not leave.
        if (said.Contains("false", StringComparison.Ordinal))
        {
            var refused = await Refused.By(() => TwoStates.Submit(states.Asking, states.DutyOfficer, "request", TwoStates.Preserve(states.Asking.Clock), change: _ => System.Text.Encoding.UTF8.GetBytes(bent)), "V001");
            Assert.Contains("the profile of XB wants the signed original", refused.Detail, StringComparison.Ordinal);
        }
        else
        {
            // A day that is later than the profile's holds on neither side.
            var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", TwoStates.Preserve(states.Asking.Clock), change: _ => System.Text.Encoding.UTF8.GetBytes(bent));
            await states.Settled(sent.CaseId, 3);
            await states.Asking.Get<ClockLoop>().LookAtAll();
            var own = Assert.Single((await states.Asking.Client(states.DutyOfficer).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId, Rule = "ORIGINAL" })).Deadlines);
            Assert.Equal(states.Asking.Clock.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), own.DueHere[..10]);
            // Sent on the evening before: what was stored then gives way to the day of its arrival, by which the other side reckons.
            var database = states.Asking.Get<Database>();
            string Stored() => database.Read(s => s.One("SELECT original_by FROM cases WHERE id = $1", r => r.GetString(0), sent.CaseId)!);
            var day = Stored();
            await database.Write(Lane.Ordinary, s =>
            {
                s.RunOne("UPDATE cases SET original_by = date(original_by, '-1 day') WHERE id = $1", sent.CaseId);
                Events.Append(s, states.Asking.Clock.GetUtcNow(), "case.clocked", sent.CaseId, sent.CaseId, "");
            });
            Assert.NotEqual(day, Stored());
            await states.Asking.Get<ClockLoop>().LookAtAll();
            Assert.Equal(day, Stored());
        }
        // One that leaves by another program, or under an older card, is not held up; what the profile wants holds all the same.
        var delivery = new Courier(states, System.Text.Encoding.UTF8.GetBytes(bent)).Make();
        await Courier.Deliver(states, delivery);
        await states.Arrived(delivery.CaseId);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        var due = Assert.Single((await states.Asked.Client(states.AskedLawyer).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = delivery.CaseId, Rule = "ORIGINAL" })).Deadlines);
        Assert.Equal(states.Asked.Clock.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), due.DueHere[..10]);
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1 AND original_by IS NOT NULL", delivery.CaseId)));
    }

    [Fact]
    public async Task An_emergency_without_a_recorded_call_back_warns_after_an_hour_and_blocks_nothing()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var fields = TwoStates.Preserve(clock);
        fields["urgency"] = "EMERGENCY";
        fields["emergencyCategory"] = "RISK_TO_LIFE";
        fields["emergencyFacts"] = "A message says that she will be moved at six in the morning.";
        fields["emergencyLink"] = "The log of the server is the only lead to the place where she is.";
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        await states.Settled(sent.CaseId, 3);
        var client = states.Asked.Client(states.AskedLawyer);
        Assert.Empty((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
        clock.Offset = TimeSpan.FromMinutes(61);
        var warning = Assert.Single((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
        Assert.Equal("V050", warning.Code);
        Assert.StartsWith("Call-back to ", warning.Detail, StringComparison.Ordinal);
        // The side that asked has nobody to call back.
        Assert.Empty((await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "1", ["dueAt"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddHours(4)) });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "CALLED_BACK", new JsonObject { ["text"] = "Spoke to the duty officer." });
        Assert.Empty((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Warnings);
    }

    [Fact]
    public async Task A_message_with_two_requests_and_one_with_a_program_in_it_are_rejected_on_arrival()
    {
        await using var states = await TwoStates.Start();
        var two = (await Courier.For(states)).With(bend: cover => cover with { Parts = [.. cover.Parts, cover.Parts[0]] });
        Assert.Equal("V035", (await Courier.Deliver(states, two.Make())).Rejection.Code);
        var program = (await Courier.For(states)).With(bend: cover => cover with { Parts = [.. cover.Parts, Part.Of(PartRole.attachment, "order.pdf", "application/pdf", "MZ\u0090"u8.ToArray())] });
        Assert.Equal("V044", (await Courier.Deliver(states, program.Make())).Rejection.Code);
    }

    [Fact]
    public async Task A_request_without_a_document_that_it_names_does_not_leave_and_is_rejected_on_arrival()
    {
        await using var states = await TwoStates.Start();
        var order = "The data are to be kept."u8.ToArray();
        var listed = new JsonObject { ["name"] = "order.txt", ["type"] = "OTHER", ["mediaType"] = "text/plain", ["sizeBytes"] = order.Length, ["sha256"] = Digest.Of(order).ToString(), ["language"] = "en" };
        void Names(JsonObject fields) => fields["attachments"] = new JsonArray(listed.DeepClone());
        var fields = TwoStates.Preserve(states.Asking.Clock);
        Names(fields);
        var refused = await Refused.By(() => TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields), "V035");
        Assert.Equal($"The request names 1 documents by their digest, 0 of them are with it. Missing: \"attachments[0].sha256\" (SHA-256 {Digest.Of(order)}).", refused.Detail);
        Assert.Empty((await states.Asking.Client(states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases);

        Assert.Equal("V035", (await Courier.Deliver(states, (await Courier.For(states, write: Names)).Make())).Rejection.Code);
        var whole = (await Courier.For(states, write: Names)).With(bend: cover => cover with { Parts = [.. cover.Parts, Part.Of(PartRole.attachment, "order.txt", "text/plain", order)] });
        Assert.Null((await Courier.Deliver(states, whole.Make())).Rejection);
    }

    [Fact]
    public async Task A_program_is_not_taken_from_a_person_either()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        using var signer = states.DutyOfficer.Signing.Signer();
        var request = new SubmitRequest { SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow())), IdempotencyKey = Ids.New() };
        request.Attachments.Add(new Attachment { Name = "order.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8("#!/bin/sh") });
        await Refused.By(() => client.SubmitAsync(request).ResponseAsync, "V044");
        Assert.Empty((await client.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task An_authority_whose_designation_has_ended_sends_nothing_and_what_it_sends_is_rejected()
    {
        var clock = new TestClock();
        var last = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(1));
        await using var states = await TwoStates.Start(clock, json =>
        {
            foreach (var authority in json["Keys"]!["Authorities"]!.AsArray().Where(a => a!["Id"]!.GetValue<string>() == "XA-CP"))
                authority!["ValidTo"] = last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        });
        // Composed on its last day; a gateway that sends it all the same is told by the other one.
        var late = await Courier.For(states);
        Assert.Null((await Courier.Deliver(states, (await Courier.For(states)).Make())).Rejection);
        clock.Offset = TimeSpan.FromDays(2);
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(clock).ToJsonString() });
        var problem = Assert.Single(composed.Problems);
        Assert.Equal(("V002", "requestingAuthority"), (problem.Code, problem.Path));
        Assert.Equal($"XA-CP is not designated for PRESERVE_DATA on {clock.GetUtcNow():yyyy-MM-dd}. Check the directory entry of XA.", problem.Detail);
        Assert.Equal("V002", (await Courier.Deliver(states, late.Make())).Rejection.Code);
    }

    [Fact]
    public void A_signature_made_when_its_certificate_had_ended_is_refused()
    {
        var pki = new TestPki("XA");
        var person = pki.Issue("Avery", TestPki.Sign);
        var card = Gateway.Protocol.PeerCards.SignedCard.Open(CardOf(pki)).Value.Card;
        using var signer = person.Signer();
        var late = SignedDocument.Open(SignedDocument.Sign("{}"u8.ToArray(), signer, person.Certificate.NotAfter.AddSeconds(1))).Value;
        Assert.Equal("V026", JudgeMarks.Signature(late, card).Verdict);
        var good = SignedDocument.Open(SignedDocument.Sign("{}"u8.ToArray(), signer, person.Certificate.NotAfter)).Value;
        Assert.Equal("PASSED", JudgeMarks.Signature(good, card).Verdict);
    }

    [Fact]
    public async Task The_lawyer_approves_a_provision_and_it_is_cited_without_unconfirmed_from_then_on()
    {
        await using var states = await TwoStates.Start();
        var (asking, lawyer) = (states.Asking, states.Lawyer);
        async Task<string> Missing()
        {
            var fields = TwoStates.Preserve(asking.Clock);
            fields.Remove("purposeText");
            return Assert.Single((await asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() })).Problems).Detail;
        }

        Assert.Contains("(UNCC 40(15)(f), unconfirmed)", await Missing(), StringComparison.Ordinal);
        Assert.Equal("UNCONFIRMED", (await asking.Client(lawyer).ListTreatiesAsync(new ListTreatiesRequest())).Treaties.Single(t => t.Id == "UNCC 40(15)").Status);
        var approval = new JsonObject { ["provisions"] = new JsonArray("UNCC 40(15)"), ["checkedAgainst"] = "A/RES/79/243, annex, English text" };
        Assert.Equal("T802", Assert.Single((await asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "treatyApproval", FieldsJson = approval.ToJsonString() })).Problems).Code);
        var stray = new JsonObject { ["provisions"] = new JsonArray("UNCC 999"), ["checkedAgainst"] = "the text" };
        Assert.Equal("T804", Assert.Single((await asking.Client(lawyer).ComposeAsync(new ComposeRequest { Type = "treatyApproval", FieldsJson = stray.ToJsonString() })).Problems).Code);
        await TwoStates.Submit(asking, lawyer, "treatyApproval", approval);
        Assert.Contains("(UNCC 40(15)(f))", await Missing(), StringComparison.Ordinal);
        var listed = (await asking.Client(lawyer).ListTreatiesAsync(new ListTreatiesRequest())).Treaties.Single(t => t.Id == "UNCC 40(15)");
        Assert.Equal(("APPROVED", "lawyer", "A/RES/79/243, annex, English text"), (listed.Status, listed.ApprovedBy, listed.CheckedAgainst));
    }

    [Fact]
    public async Task The_profile_of_an_old_case_stays_readable_after_a_newer_card()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var before = await states.Asking.Client(states.DutyOfficer).ShowProfileAsync(new ShowProfileRequest { CaseId = sent.CaseId });
        Assert.Equal(("XB", 1ul), (before.State, before.Version));
        states.Asked.Configure(json => json["Profile"] = new JsonObject { ["Languages"] = new JsonArray("fr") });
        await states.Asking.Get<Gateway.Peers.TakeCard>().Run(new PushCardRequest { Card = ByteString.CopyFrom(states.Asked.IssueCard(states.Asked.Card).Der.Span) }, states.Asking.Get<Gateway.Peers.PeerDirectory>().ByState("XB")!);
        var now = await states.Asking.Client(states.DutyOfficer).ShowProfileAsync(new ShowProfileRequest { State = "XB" });
        Assert.Contains("\"fr\"", now.ProfileJson, StringComparison.Ordinal);
        Assert.Equal([2ul, 1ul], now.Versions);
        Assert.Equal(before.ProfileJson, (await states.Asking.Client(states.DutyOfficer).ShowProfileAsync(new ShowProfileRequest { CaseId = sent.CaseId })).ProfileJson);
    }

    [Fact]
    public async Task A_State_that_wants_qualified_signatures_gets_no_others()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["SignatureLevels"] = new JsonArray(new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Level"] = "QUALIFIED" }) };
        });
        var refused = await Refused.By(() => states.SendPreserve(), "T808");
        Assert.StartsWith("XB takes PRESERVE_DATA only with a qualified signature", refused.Detail, StringComparison.Ordinal);
        Assert.Equal("T808", (await Courier.Deliver(states, (await Courier.For(states)).Make())).Rejection.Code);
    }

    [Fact]
    public void A_certificate_says_that_it_is_qualified()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=Avery", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        Assert.False(Certificate.Read(request.CreateSelfSigned(now, now.AddDays(1)).RawData).Value.IsQualified);
        // QcCompliance (ETSI EN 319 412-5 §4.2.1) after a statement that says something else.
        request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509Extension("1.3.6.1.5.5.7.1.3", Convert.FromHexString("301430080606040" + "08E460104" + "30080606" + "04008E460101"), critical: false));
        Assert.True(Certificate.Read(request.CreateSelfSigned(now, now.AddDays(1)).RawData).Value.IsQualified);
    }

    [Fact]
    public async Task Items_stand_under_the_word_that_the_own_State_has_for_them()
    {
        await using var states = await TwoStates.Start(configure: json => json["Profile"] = new JsonObject
        {
            ["EvidenceTerms"] = new JsonArray(new JsonObject { ["Language"] = "en", ["Text"] = "digital evidence" }, new JsonObject { ["Language"] = "ru", ["Text"] = "цифровые доказательства" }),
        });
        var sent = await states.SendPreserve();
        async Task<string> Term(string language) => (await states.Asking.Client(states.Lawyer).ListItemsAsync(new ListItemsRequest { CaseId = sent.CaseId, Language = language })).Term;
        Assert.Equal(("digital evidence", "цифровые доказательства", "digital evidence"), (await Term(""), await Term("ru-RU"), await Term("fr")));
    }

    private static async Task<IReadOnlyList<Gateway.V1.Refusal>> Compose(TestState state, TestPerson person, JsonObject fields)
        => [.. (await state.Client(person).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems];

    private static byte[] CardOf(TestPki pki)
    {
        var now = TimeProvider.System.GetUtcNow();
        var card = new Gateway.Protocol.PeerCards.PeerCard("XA", 1, now, now.AddDays(1), [pki.Root.Certificate],
            [new("XA-CA", "Central Authority", ["CENTRAL_AUTHORITY_MLA"], "", [], [], [], [], [])], [], 1, new());
        using var signer = pki.Card.Signer();
        return SignedDocument.Sign(card.Write(), signer, now);
    }
}
