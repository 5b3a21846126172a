using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

/// <summary>What the papers ask a request to say is a member, and a request that leaves it out is not composed.</summary>
public class RequirementTests
{
    [Theory]
    // Whose case it is (R24), in which proceedings, under which law, with what consequence (R37, R39, R40, R57).
    [InlineData("stored-content-data", "onBehalfOf", "onBehalfOf=")]
    [InlineData("stored-content-data", "proceedingType", "proceedingType=")]
    [InlineData("stored-content-data", "offence[0].scope", "offence[0].scope=")]
    [InlineData("stored-content-data", "offence[0].provision", "offence[0].provision=")]
    [InlineData("stored-content-data", "offence[0].maxPenaltyMonths", "offence[0].maxPenaltyMonths=")]
    // What is asked, why, in which time (R35); under what and for what (R77, R79); with what safeguards (R76).
    [InlineData("stored-content-data", "rationale", "rationale=")]
    [InlineData("stored-content-data", "collectionTimeframe", "collectionTimeframe=")]
    [InlineData("stored-content-data", "linkToOffence", "linkToOffence=")]
    [InlineData("stored-content-data", "legalBasis", "legalBasis=")]
    [InlineData("stored-content-data", "purposeCode", "purposeCode=")]
    [InlineData("stored-content-data", "safeguards", "safeguards=")]
    [InlineData("stored-content-data", "safeguards.necessity", "safeguards.necessity=")]
    [InlineData("stored-content-data", "safeguards.personNotified", "safeguards.personNotified=")]
    // Measures in real time (R47), their review (R51), their end (R50), covert ones (R52).
    [InlineData("realtime-traffic", "dataWindow", "dataWindow=")]
    [InlineData("intercept-content", "judicialAuthorisation", "judicialAuthorisation=")]
    [InlineData("intercept-content", "judicialAuthorisation.legalStandard", "judicialAuthorisation.legalStandard=")]
    [InlineData("intercept-content", "reviewBody", "reviewBody=")]
    [InlineData("covert-measure", "terminationRule", "terminationRule=")]
    [InlineData("covert-measure", "needToKnow", "needToKnow=")]
    // Hearings (R53), consuls (R54), assets (R55), information (R58), searches (R59).
    [InlineData("video-hearing", "slots", "slots=")]
    [InlineData("video-hearing", "zoneRequested", "zoneRequested=")]
    [InlineData("video-hearing", "equipmentProvider", "equipmentProvider=")]
    [InlineData("consular-action", "nationality", "nationality=")]
    [InlineData("asset-return", "claimants", "claimants=")]
    [InlineData("asset-return", "expenses", "expenses=")]
    [InlineData("asset-return", "destinationAccount", "destinationAccount=")]
    [InlineData("spontaneous-information", "conditionsProposed", "conditionsProposed=")]
    [InlineData("locate-identify", "sought", "sought=")]
    public void What_the_papers_ask_for_is_not_left_out(string sample, string path, string change)
        => Assert.Contains(RequestSamples.Compose(sample, fields => RequestSamples.Change(fields, change)).Problems, p => p.Path == path);

    [Theory]
    [InlineData("proceedingType=\"ADMINISTRATIVE\"")]
    [InlineData("proceedingType=\"CIVIL\"")]
    [InlineData("noPersonKnown=;persons=[{\"name\":\"Example Trading Ltd\",\"role\":\"SUSPECT\",\"subjectType\":\"LEGAL_PERSON\"}]")]
    [InlineData("offence[0].scope=\"SERIOUS_CRIME\"")]
    [InlineData("offence[0].scope=\"OTHER\"")]
    [InlineData("requestedProcedure=\"The witness is told that he may remain silent.\"")]
    [InlineData("parallelChannels=[{\"channel\":\"DIPLOMATIC\",\"reference\":\"note 12/2026\",\"date\":\"2026-11-19\"}]")]
    public void Other_proceedings_offences_formalities_and_channels_can_be_said(string change)
        => Assert.Empty(RequestSamples.Compose("stored-content-data", fields => RequestSamples.Change(fields, change)).Problems);

    [Fact]
    public void One_authority_may_be_contact_point_and_central_authority()
    {
        static RequestContext Both(RequestContext c) => c with { SenderRoles = ["CONTACT_POINT_24_7", "CENTRAL_AUTHORITY_MLA"], RecipientRoles = ["CONTACT_POINT_24_7", "CENTRAL_AUTHORITY_MLA"] };
        Assert.All(new[] { "stored-content-data", "emergency-disclosure", "technical-advice" }, sample => Assert.Empty(RequestSamples.Compose(sample, context: Both).Problems));
        // With one of the two roles, not everything.
        Assert.Equal("V009", Assert.Single(RequestSamples.Compose("stored-content-data", context: c => Both(c) with { SenderRoles = ["CONTACT_POINT_24_7"] }).Problems).Code.Text());
    }

    [Fact]
    public void A_company_is_a_word_in_a_request_and_neither_sends_nor_receives_one()
    {
        Assert.Equal("V002", Assert.Single(RequestSamples.Compose("preserve-data", context: c => c with { SenderRoles = ["SERVICE_PROVIDER"] }).Problems).Code.Text());
        Assert.Equal("V003", Assert.Single(RequestSamples.Compose("preserve-data", context: c => c with { RecipientRoles = ["SERVICE_PROVIDER"] }).Problems).Code.Text());
        var named = RequestSamples.Compose("preserve-data", fields => RequestSamples.Change(fields, "custodian=\"Example Hosting\""));
        Assert.Empty(named.Problems);
        Assert.Contains("Example Hosting", System.Text.Encoding.UTF8.GetString(named.Document!), StringComparison.Ordinal);
    }

    [Fact]
    public void Extradition_goes_between_the_central_authorities_that_are_designated_for_it_only()
    {
        string[] may = [.. Enum.GetNames<Role>().Where(role => RequestSamples.Compose("extradition", context: c => c with { SenderRoles = [role] }).Problems.Count == 0)];
        string[] take = [.. Enum.GetNames<Role>().Where(role => RequestSamples.Compose("extradition", context: c => c with { RecipientRoles = [role] }).Problems.Count == 0)];
        Assert.Equal(["CENTRAL_AUTHORITY_EXTRADITION"], may);
        Assert.Equal(["CENTRAL_AUTHORITY_EXTRADITION"], take);
        // The card may name an authority for this kind alone.
        Assert.Equal("V002", Assert.Single(RequestSamples.Compose("extradition", context: c => c with { SenderRoles = ["CENTRAL_AUTHORITY_EXTRADITION"], SenderFunctions = ["TRANSFER_SENTENCED"] }).Problems).Code.Text());
    }

    [Theory]
    [InlineData("realtime-traffic", "dataWindow.to", "dataWindow={\"from\":\"2031-01-10T00:00:00+01:00\",\"to\":\"2031-09-01T00:00:00+01:00\"};judicialAuthorisation.validUntil=\"2031-10-01T00:00:00+01:00\"")]
    [InlineData("realtime-traffic", "deliveryIntervalDays", "deliveryIntervalDays=8")]
    public void A_measure_in_real_time_lasts_six_months_at_most_and_delivers_every_week_at_least(string sample, string path, string change)
        => Assert.StartsWith(path.Split('.')[0], Assert.Single(RequestSamples.Compose(sample, fields => RequestSamples.Change(fields, change)).Problems).Path, StringComparison.Ordinal);

    [Theory]
    [InlineData("2031-06-30T00:00:00+02:00", true)]
    [InlineData("2031-07-01T00:00:01+02:00", false)]
    public void What_a_measure_yielded_after_the_end_of_its_authorisation_goes_nowhere(string until, bool delivered)
    {
        var request = System.Text.Json.JsonDocument.Parse("""{"judicialAuthorisation":{"validUntil":"2031-07-01T00:00:00+02:00"}}""").RootElement;
        var moment = DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture);
        foreach (var kind in new[] { RequestKind.REALTIME_TRAFFIC, RequestKind.INTERCEPT_CONTENT, RequestKind.COVERT_MEASURE })
            Assert.Equal(delivered ? null : RefusalCode.AuthorisationMissing, MeasureBounds.Refuse(kind, request, moment, "periodTo")?.Code);
        // Stored data are there whatever the day.
        Assert.Null(MeasureBounds.Refuse(RequestKind.STORED_CONTENT_DATA, request, moment, "periodTo"));
    }

    [Theory]
    [InlineData("DATA_NO_LONGER_EXISTS")]
    [InlineData("DATA_ALTERED")]
    [InlineData("DATA_NOT_HERE")]
    [InlineData("PROVIDER_IN_OTHER_STATE")]
    public void An_answer_says_when_data_are_gone_altered_or_elsewhere_in_a_word(string outcome)
    {
        Act Answer(string word) => new(Ids.New(), ActKind.EXECUTED, Ids.NewCase("XA"), Ids.New(), "XB-CA", "", "", word, null, RequestSamples.Now);
        Assert.Equal(outcome, Act.Read(Answer(outcome).Write()).Value.Outcome);
        Assert.False(Act.Read(Answer("LOST").Write()).Succeeded);
    }
}
