using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Custody;
using Xunit;

namespace Gateway.Protocol.Tests.Records;

public class RecordTests
{
    public static TheoryData<string> Types => [.. RecordForms.All.Select(form => form.Type)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_form_names_all_that_is_missing_at_once(string type)
    {
        var form = RecordForms.Find(type)!;
        var problems = Compose(form, []).Problems;
        Assert.Subset(problems.Select(p => p.Path!).ToHashSet(), form.Fields.Where(f => f.Need == Need.Required).Select(f => f.Name).ToHashSet());
        Assert.All(problems, problem => Assert.Equal(RefusalCode.RequiredFieldEmpty, problem.Code));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_form_is_made_read_back_and_printed(string type)
    {
        var record = RecordDocument.Read(RecordSamples.Document(RecordForms.Find(type)!)).Value;
        var (title, sections) = RecordPages.Of(record);
        Assert.NotEmpty(title);
        Assert.Contains(sections, section => section.SignedBy is not null);
        var poorer = JsonNode.Parse(RecordSamples.Document(record.Form))!.AsObject();
        poorer["surprise"] = 1;
        Assert.Equal(RefusalCode.DocumentUnknownMember, RecordDocument.Read(System.Text.Encoding.UTF8.GetBytes(poorer.ToJsonString() + "\n")).Refusal?.Code);
        Assert.Equal(RefusalCode.DocumentType, RecordDocument.Read("{\"v\":1,\"type\":\"act\"}\n"u8.ToArray()).Refusal?.Code);
    }

    [Theory]
    [InlineData("GENERIC", "Statements")]
    [InlineData("IN_BSA_63_4", "Part B — to be filled by the expert")]
    [InlineData("US_902_13_14", "Rule 902(14): the process of digital identification")]
    public void Every_layout_of_a_certificate_says_the_same(string rendering, string heading)
    {
        var form = RecordSamples.Form(RecordForms.CustodianCertificate);
        form["rendering"] = rendering;
        form["hashReport"] = "HR-7";
        form["expert"] = new JsonObject
        {
            ["name"] = "D. Expert", ["post"] = "examiner", ["organisation"] = "lab", ["digests"] = form["digests"]!.DeepClone(), ["time"] = "2026-03-01T10:00:00+01:00", ["place"] = "Birk",
        };
        var (title, sections) = RecordPages.Of(RecordDocument.Read(RecordSamples.Document(RecordForms.CustodianCertificate, form)).Value);
        Assert.NotEmpty(title);
        Assert.Contains(sections, section => section.Heading == heading);
        var rows = sections.SelectMany(section => section.Rows.Select(row => row.Value)).ToList();
        Assert.Equal(2, rows.Count(value => value == Digest.Of("content"u8).ToString()));
        foreach (var text in (string[])["lawful control", "working properly", "HR-7", "Birk", "D. Expert"])
            Assert.Contains(rows, value => value.Contains(text, StringComparison.Ordinal));
        Assert.Equal(["B. Technician", "D. Expert"], sections.Select(section => section.SignedBy).OfType<string>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_certificate_with_weak_digests_only_is_refused()
    {
        var form = RecordSamples.Form(RecordForms.CustodianCertificate);
        form["digests"] = new JsonArray(new JsonObject { ["algorithm"] = "MD5", ["value"] = new string('a', 32) });
        Assert.Equal([RefusalCode.OnlyWeakDigests], Compose(RecordForms.CustodianCertificate, form).Problems.Select(p => p.Code));
        form["digests"]!.AsArray().Add(new JsonObject { ["algorithm"] = "SHA256", ["value"] = "00" });
        Assert.Equal("digests[1].value", Assert.Single(Compose(RecordForms.CustodianCertificate, form).Problems).Path);
    }

    [Fact]
    public void The_two_part_certificate_needs_an_expert_who_is_another_person_with_the_same_digests()
    {
        var form = RecordSamples.Form(RecordForms.CustodianCertificate);
        form["rendering"] = "IN_BSA_63_4";
        Assert.Equal("expert", Assert.Single(Compose(RecordForms.CustodianCertificate, form).Problems).Path);
        form["expert"] = new JsonObject
        {
            ["name"] = "b.  technician", ["post"] = "examiner", ["organisation"] = "lab", ["digests"] = new JsonArray(new JsonObject { ["algorithm"] = "SHA256", ["value"] = Digest.Of("x"u8).ToString() }),
            ["time"] = "2026-03-01T10:00:00+01:00", ["place"] = "Birk",
        };
        Assert.Equal([(RefusalCode.SamePersonTwice, "expert.name"), (RefusalCode.ItemDigestMismatch, "expert.digests")], Compose(RecordForms.CustodianCertificate, form).Problems.Select(p => (p.Code, p.Path!)));
        form["expert"]!["name"] = "D. Expert";
        form["expert"]!["digests"] = form["digests"]!.DeepClone();
        var record = RecordDocument.Read(Compose(RecordForms.CustodianCertificate, form).Document!).Value;
        var sections = RecordPages.Of(record).Sections;
        Assert.Equal(["Part A — to be filled by the party", "Part B — to be filled by the expert"], sections.Select(s => s.Heading));
        Assert.Equal(["B. Technician", "D. Expert"], sections.Select(s => s.SignedBy));
        // 10:00 at +01:00 is 14:30 in India.
        Assert.Contains(("Time (IST, 24 hours)", "14:30"), sections[1].Rows);
        Assert.Contains(("Date", "01/03/2026"), sections[1].Rows);
    }

    [Fact]
    public void Each_part_of_a_certificate_is_signed_by_whom_it_names_or_with_the_certificate_that_it_states()
    {
        var (state, form) = (SampleCase.Shared.Asked, RecordSamples.Form(RecordForms.CustodianCertificate));
        RecordSamples.TwoParts(form);
        RecordDocument Read() => RecordDocument.Read(RecordSamples.Document(RecordForms.CustodianCertificate, form)).Value;
        var (technician, officer) = (state.Technician.Certificate, state.FirstOfficer.Certificate);
        Assert.Null(RecordSignatures.Refuse(Read(), technician));
        Assert.Equal(RefusalCode.CertifierDiffers, RecordSignatures.Refuse(Read(), officer)?.Code);
        Assert.Contains("D. Expert", Assert.Single(RecordSignatures.Unsigned(Read(), [technician, officer])), StringComparison.Ordinal);
        // Another name in the certificate: the part says which certificate it is, and then no other one counts, not even one with the name.
        form["expert"]!["signingCertificate"] = officer.Sha256.ToString();
        Assert.Null(RecordSignatures.Refuse(Read(), officer));
        Assert.Empty(RecordSignatures.Unsigned(Read(), [officer, technician]));
        form["certifier"]!["signingCertificate"] = Digest.Of("x"u8).ToString();
        Assert.Equal(RefusalCode.CertifierDiffers, RecordSignatures.Refuse(Read(), technician)?.Code);
        Assert.Equal(2, RecordSignatures.Unsigned(Read(), [technician]).Count);
        form["certifier"]!["signingCertificate"] = officer.Sha256.ToString();
        Assert.Equal((RefusalCode.SamePersonTwice, "expert.signingCertificate"), Only(RecordForms.CustodianCertificate, form));
        // Other records are signed by whoever took part.
        Assert.Null(RecordSignatures.Refuse(RecordDocument.Read(RecordSamples.Document(RecordForms.LabReport)).Value, officer));
    }

    /// <summary>Everybody whom a record names as one who signs it; one person who stands there twice signs once.</summary>
    [Fact]
    public void Whose_signature_a_copying_record_or_a_report_lacks_is_said()
    {
        var state = SampleCase.Shared.Asked;
        var (technician, officer) = (state.Technician.Certificate, state.FirstOfficer.Certificate);
        var report = RecordSamples.Form(RecordForms.LabReport);
        (report["examiner"]!["name"], report["reviewer"]!["name"]) = (technician.CommonName, officer.CommonName);
        RecordDocument Report() => RecordDocument.Read(RecordSamples.Document(RecordForms.LabReport, report)).Value;
        Assert.Equal([$"'{technician.CommonName}' (examiner)", $"'{officer.CommonName}' (reviewer)"], RecordSignatures.Lacking(Report(), []));
        Assert.Equal([$"'{officer.CommonName}' (reviewer)"], RecordSignatures.Lacking(Report(), [technician]));
        Assert.Empty(RecordSignatures.Lacking(Report(), [officer, technician]));
        Assert.Empty(RecordSignatures.Unsigned(Report(), []));

        var copying = RecordSamples.Form(RecordForms.CopyingRecord);
        copying["author"]!["name"] = technician.CommonName;
        JsonObject Present(string? name, string role, string signature) => new() { ["name"] = name, ["role"] = role, ["signature"] = signature, ["refusedBecause"] = signature == "REFUSED" ? "no reason given" : null };
        copying["participants"] = new JsonArray(Present($" {technician.CommonName!.ToUpperInvariant()} ", "SPECIALIST", "SIGNED"), Present(officer.CommonName, "WITNESS", "SIGNED"), Present("C. Owner", "OWNER", "REFUSED"));
        var record = RecordDocument.Read(RecordSamples.Document(RecordForms.CopyingRecord, copying)).Value;
        Assert.Equal([$"'{officer.CommonName}' (WITNESS)"], RecordSignatures.Lacking(record, [technician]));
    }

    [Fact]
    public void A_reviewer_under_another_spelling_is_the_examiner_still()
    {
        var form = RecordSamples.Form(RecordForms.LabReport);
        (form["examiner"]!["name"], form["reviewer"]!["name"]) = ("A. Examiner", "a.  EXAMINER");
        Assert.Equal((RefusalCode.SamePersonTwice, "reviewer.name"), Only(RecordForms.LabReport, form));
        form["reviewer"]!["name"] = "B. Reviewer";
        form["reportSha256"] = "00";
        Assert.Equal("reportSha256", Assert.Single(Compose(RecordForms.LabReport, form).Problems).Path);
        form["reportSha256"] = Digest.Of("report"u8).ToString();
        Assert.Empty(Compose(RecordForms.LabReport, form).Problems);
    }

    [Theory]
    [InlineData("LAWFUL_CONTROL", "REGULAR_USE")]
    [InlineData("REGULAR_USE", "LAWFUL_CONTROL")]
    public void The_indian_form_states_lawful_control_and_regular_use(string stated, string missing)
    {
        var form = RecordSamples.Form(RecordForms.CustodianCertificate);
        RecordSamples.TwoParts(form);
        form["statements"] = new JsonArray(stated, "WORKING_PROPERLY");
        var problem = Assert.Single(Compose(RecordForms.CustodianCertificate, form).Problems);
        Assert.Equal((RefusalCode.RequiredFieldEmpty, "statements"), (problem.Code, problem.Path));
        Assert.Contains($"missing: {missing}", problem.Detail, StringComparison.Ordinal);
        form["rendering"] = "GENERIC";
        Assert.Empty(Compose(RecordForms.CustodianCertificate, form).Problems);
    }

    [Fact]
    public void A_malfunction_is_described_and_its_absence_stated()
    {
        var form = RecordSamples.Form(RecordForms.CustodianCertificate);
        form["statements"] = new JsonArray("LAWFUL_CONTROL");
        Assert.Equal("statements", Assert.Single(Compose(RecordForms.CustodianCertificate, form).Problems).Path);
        form["statements"] = new JsonArray("LAWFUL_CONTROL", "MALFUNCTION_WITHOUT_EFFECT");
        Assert.Equal("malfunction", Assert.Single(Compose(RecordForms.CustodianCertificate, form).Problems).Path);
    }

    [Fact]
    public void A_copying_record_has_the_participants_that_the_local_rule_asks_for()
    {
        var form = RecordSamples.Form(RecordForms.CopyingRecord);
        Assert.Equal((RefusalCode.CopyingRecordParticipants, "participants"), Only(RecordForms.CopyingRecord, form));
        form["participants"]![0]!["role"] = "SPECIALIST";
        Assert.Empty(Compose(RecordForms.CopyingRecord, form).Problems);
        form["localRule"] = new JsonObject { ["state"] = "XB", ["provision"] = "CPC 164", ["roles"] = new JsonArray("OWNER"), ["witnesses"] = 2 };
        var problem = Assert.Single(Compose(RecordForms.CopyingRecord, form).Problems);
        Assert.Equal("Copying record needs a specialist and the participants required by XB (CPC 164); missing: OWNER, 2 WITNESS.", problem.Detail);
        foreach (var role in (string[])["OWNER", "WITNESS", "WITNESS"])
            form["participants"]!.AsArray().Add(new JsonObject { ["name"] = role, ["role"] = role, ["signature"] = "SIGNED" });
        Assert.Empty(Compose(RecordForms.CopyingRecord, form).Problems);
        form["participants"]![1]!["signature"] = "REFUSED";
        Assert.Equal((RefusalCode.RequiredFieldEmpty, "participants[1].refusedBecause"), Only(RecordForms.CopyingRecord, form));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("SPECIALIST", "")]
    [InlineData("SPECIALIST,WITNESS,WITNESS", "2 WITNESS")]
    [InlineData("OWNER,DATA_HOLDER", "OWNER, DATA_HOLDER")]
    public void The_profile_of_the_State_asks_for_participants_whatever_the_record_says(string required, string missing)
    {
        var form = RecordSamples.Form(RecordForms.CopyingRecord);
        form["localRule"] = new JsonObject { ["state"] = "XB", ["provision"] = "none", ["roles"] = new JsonArray("SPECIALIST"), ["witnesses"] = 0 };
        form["participants"] = new JsonArray(new JsonObject { ["name"] = "Robin", ["role"] = "SPECIALIST", ["signature"] = "SIGNED" }, new JsonObject { ["name"] = "Kim", ["role"] = "WITNESS", ["signature"] = "SIGNED" });
        var record = RecordDocument.Read(Compose(RecordForms.CopyingRecord, form).Document!).Value;
        string[] roles = required.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var refusal = record.CheckParticipants("XB", roles);
        Assert.Equal(missing.Length == 0 ? null : $"V037 participants: Copying record needs a specialist and the participants required by XB ({string.Join(", ", roles)}); missing: {missing}.", refusal?.ToString());
        Assert.Null(RecordDocument.Read(RecordSamples.Document(RecordForms.LabReport)).Value.CheckParticipants("XB", ["OWNER"]));
    }

    [Fact]
    public void A_copying_record_whose_digests_differ_or_that_ends_before_it_begins_is_refused()
    {
        var form = RecordSamples.Form(RecordForms.CopyingRecord);
        form["participants"]![0]!["role"] = "SPECIALIST";
        form["copyHash"] = Digest.Of("x"u8).ToString();
        Assert.Equal((RefusalCode.ItemDigestMismatch, "copyHash"), Only(RecordForms.CopyingRecord, form));
        form["copyHash"] = form["sourceHashBefore"]!.DeepClone();
        form["to"] = "2026-03-01T08:00:00+01:00";
        Assert.Equal((RefusalCode.WindowOrder, "to"), Only(RecordForms.CopyingRecord, form));
    }

    [Fact]
    public void A_report_answers_every_question_and_is_reviewed_by_another_person()
    {
        var form = RecordSamples.Form(RecordForms.LabReport);
        form["reviewer"]!["name"] = "something";
        form["questions"]!.AsArray().Add("a second one");
        Assert.Equal([(RefusalCode.SamePersonTwice, "reviewer.name"), (RefusalCode.RequiredFieldEmpty, "results")], Compose(RecordForms.LabReport, form).Problems.Select(p => (p.Code, p.Path!)));
    }

    [Fact]
    public void A_report_of_an_inspection_names_which_part_of_what_was_received_matters()
    {
        var form = RecordSamples.Form(RecordForms.LabReport);
        JsonObject Part(string exhibit) => new() { ["exhibitNumber"] = exhibit, ["part"] = "calls.csv, 3 to 9 March 2026", ["why"] = "The calls of the suspect." };
        var received = form["itemsReceived"]![0]!["exhibitNumber"]!.GetValue<string>();
        form["relevantParts"] = new JsonArray(Part(received));
        var composed = Compose(RecordForms.LabReport, form);
        Assert.Empty(composed.Problems);
        Assert.Contains("calls.csv", System.Text.Encoding.UTF8.GetString(composed.Document!), StringComparison.Ordinal);
        form["relevantParts"] = new JsonArray(Part(received), Part("XB-OTHER"));
        Assert.Equal((RefusalCode.DocumentValue, "relevantParts[1].exhibitNumber"), Only(RecordForms.LabReport, form));
    }

    private static (RefusalCode, string?) Only(RecordForm form, JsonObject fields)
    {
        var problem = Assert.Single(Compose(form, fields).Problems);
        return (problem.Code, problem.Path);
    }

    private static Composition Compose(RecordForm form, JsonObject fields)
    {
        using var document = JsonDocument.Parse(fields.ToJsonString());
        return RecordDocument.Compose(form, document.RootElement);
    }
}
