using System.Text.Json.Nodes;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

/// <summary>What the profile of the requested State asks beyond the table of kinds: documents, channels, a time-stamp; what it says of petty cases.</summary>
public class ProfileRulesTests
{
    private const string Extradition = "extradition";
    private const string Subscriber = "subscriber-info";

    private static readonly JsonObject Law = JsonNode.Parse(
        """{"name":"law.pdf","type":"TEXT_OF_LAW","mediaType":"application/pdf","sizeBytes":1000,"sha256":"2f8e1c7a2b6d4093a5c87e60d9b3f2417c05a8e96d3b1f42807e5c9a6d2b4f13","language":"en"}""")!.AsObject();

    private static Func<RequestContext, RequestContext> Asks(StateProfile profile, string[]? sender = null, string[]? recipient = null, bool arrived = false)
        => c => c with { Recipient = profile, SenderRoles = sender ?? c.SenderRoles, RecipientRoles = recipient ?? c.RecipientRoles, Arrived = arrived };

    private static StateProfile Wants(params string[] types) => new() { SpecialDocuments = [new KindDocuments(RequestKind.EXTRADITION, types)] };

    private static StateProfile Only(params Channel[] channels) => new() { ChannelsAllowed = [new KindChannels(RequestKind.SUBSCRIBER_INFO, channels)] };

    [Fact]
    public void A_document_that_the_State_wants_with_the_kind_is_asked_for_by_its_type()
    {
        Assert.Equal(
            [
                "V001 attachments: Missing field \"attachments\". EXTRADITION needs it (the profile of XB wants a document of type TEXT_OF_LAW). Nothing was sent.",
                "V001 attachments: Missing field \"attachments\". EXTRADITION needs it (the profile of XB wants a document of type DIPLOMATIC_NOTE). Nothing was sent.",
            ],
            RequestSamples.Compose(Extradition, context: Asks(Wants("TEXT_OF_LAW", "DIPLOMATIC_NOTE"))).Problems.Select(p => p.ToString()));
        Assert.Contains("DIPLOMATIC_NOTE", Assert.Single(RequestSamples.Compose(Extradition, fields => fields["attachments"] = new JsonArray(Law.DeepClone()), Asks(Wants("TEXT_OF_LAW", "DIPLOMATIC_NOTE"))).Problems).Detail, StringComparison.Ordinal);
        Assert.Empty(RequestSamples.Compose(Extradition, fields => fields["attachments"] = new JsonArray(Law.DeepClone()), Asks(Wants("TEXT_OF_LAW"))).Problems);
    }

    [Fact]
    public void A_document_that_a_member_names_is_not_asked_for_once_more_and_another_kind_not_at_all()
    {
        Assert.Empty(RequestSamples.Compose(Extradition, context: Asks(Wants("WARRANT"))).Problems);
        Assert.Contains("JUDGMENT", Assert.Single(RequestSamples.Compose(Extradition, context: Asks(Wants("JUDGMENT"))).Problems).Detail, StringComparison.Ordinal);
        Assert.Empty(RequestSamples.Compose("stored-content-data", context: Asks(new StateProfile { SpecialDocuments = [new KindDocuments(RequestKind.STORED_CONTENT_DATA, ["JUDICIAL_AUTHORISATION"])] })).Problems);
        Assert.Empty(RequestSamples.Compose(Subscriber, context: Asks(Wants("TEXT_OF_LAW"))).Problems);
    }

    [Fact]
    public void On_arrival_the_same_document_is_asked_for()
    {
        var problem = Assert.Single(RequestRules.Check(RequestSamples.Read(Extradition), Asks(Wants("TEXT_OF_LAW"), arrived: true)(RequestSamples.ContextOf(Extradition))));
        Assert.Equal("V001 attachments: Missing field \"attachments\". EXTRADITION needs it (the profile of XB wants a document of type TEXT_OF_LAW).", problem.ToString());
    }

    [Theory]
    [InlineData("CONTACT_POINT_24_7", "CENTRAL_AUTHORITY_MLA", "V009 kind: XB takes SUBSCRIBER_INFO by LEGAL_ASSISTANCE only, as its profile says.")]
    [InlineData("LAW_ENFORCEMENT", "CENTRAL_AUTHORITY_MLA", "V009 kind: XB takes SUBSCRIBER_INFO by LEGAL_ASSISTANCE only, as its profile says.")]
    [InlineData("CENTRAL_AUTHORITY_MLA", "LAW_ENFORCEMENT", "V003 requestedAuthority: XB-CP is not a designated recipient for SUBSCRIBER_INFO. Use XB-CA.")]
    [InlineData("AUDITOR", "CENTRAL_AUTHORITY_MLA", "V002 requestingAuthority: XA-CP is not designated for SUBSCRIBER_INFO on 2026-11-20. Check the directory entry of XA.")]
    [InlineData("CENTRAL_AUTHORITY_MLA", "CENTRAL_AUTHORITY_MLA", null)]
    public void A_kind_goes_by_the_channels_that_the_State_allows(string sender, string recipient, string? refused)
    {
        void Address(JsonObject fields) => (fields["requestingAuthority"], fields["requestedAuthority"]) = ("XA-CP", "XB-CP");
        RequestContext With(RequestContext c, StateProfile profile) => Asks(profile, [sender], [recipient])(c) with { SuggestedRecipient = "XB-CA", SenderAuthority = "XA-CP" };
        Assert.Equal(refused is null ? [] : [refused], RequestSamples.Compose(Subscriber, Address, c => With(c, Only(Channel.LEGAL_ASSISTANCE))).Problems.Select(p => p.ToString()));
        // Without a word of the State all three roads of the table are open.
        Assert.Equal(sender == "AUDITOR" ? 1 : 0, RequestSamples.Compose(Subscriber, Address, c => With(c, new StateProfile())).Problems.Count);
    }

    [Fact]
    public void What_the_table_does_not_open_no_profile_opens()
    {
        var content = new StateProfile { ChannelsAllowed = [new KindChannels(RequestKind.STORED_CONTENT_DATA, [Channel.POLICE, Channel.LEGAL_ASSISTANCE])] };
        Assert.Equal(RefusalCode.WrongChannel, Assert.Single(RequestSamples.Compose("stored-content-data", context: Asks(content, ["LAW_ENFORCEMENT"])).Problems).Code);
        Assert.Empty(RequestSamples.Compose("stored-content-data", context: Asks(content)).Problems);
        var covert = RequestKinds.Of(RequestKind.COVERT_MEASURE);
        Assert.Contains(Channel.POLICE, covert.ChannelsTo(new StateProfile { ChannelsAllowed = [new KindChannels(RequestKind.COVERT_MEASURE, [Channel.POLICE])] }));
        Assert.DoesNotContain(Channel.LEGAL_ASSISTANCE, covert.ChannelsTo(new StateProfile { ChannelsAllowed = [new KindChannels(RequestKind.COVERT_MEASURE, [Channel.POLICE])] }));
        Assert.DoesNotContain(Channel.POLICE, covert.ChannelsTo(new StateProfile { PoliceChannelKinds = [RequestKind.COVERT_MEASURE], ChannelsAllowed = [new KindChannels(RequestKind.COVERT_MEASURE, [Channel.LEGAL_ASSISTANCE])] }));
        Assert.Contains(Channel.POLICE, covert.ChannelsTo(new StateProfile { PoliceChannelKinds = [RequestKind.COVERT_MEASURE] }));
    }

    [Fact]
    public void A_consular_act_keeps_the_recipients_of_the_table()
        => Assert.Empty(RequestSamples.Compose("consular-action", context: Asks(new StateProfile { ChannelsAllowed = [new KindChannels(RequestKind.CONSULAR_ACTION, [Channel.DIPLOMATIC])] })).Problems);

    [Fact]
    public void What_a_State_says_of_petty_cases_is_a_hint_until_the_request_says_why_this_is_none()
    {
        var profile = new StateProfile { DeMinimisNote = "Below 500 units we do not act." };
        var hinted = RequestSamples.Compose(Subscriber, context: Asks(profile));
        Assert.NotNull(hinted.Document);
        Assert.Equal("V007 exceptionalJustification: XB says of petty cases: Below 500 units we do not act.", Assert.Single(hinted.Warnings, w => w.Code == RefusalCode.BelowSeriousnessThreshold).ToString());
        Assert.DoesNotContain(RequestSamples.Compose(Subscriber, fields => fields["exceptionalJustification"] = "A child is the victim.", Asks(profile)).Warnings, w => w.Code == RefusalCode.BelowSeriousnessThreshold);
        Assert.DoesNotContain(RequestSamples.Compose(Subscriber).Warnings, w => w.Code == RefusalCode.BelowSeriousnessThreshold);
        Assert.Empty(RequestRules.Warnings(RequestSamples.Read(Extradition), Asks(profile, arrived: true)(RequestSamples.ContextOf(Extradition))));
    }

    [Fact]
    public void Whoever_has_no_time_stamp_authority_is_told_before_anybody_signs()
    {
        var profile = new StateProfile { RequiresTimeStamp = true };
        var told = RequestSamples.Compose(Subscriber, context: Asks(profile));
        Assert.NotNull(told.Document);
        Assert.Equal((RefusalCode.RequestTimeStamp, "requestedAuthority"), Assert.Single(told.Warnings, w => w.Code == RefusalCode.RequestTimeStamp) is var warning ? (warning.Code, warning.Path) : default);
        Assert.DoesNotContain(RequestSamples.Compose(Subscriber, context: c => Asks(profile)(c) with { TimeStamps = true }).Warnings, w => w.Code == RefusalCode.RequestTimeStamp);
        Assert.DoesNotContain(RequestSamples.Compose(Subscriber).Warnings, w => w.Code == RefusalCode.RequestTimeStamp);
    }
}
