using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

public class RequestRulesTests
{
    private const string Preserve = "preserve-data";
    private const string Content = "stored-content-data";

    private static readonly JsonObject Translation = JsonNode.Parse(
        """{"name":"translation.pdf","type":"TRANSLATION","mediaType":"application/pdf","sizeBytes":1000,"sha256":"2f8e1c7a2b6d4093a5c87e60d9b3f2417c05a8e96d3b1f42807e5c9a6d2b4f13","language":"fr"}""")!.AsObject();

    /// <summary>One change to a complete sample, and the one refusal that follows.</summary>
    public static TheoryData<string, string, string, string, string> Content_changes => new()
    {
        { Preserve, "V001", "purposeText", "purposeText=", "Missing field \"purposeText\". PRESERVE_DATA needs it (UNCC 40(15)(f), unconfirmed). Nothing was sent." },
        { Preserve, "V001", "necessity", "necessity=", "Missing field \"necessity\". PRESERVE_DATA needs it (BUDAPEST 29(2)(e)). Nothing was sent." },
        { Preserve, "V001", "dataDescription", "dataDescription=", "Missing field \"dataDescription\". PRESERVE_DATA needs it (UNCC 42, unconfirmed). Nothing was sent." },
        { Preserve, "V001", "offence[0].provision", "offence[0].provision=", "Missing field \"offence[0].provision\". PRESERVE_DATA needs it (UNCC 42, unconfirmed). Nothing was sent." },
        { Preserve, "V001", "custodian", "custodian=;systemLocation=;unknownCustodian=false", "One of \"custodian\", \"systemLocation\", \"unknownCustodian\" is needed." },
        { Preserve, "V001", "persons", "noPersonKnown=", "Missing field \"persons\". PRESERVE_DATA needs it (UNCC 40(15)(e), unconfirmed; or \"noPersonKnown\": true). Nothing was sent." },
        { Preserve, "V001", "confidentialityEnds", "confidentialityEnds=", "Missing field \"confidentialityEnds\". PRESERVE_DATA needs it (UNCC 42, unconfirmed). Nothing was sent." },
        { Content, "V001", "legalBasis[1].title", "legalBasis[1].title=", "Missing field \"legalBasis[1].title\". STORED_CONTENT_DATA needs it (UNCC 44, unconfirmed). Nothing was sent." },
        { Content, "V001", "handling.retainDays", "handling.retainDays=", "Missing field \"handling.retainDays\". STORED_CONTENT_DATA needs it (UNCC 44, unconfirmed). Nothing was sent." },
        { Content, "V001", "handling.conditions[0].text", "handling.conditions[0].code=\"OTHER\"", "Missing field \"handling.conditions[0].text\". STORED_CONTENT_DATA needs it (UNCC 44, unconfirmed). Nothing was sent." },
        { Content, "V001", "filters.keywords", "filters={\"noneReason\":\"\"}", "One of \"filters.keywords\", \"filters.correspondents\", \"filters.noneReason\" is needed." },
        { Content, "V001", "dataWindow", "dataWindow=", "Missing field \"dataWindow\". STORED_CONTENT_DATA needs it (UNCC 40(15), unconfirmed). Nothing was sent." },
        { Preserve, "V001", "deadlineReason", "deadlineRequested=\"2026-11-20T14:00:00+01:00\"", "Missing field \"deadlineReason\". PRESERVE_DATA needs it (the deadline is shorter than the default). Nothing was sent." },
        { Preserve, "T110", "deadlineRequested", "deadlineRequested=\"2026-11-20T10:00:00+01:00\"", "the deadline lies before the request" },
        { Preserve, "V004", "factsSummary", "factsSummary=\"Somebody stole data.\"", "\"factsSummary\" has 20 characters; at least 50 are needed: who, what, when, where, how." },
        { Content, "V005", "emergencyLink", "urgency=\"EMERGENCY\";emergencyCategory=\"RISK_TO_LIFE\";emergencyFacts=\"A message says that she will be moved at six.\"", "Emergency requests must state the facts of the emergency and how the assistance relates to it. Fill \"emergencyLink\" or lower the urgency to URGENT." },
        { Preserve, "V006", "urgency", "urgency=\"EMERGENCY\"", "Risk of data loss alone is URGENT, not EMERGENCY. Choose PRESERVE_DATA with urgency URGENT." },
        { Content, "V010", "judicialAuthorisation", "judicialAuthorisation=", "Judicial authorisation is missing; STORED_CONTENT_DATA needs it." },
        { Content, "V010", "judicialAuthorisation.validUntil", "judicialAuthorisation.validUntil=\"2026-11-20T10:59:59+01:00\"", "Judicial authorisation 4 Ks 118/26 ended on 2026-11-20T10:59:59+01:00." },
        { "realtime-traffic", "V010", "dataWindow.to", "judicialAuthorisation.validUntil=\"2031-06-29T23:59:59+02:00\"", "Judicial authorisation 4 Ks 118/26 ends on 2031-06-29T23:59:59+02:00, before \"dataWindow.to\" (2031-06-30T00:00:00+02:00)." },
        { "covert-measure", "V010", "measurePeriod.to", "judicialAuthorisation.validUntil=\"2031-03-30T00:00:00+02:00\"", "Judicial authorisation 4 Ks 118/26 ends on 2031-03-30T00:00:00+02:00, before \"measurePeriod.to\" (2031-03-31T00:00:00+02:00)." },
        { Content, "V011", "dataWindow.to", "dataWindow.to=", "\"dataWindow\" must have a start and an end. Longest allowed: 730 days." },
        { Content, "V011", "dataWindow", "dataWindow.from=\"2024-01-01T00:00:00Z\"", "\"dataWindow\" must have a start and an end. Longest allowed: 730 days." },
        { Content, "V012", "dataWindow.to", "dataWindow.to=\"2026-02-11T23:59:59+01:00\"", "\"dataWindow.to\" (2026-02-11T23:59:59+01:00) is before start." },
        { Content, "V012", "dataWindow.to", "dataWindow.to=\"2026-11-21T00:00:00+01:00\"", "\"dataWindow.to\" (2026-11-21T00:00:00+01:00) is in the future." },
        { Content, "V013", "dataWindow.from", "dataWindow.from=\"2026-02-12T00:00:00\"", "Time \"2026-02-12T00:00:00\" has no UTC offset. Write e.g. 2026-03-01T02:15:00+05:30." },
        { Content, "V013", "dataWindow.from", "dataWindow.from=\"when Robin Example called\"", "Time \"…\" has no UTC offset. Write e.g. 2026-03-01T02:15:00+05:30." },
        { Preserve, "V015", "preserveDays", "preserveDays=59", "Preservation period 59 days is below the minimum of 60 days." },
        { Preserve, "V016", "intendsMla", "intendsMla=false", "State that a request for disclosure will follow, or withdraw." },
        { Content, "V019", "handling", "handling=", "Personal data is requested. Declare purpose, legal basis and retention (\"handling\")." },
        { Preserve, "V019", "handling", "persons=[{\"name\":\"Robin Example\",\"role\":\"SUSPECT\"}]", "Personal data is requested. Declare purpose, legal basis and retention (\"handling\")." },
        { Preserve, "V020", "purposeCode", "purposeCode=\"GENERAL_INTELLIGENCE\"", "Purpose \"GENERAL_INTELLIGENCE\" is not allowed for transfer. Allowed: CRIMINAL_PROCEEDINGS, ADMINISTRATIVE_PROCEEDINGS, CIVIL_PROCEEDINGS, RELATED_JUDICIAL_FUNCTION, PREVENT_IMMEDIATE_SERIOUS_THREAT, SECURITY_OF_DATA_SUBJECT." },
        { Content, "V020", "handling.purposeCode", "handling.purposeCode=\"for <Robin>\"", "Purpose \"…\" is not allowed for transfer. Allowed: CRIMINAL_PROCEEDINGS, ADMINISTRATIVE_PROCEEDINGS, CIVIL_PROCEEDINGS, RELATED_JUDICIAL_FUNCTION, PREVENT_IMMEDIATE_SERIOUS_THREAT, SECURITY_OF_DATA_SUBJECT." },
        { Preserve, "V023", "languages", "languages.authoritative=\"ru\"", "XB accepts en, fr. Attach a translation of \"request\"." },
        { Preserve, "V045", "itemsAccounts[0].at", "itemsAccounts[0].at=\"2026-11-20T10:05:01Z\"", "Event time 2026-11-20T10:05:01+00:00 is ahead of now, 2026-11-20T10:00:00.000Z." },
        { Preserve, "V045", "oralRequestAt", "oralRequestAt=\"2026-11-20T10:05:01Z\"", "Event time 2026-11-20T10:05:01+00:00 is ahead of now, 2026-11-20T10:00:00.000Z." },
        { Content, "V045", "judicialAuthorisation.date", "judicialAuthorisation.date=\"2026-11-22\"", "The authorisation's date 2026-11-22 is in the future." },
        { Preserve, "V003", "requestedAuthority", "requestedAuthority=\"XA-CA\"", "XA-CA is an authority of the requesting State itself." },
        { "subscriber-info", "V001", "provider", "provider=", "Missing field \"provider\". SUBSCRIBER_INFO needs it (UNCC 44, unconfirmed). Nothing was sent." },
        { "consular-action", "V001", "mission", "mission=", "Missing field \"mission\". CONSULAR_ACTION needs it. Nothing was sent." },
        { "consular-action", "V001", "voluntary", "voluntary=false", "\"voluntary\" must be true for CONSULAR_ACTION." },
        { "transfer-sentenced", "V001", "consent.given", "consent.given=false", "\"consent.given\" must be true for TRANSFER_SENTENCED." },
        { "search-seize", "V001", "officers", "officers=", "Missing field \"officers\". SEARCH_SEIZE needs it (UNCC 44, unconfirmed). Nothing was sent." },
        { "extradition", "V001", "deathPenaltyAssurance", "deathPenalty=\"PROVIDED\"", "Missing field \"deathPenaltyAssurance\". EXTRADITION needs it (UNCC 37, unconfirmed). Nothing was sent." },
        { "preserve-extension", "V001", "linkedRequests", "linkedRequests=", "PRESERVE_EXTENSION needs a linked request with relation EXTENDS." },
        { "emergency-disclosure", "V005", "emergencyFacts", "emergencyFacts=", "Emergency requests must state the facts of the emergency and how the assistance relates to it. Fill \"emergencyFacts\" or lower the urgency to URGENT." },
        { "emergency-disclosure", "T110", "urgency", "urgency=\"URGENT\"", "EMERGENCY_DISCLOSURE is sent with urgency EMERGENCY only" },
        { "extradition", "V008", "offence[0].maxPenaltyMonths", "offence[0].maxPenaltyMonths=11", "Extradition needs an offence punishable by at least 12 months; stated: 11." },
        { "realtime-traffic", "V012", "dataWindow.to", "dataWindow={\"from\":\"2026-10-01T00:00:00Z\",\"to\":\"2026-11-01T00:00:00Z\"}", "\"dataWindow.to\" (2026-11-01T00:00:00+00:00) is in the past." },
        { "joint-investigation", "V012", "teamPeriod.to", "teamPeriod.to=\"2030-12-31\"", "\"teamPeriod.to\" (2030-12-31) is before start." },
        { "video-hearing", "V012", "slots[0].to", "slots[0].to=\"2031-02-03T08:59:59+01:00\"", "\"slots[0].to\" (2031-02-03T08:59:59+01:00) is before start." },
        { "further-use-consent", "V012", "usePeriod.to", "usePeriod.to=\"2031-01-09\"", "\"usePeriod.to\" (2031-01-09) is before start." },
        { "covert-measure", "V012", "measurePeriod.to", "measurePeriod={\"from\":\"2031-02-03T09:00:00+01:00\",\"to\":\"2031-02-03T08:59:59+01:00\"}", "\"measurePeriod.to\" (2031-02-03T08:59:59+01:00) is before start." },
        { "further-use-consent", "V012", "offence[0].to", "offence[0].to=\"2026-02-11\"", "\"offence[0].to\" (2026-02-11) is before start." },
        { "further-use-consent", "V001", "thirdPartyState", "thirdParty=\"the prosecution service of XD\"", "Missing field \"thirdPartyState\". FURTHER_USE_CONSENT needs it (\"thirdParty\" is there). Nothing was sent." },
        { "preserve-extension", "V017", "preservedUntil", "preservedUntil=\"2026-11-20T10:59:59+01:00\"", "Preservation ended on 2026-11-20; send a new PRESERVE_DATA." },
        { "consular-action", "V046", "nationality", "nationality=\"XB\"", "Consular service is limited to own nationals; nationality given: XB." },
        { Preserve, "T110", "reference", "reference=\"RQ-XB-2026-000001\"", "the reference is of XB; XA-CP belongs to XA" },
    };

    [Theory]
    [MemberData(nameof(Content_changes))]
    public void One_change_gives_one_refusal(string sample, string code, string path, string changes, string detail)
    {
        var problem = Assert.Single(RequestSamples.Compose(sample, fields => RequestSamples.Change(fields, changes)).Problems);
        Assert.Equal((code, path, detail), (problem.Code.Text(), problem.Path, problem.Detail));
    }

    [Theory]
    [InlineData("COMPETENT_AUTHORITY", "V002")]
    [InlineData("AUDITOR", "V002")]
    [InlineData("SOMETHING_ELSE", "V002")]
    [InlineData("LAW_ENFORCEMENT", "V009")]
    [InlineData("CONTACT_POINT_24_7", "V009")]
    public void Content_data_are_asked_for_by_the_central_authority_only(string role, string code)
        => Assert.Equal(code, Assert.Single(RequestSamples.Compose(Content, context: c => c with { SenderRoles = [role] }).Problems).Code.Text());

    [Fact]
    public void An_authority_whose_card_does_not_list_the_kind_may_not_send_it()
    {
        var problem = Assert.Single(RequestSamples.Compose(Preserve, context: c => c with { SenderFunctions = ["STORED_CONTENT_DATA"] }).Problems);
        Assert.Equal("V002 requestingAuthority: XA-CP is not designated for PRESERVE_DATA on 2026-11-20. Check the directory entry of XA.", problem.ToString());
    }

    [Fact]
    public void An_authority_sends_under_its_own_name_only()
        => Assert.Equal(RefusalCode.SenderNotDesignated, Assert.Single(RequestSamples.Compose(Preserve, context: c => c with { SenderAuthority = "XA-CA" }).Problems).Code);

    [Fact]
    public void The_addressee_must_be_designated_and_another_is_suggested()
    {
        var problem = Assert.Single(RequestSamples.Compose(Content, context: c => c with { RecipientRoles = ["CONTACT_POINT_24_7"], SuggestedRecipient = "XB-CA-2" }).Problems);
        Assert.Equal("V003 requestedAuthority: XB-CA is not a designated recipient for STORED_CONTENT_DATA. Use XB-CA-2.", problem.ToString());
    }

    [Fact]
    public void An_offence_below_the_threshold_needs_both_justifications()
    {
        RequestContext Strict(RequestContext c) => c with { Recipient = new StateProfile { MinOffenceMonths = 120 } };
        Assert.Equal(
            [
                "V007 exceptionalJustification: Maximum penalty 96 months is below 120 months agreed with XB. Add \"exceptionalJustification\" and \"impactIfRefused\".",
                "V007 impactIfRefused: Maximum penalty 96 months is below 120 months agreed with XB. Add \"exceptionalJustification\" and \"impactIfRefused\".",
            ],
            RequestSamples.Compose(Preserve, context: Strict).Problems.Select(p => p.ToString()));
        Assert.Empty(RequestSamples.Compose(Preserve, fields => RequestSamples.Change(fields, "exceptionalJustification=\"x\";impactIfRefused=\"y\""), Strict).Problems);
        Assert.Empty(RequestSamples.Compose(Preserve, context: c => c with { Recipient = new StateProfile { MinOffenceMonths = 96 } }).Problems);
    }

    [Theory]
    [InlineData("203.0.113.7", null, "itemsAccounts[0].value")]
    [InlineData("203.0.113.7", "2026-02-13T01:52:10+01:00", "itemsAccounts[0].value")]
    [InlineData("203.0.113.7:51544", null, "itemsAccounts[0].at")]
    [InlineData("[2001:db8::7]:51544", null, "itemsAccounts[0].at")]
    public void An_address_without_port_or_second_is_warned_about_and_refused_by_a_strict_profile(string value, string? at, string path)
    {
        void Change(JsonObject fields) => fields["itemsAccounts"] = new JsonArray(new JsonObject { ["type"] = "IP", ["value"] = value, ["at"] = at });
        var lenient = RequestSamples.Compose(Preserve, Change);
        Assert.NotNull(lenient.Document);
        Assert.Equal($"V014 {path}: An IP address shared by several users needs the port and the exact second with time zone.", Assert.Single(lenient.Warnings).ToString());
        var strict = RequestSamples.Compose(Preserve, Change, c => c with { Recipient = new StateProfile { StrictAddresses = true } });
        Assert.Equal(RefusalCode.DynamicAddressWithoutTime, Assert.Single(strict.Problems).Code);
        Assert.Empty(strict.Warnings);
    }

    [Fact]
    public void A_custodian_that_nobody_knows_is_looked_for_by_a_linked_request()
    {
        const string Located = "XA-00112233445566778899aabbccddeeff";
        Composition With(RequestKind? linked) => RequestSamples.Compose(Preserve, fields =>
        {
            fields.Remove("custodian");
            fields.Remove("systemLocation");
            fields["unknownCustodian"] = true;
            if (linked is not null)
                fields["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = "PRESERVES_FOR", ["case"] = Located });
        }, c => c with { LinkedCases = linked is { } kind ? new Dictionary<string, LinkedCase> { [Located] = new(kind, "XB", null, false) } : [] });
        var warning = Assert.Single(With(null).Warnings);
        Assert.Equal((RefusalCode.RequiredFieldEmpty, "linkedRequests"), (warning.Code, warning.Path));
        Assert.Contains("LOCATE_IDENTIFY", warning.Detail, StringComparison.Ordinal);
        Assert.Single(With(RequestKind.SUBSCRIBER_INFO).Warnings);
        Assert.Empty(With(RequestKind.LOCATE_IDENTIFY).Warnings);
        // It stops nothing: the data may be gone before anybody is found.
        Assert.NotNull(With(null).Document);
    }

    [Theory]
    [InlineData(30, 30, 45, true)]
    [InlineData(30, 60, 45, false)]
    [InlineData(60, 30, 45, false)]
    [InlineData(90, 90, 60, true)]
    public void Less_than_60_days_needs_both_profiles(int sender, int recipient, int days, bool accepted)
        => Assert.Equal(accepted, RequestSamples.Compose(Preserve, fields => fields["preserveDays"] = days, c => c with
        {
            Sender = new StateProfile { PreservationMinDays = sender },
            Recipient = new StateProfile { PreservationMinDays = recipient },
        }).Document is not null);

    [Fact]
    public void A_request_says_that_it_confirms_one_by_telephone()
    {
        var composed = RequestSamples.Compose(Preserve, fields => fields["oralRequestAt"] = "2026-11-20T10:40:00+01:00");
        Assert.Empty(composed.Problems);
        Assert.Equal("2026-11-20T10:40:00+01:00", Request.Read(composed.Document).Value.Fields.GetProperty("oralRequestAt").GetString());
    }

    [Fact]
    public void A_translation_counts_only_when_listed_and_attached()
    {
        Composition With(bool listed, bool attached) => RequestSamples.Compose(Preserve, fields =>
        {
            fields["languages"] = JsonNode.Parse(listed ? """{"authoritative":"ru","translations":["fr"]}""" : """{"authoritative":"ru"}""");
            if (attached)
                fields["attachments"] = new JsonArray(Translation.DeepClone());
        });
        Assert.Empty(With(true, true).Problems);
        Assert.Equal([RefusalCode.LanguageNotAccepted], With(true, false).Problems.Select(p => p.Code));
        Assert.Equal([RefusalCode.LanguageNotAccepted, RefusalCode.TranslationNotLinked], With(false, true).Problems.Select(p => p.Code));
    }

    [Fact]
    public void A_translation_of_an_attachment_names_a_digest_that_is_there()
        => Assert.Equal("V024 attachments[0].translationOf", Assert.Single(RequestSamples.Compose(Preserve, fields =>
        {
            var lost = Translation.DeepClone().AsObject();
            lost["translationOf"] = new string('0', 64);
            fields["attachments"] = new JsonArray(lost);
        }).Problems).ToString().Split(':')[0]);

    [Theory]
    [InlineData("ORDINARY", false)]
    [InlineData("EMERGENCY", true)]
    public void Emergency_languages_count_in_an_emergency_only(string urgency, bool accepted)
    {
        var composed = RequestSamples.Compose(Preserve, fields => RequestSamples.Change(fields,
            $"urgency=\"{urgency}\";emergencyCategory=\"RISK_TO_LIFE\";emergencyFacts=\"A message says that she will be moved at six.\";emergencyLink=\"The address is the only lead to the place.\""),
            c => c with { Recipient = new StateProfile { Languages = ["de"], EmergencyLanguages = ["en"] } });
        Assert.Equal(accepted, composed.Document is not null);
        if (!accepted)
            Assert.Equal("V023 languages: XB accepts de. Attach a translation of \"request\". In an emergency also: en.", Assert.Single(composed.Problems).ToString());
    }

    [Fact]
    public void A_regional_language_tag_is_accepted_with_its_language()
        => Assert.Empty(RequestSamples.Compose(Preserve, fields => RequestSamples.Change(fields, "languages.authoritative=\"en-GB\"")).Problems);

    [Fact]
    public void The_profile_may_allow_a_shorter_window_than_the_kind()
        => Assert.Equal("V011 dataWindow: \"dataWindow\" must have a start and an end. Longest allowed: 2 days.",
            Assert.Single(RequestSamples.Compose(Content, context: c => c with { Recipient = new StateProfile { MaxWindowDays = 2 } }).Problems).ToString());

    [Theory]
    [InlineData("{\"required\":false}", "V001")]
    [InlineData("{\"required\":true}", "V001")]
    [InlineData("{\"required\":true,\"by\":\"2026-12-20\"}", null)]
    public void Whether_the_original_follows_is_said_by_the_profile_and_not_by_the_sender(string said, string? code)
    {
        var document = System.Text.Encoding.UTF8.GetString(RequestSamples.Document(Preserve));
        var request = Request.Read(System.Text.Encoding.UTF8.GetBytes(document.Replace("\"originalFollowup\":{\"required\":false}", $"\"originalFollowup\":{said}", StringComparison.Ordinal))).Value;
        var wanting = new StateProfile { Languages = ["en"], OriginalFollowUp = OriginalFollowUp.KINDS, OriginalFollowUpKinds = [RequestKind.PRESERVE_DATA], OriginalFollowUpDays = 10 };
        var context = RequestSamples.ContextOf(Preserve) with { Recipient = wanting };
        Assert.Equal(code is null ? [] : [$"{code} originalFollowup.by: Missing field \"originalFollowup.by\". PRESERVE_DATA needs it (the profile of XB wants the signed original). Nothing was sent."], RequestRules.Check(request, context).Select(p => p.ToString()));
        // Under a card that asks for none it is the sender's to say.
        Assert.Empty(RequestRules.Check(request, RequestSamples.ContextOf(Preserve)));
        // On arrival nothing is held up: the stricter of both holds.
        Assert.Empty(RequestRules.Check(request, context with { Arrived = true }));
        Assert.Equal(new DateOnly(2026, 11, 30), request.OriginalDue(wanting, RequestSamples.Now));
        Assert.Equal(request.OriginalBy, request.OriginalDue(null, RequestSamples.Now));
        Assert.Equal(request.OriginalBy ?? new DateOnly(2027, 3, 1), request.OriginalDue(wanting with { OriginalFollowUpDays = 101 }, RequestSamples.Now));
        Assert.NotNull(request.OriginalDue(wanting with { OriginalFollowUpDays = 36_500 }, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void On_arrival_the_same_rules_apply_at_the_time_of_arrival_and_nothing_is_promised()
    {
        var request = RequestSamples.Read(Content);
        var context = RequestSamples.ContextOf(Content) with { Arrived = true };
        Assert.Equal([RefusalCode.ClockSkew], RequestRules.Check(request, context with { Now = RequestSamples.Now.AddMinutes(-6) }).Select(p => p.Code));
        Assert.Empty(RequestRules.Check(request, context with { Now = RequestSamples.Now.AddMinutes(-5) }));
        var late = DateTimeOffset.Parse("2032-01-01T00:00:00Z", CultureInfo.InvariantCulture);
        Assert.Equal([RefusalCode.AuthorisationMissing], RequestRules.Check(request, context with { Now = late }).Select(p => p.Code));
        var view = RequestSamples.Document(Content);
        var poorer = System.Text.Encoding.UTF8.GetString(view).Replace("\"rationale\":\"No other source holds the pages and the passwords entered.\",", "", StringComparison.Ordinal);
        var problem = Assert.Single(RequestRules.Check(Request.Read(System.Text.Encoding.UTF8.GetBytes(poorer)).Value, context));
        Assert.Equal("V001 rationale: Missing field \"rationale\". STORED_CONTENT_DATA needs it (UNCC 44, unconfirmed).", problem.ToString());
    }

    [Fact]
    public void What_came_on_paper_is_judged_by_the_day_on_which_it_came()
    {
        var request = RequestSamples.Read(Content);
        var context = RequestSamples.ContextOf(Content) with { Arrived = true, Now = DateTimeOffset.Parse("2032-01-01T00:00:00Z", CultureInfo.InvariantCulture) };
        Assert.Equal([RefusalCode.AuthorisationMissing], RequestRules.Check(request, context).Select(p => p.Code));
        Assert.Empty(RequestRules.Check(request, context with { CameAt = RequestSamples.Now }));
        // On a day before the court decided, and before the end of the data that it asks for, it could not be asked.
        Assert.Contains(RefusalCode.ClockSkew, RequestRules.Check(request, context with { CameAt = DateTimeOffset.Parse("2020-01-01T00:00:00Z", CultureInfo.InvariantCulture) }).Select(p => p.Code));
    }

    [Fact]
    public void A_row_can_demand_a_link()
    {
        using var document = System.Text.Json.JsonDocument.Parse(RequestSamples.Document(Preserve));
        var row = RequestKinds.Of(RequestKind.PRESERVE_DATA) with { RequiredRelation = Relation.EXTENDS };
        Assert.Equal("V001 linkedRequests: PRESERVE_DATA needs a linked request with relation EXTENDS.",
            Assert.Single(RequestRules.Problems(document.RootElement, row, RequestSamples.ContextOf(Preserve))).ToString());
    }

    [Fact]
    public void Whoever_composes_an_emergency_is_told_where_it_may_be_told_by_telephone_first()
    {
        RequestContext ByTelephone(RequestContext c) => c with { Recipient = new StateProfile { AcceptsOralInEmergency = true } };
        var told = Assert.Single(RequestSamples.Compose("emergency-disclosure", context: ByTelephone).Warnings, w => w.Path == "oralRequestAt");
        Assert.Equal(RefusalCode.RequiredFieldEmpty, told.Code);
        Assert.DoesNotContain(RequestSamples.Compose("emergency-disclosure").Warnings, w => w.Path == "oralRequestAt");
        Assert.DoesNotContain(RequestSamples.Compose("preserve-data", context: ByTelephone).Warnings, w => w.Path == "oralRequestAt");
        Assert.DoesNotContain(RequestSamples.Compose("emergency-disclosure", f => f["oralRequestAt"] = f["created"]?.DeepClone() ?? "2026-11-20T10:00:00+01:00", ByTelephone).Warnings, w => w.Path == "oralRequestAt");
    }

    [Theory]
    [InlineData("expert-examination")]
    [InlineData("asset-trace-freeze")]
    [InlineData("asset-confiscate")]
    [InlineData("asset-return")]
    [InlineData("transfer-proceedings")]
    public void Handling_is_asked_of_whoever_composes_and_what_an_earlier_build_sent_without_is_taken(string sample)
    {
        Assert.Equal((RefusalCode.HandlingMissing, "handling"), Assert.Single(RequestSamples.Compose(sample, fields => fields.Remove("handling")).Problems) is var problem ? (problem.Code, problem.Path) : default);
        var earlier = System.Text.Json.Nodes.JsonNode.Parse(RequestSamples.Document(sample))!.AsObject();
        earlier.Remove("handling");
        var arrived = Request.Read(System.Text.Encoding.UTF8.GetBytes(earlier.ToJsonString() + "\n")).Value;
        Assert.Empty(RequestRules.Check(arrived, RequestSamples.ContextOf(sample) with { Arrived = true }));
        Assert.True(arrived.Receiver.HasFlag(DataReceiver.REQUESTING));
        // What every build asked for is asked for on arrival too.
        var never = System.Text.Json.Nodes.JsonNode.Parse(RequestSamples.Document("documents-records"))!.AsObject();
        never.Remove("handling");
        Assert.Equal(RefusalCode.HandlingMissing, Assert.Single(RequestRules.Check(Request.Read(System.Text.Encoding.UTF8.GetBytes(never.ToJsonString() + "\n")).Value, RequestSamples.ContextOf("documents-records") with { Arrived = true })).Code);
    }

    [Fact]
    public void The_profile_may_demand_an_authorisation_where_the_table_does_not()
    {
        RequestContext Strict(RequestContext c) => c with { Recipient = new StateProfile { AuthorisationKinds = [RequestKind.DOCUMENTS_RECORDS] } };
        Assert.Equal("V010 judicialAuthorisation: Judicial authorisation is missing; DOCUMENTS_RECORDS needs it under the profile of XB.",
            Assert.Single(RequestSamples.Compose("documents-records", context: Strict).Problems).ToString());
        Assert.Empty(RequestSamples.Compose("documents-records").Problems);
        Assert.Empty(RequestSamples.Compose("expert-examination", context: Strict).Problems);
    }

    [Theory]
    [InlineData("covert-measure", true, null)]
    [InlineData("covert-measure", false, "V002")]
    [InlineData("stored-traffic-data", true, "V009")]
    [InlineData("subscriber-info", false, null)]
    public void A_kind_goes_police_to_police_only_by_the_table_or_the_profile(string sample, bool listed, string? code)
    {
        var composed = RequestSamples.Compose(sample, context: c => c with
        {
            SenderRoles = ["LAW_ENFORCEMENT"],
            Recipient = new StateProfile { PoliceChannelKinds = listed ? [RequestKind.COVERT_MEASURE, RequestKind.STORED_TRAFFIC_DATA] : [] },
        });
        Assert.Equal(code is null ? [] : [code], composed.Problems.Select(p => p.Code.Text()));
    }

    [Theory]
    [InlineData(RequestKind.PRESERVE_DATA, "XB", "2031-01-01T00:00:00Z", null)]
    [InlineData(RequestKind.PRESERVE_EXTENSION, "XB", null, null)]
    [InlineData(RequestKind.PRESERVE_DATA, "XB", "2026-11-20T09:59:59Z", "V017 linkedRequests[0].case: Preservation ended on 2026-11-20; send a new PRESERVE_DATA.")]
    [InlineData(RequestKind.SUBSCRIBER_INFO, "XB", null, "V018 linkedRequests[0].case: No preservation XA-00000000000000000000000000000000 between these authorities.")]
    public void An_extension_names_a_preservation_that_is_there_and_lasts(RequestKind kind, string state, string? until, string? problem)
    {
        var known = new LinkedCase(kind, state, until is null ? null : DateTimeOffset.Parse(until, CultureInfo.InvariantCulture), Granted: true);
        var composed = RequestSamples.Compose("preserve-extension", context: c => c with { LinkedCases = new Dictionary<string, LinkedCase> { ["XA-00000000000000000000000000000000"] = known } });
        Assert.Equal(problem is null ? [] : [problem], composed.Problems.Select(p => p.ToString()));
    }

    // The preservation of the sample's case ran until ten seconds to ten, the request was taken on a minute before, and arrives at ten.
    [Theory]
    [InlineData("2026-11-20T09:58:50Z", null)]
    [InlineData("2026-11-20T09:59:50Z", null)]
    [InlineData("2026-11-20T09:59:51Z", "V017")]
    [InlineData("2026-11-20T11:00:00Z", "V017")]
    [InlineData(null, "V017")]
    public void A_prolongation_that_left_in_time_is_in_time_however_long_the_way_was(string? sent, string? problem)
    {
        var known = new LinkedCase(RequestKind.PRESERVE_DATA, "XA", At("2026-11-20T09:59:50Z"), Granted: true);
        var arrived = RequestRules.Check(RequestSamples.Read("preserve-extension"), RequestSamples.ContextOf("preserve-extension") with
        {
            Now = At("2026-11-20T10:00:00Z"),
            Arrived = true,
            Sent = sent is null ? null : At(sent),
            LinkedCases = new Dictionary<string, LinkedCase> { ["XA-00000000000000000000000000000000"] = known },
        });
        Assert.Equal(problem is null ? [] : [problem], arrived.Select(p => p.Code.Text()));

        static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void An_extension_of_a_preservation_that_nobody_knows_or_that_is_with_another_State_is_refused()
    {
        Assert.Equal("V018", Assert.Single(RequestSamples.Compose("preserve-extension", context: c => c with { LinkedCases = new Dictionary<string, LinkedCase>() }).Problems).Code.Text());
        var other = new Dictionary<string, LinkedCase> { ["XA-00000000000000000000000000000000"] = new(RequestKind.PRESERVE_DATA, "XC", null, false) };
        var arrived = RequestRules.Check(RequestSamples.Read("preserve-extension"), RequestSamples.ContextOf("preserve-extension") with { Arrived = true, LinkedCases = other });
        Assert.Equal(["V018"], arrived.Select(p => p.Code.Text()));
    }

    [Theory]
    [InlineData("thirdPartyState=\"XD\"")]
    [InlineData("thirdParty=\"the prosecution service of XD\";thirdPartyState=\"XD\"")]
    [InlineData("thirdParty=\"the savings bank that was robbed\";thirdPartyState=\"XA\"")]
    [InlineData("usePeriod.to=\"2031-01-10\"")]
    public void A_consent_to_further_use_names_the_State_of_the_third_party_and_days_in_their_order(string changes)
    {
        var request = RequestSamples.Compose("further-use-consent", fields => RequestSamples.Change(fields, changes));
        Assert.Empty(request.Problems);
        Assert.Empty(RequestRules.Check(Request.Read(request.Document).Value, RequestSamples.ContextOf("further-use-consent") with { Arrived = true }));
    }

    [Fact]
    public void Every_period_stands_where_its_order_is_looked_at()
    {
        static bool IsPeriod(Field field) => field.Fields.Any(f => f.Name == "from") && field.Fields.Any(f => f.Name == "to");
        static IEnumerable<Field> Below(Field field) => field.Fields.SelectMany(f => Below(f).Prepend(f));
        Assert.Equal(["dataWindow", "measurePeriod", "offence", "slots", "teamPeriod", "usePeriod"], RequestKinds.All.SelectMany(row => row.AllFields).Where(IsPeriod).Select(f => f.Name).Distinct().Order());
        Assert.DoesNotContain(RequestKinds.All.SelectMany(row => row.AllFields).SelectMany(Below), IsPeriod);
    }

    [Theory]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, "{}", null)]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, false, "{}", "")]
    [InlineData(RequestKind.PRESERVE_DATA, true, "{}", "")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"originalCase":"XA-33333333333333333333333333333333"}""", "; XA-22222222222222222222222222222222 is about another case")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"thirdPartyState":"XD"}""", "; XA-22222222222222222222222222222222 allows XD to use them")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"thirdPartyState":null}""", "; XA-22222222222222222222222222222222 allows no other State to use them")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"newPurposeCode":"CIVIL_PROCEEDINGS"}""", "; XA-22222222222222222222222222222222 allows CIVIL_PROCEEDINGS")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"usePeriod":{"from":"2026-11-21","to":"2027-01-01"}}""", "; XA-22222222222222222222222222222222 allows it from 2026-11-21 to 2027-01-01")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"usePeriod":{"from":"2026-01-01","to":"2026-11-19"}}""", "; XA-22222222222222222222222222222222 allows it from 2026-01-01 to 2026-11-19")]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, true, """{"usePeriod":{"from":"2026-11-20","to":"2026-11-20"}}""", null)]
    public void What_another_State_gave_is_passed_on_only_with_its_consent(RequestKind consentKind, bool granted, string narrower, string? gap)
    {
        const string given = "XA-11111111111111111111111111111111";
        const string consent = "XA-22222222222222222222222222222222";
        var asked = JsonNode.Parse($$$"""{"originalCase":"{{{given}}}","newPurposeCode":"CRIMINAL_PROCEEDINGS","thirdPartyState":"XB","usePeriod":{"from":"2026-01-01","to":"2027-01-01"}}""")!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(narrower)!.AsObject())
        {
            if (value is null)
                asked.Remove(name);
            else
                asked[name] = value.DeepClone();
        }
        var scope = FurtherUse.Of(consent, Request.Read(RequestSamples.Document("further-use-consent", fields =>
        {
            foreach (var (name, value) in asked)
                fields[name] = value!.DeepClone();
        })).Value);
        var composed = RequestSamples.Compose(
            Content,
            fields => fields["linkedRequests"] = JsonNode.Parse($$"""[{"relation":"SUPPLEMENTS","case":"{{given}}"},{"relation":"UNDER_CONSENT","case":"{{consent}}"}]"""),
            c => c with { LinkedCases = new Dictionary<string, LinkedCase> { [given] = new(RequestKind.STORED_CONTENT_DATA, "XC", null, true), [consent] = new(consentKind, "XC", null, granted) { Consent = scope } } });
        Assert.Equal(
            gap is null ? [] : [$"V021 linkedRequests[0].case: Transfer to XB is prohibited without the prior consent of XC. Attach FURTHER_USE_CONSENT granted{gap}."],
            composed.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void A_provision_that_the_lawyer_approved_is_cited_without_a_warning()
        => Assert.Equal("Missing field \"purposeText\". PRESERVE_DATA needs it (UNCC 40(15)(f)). Nothing was sent.",
            Assert.Single(RequestSamples.Compose(Preserve, fields => fields.Remove("purposeText"), c => c with { ApprovedTreaties = new HashSet<string> { "UNCC 40(15)" } }).Problems).Detail);
}
