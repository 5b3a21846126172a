using System.Text;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

public class RequestTableTests
{
    [Fact]
    public void Every_kind_has_its_row_at_its_place()
        => Assert.Equal(Enum.GetValues<RequestKind>(), RequestKinds.All.Select(row => row.Kind));

    [Fact]
    public void Every_row_names_members_once_and_refers_to_members_that_exist()
        => Assert.All(RequestKinds.All, row =>
        {
            var names = row.AllFields.Select(field => field.Name).ToArray();
            Assert.Equal(names.Length, names.Distinct().Count());
            Assert.Subset(names.ToHashSet(), row.Requires.Concat(row.DoesWithout).Concat(row.AnyOf.SelectMany(group => group)).ToHashSet());
            Assert.All(row.Articles.Append(row.DeadlineAfter ?? "UNCC 41"), citation => Assert.NotNull(Treaties.Find(citation)));
            Assert.True(row.Articles.Count > 0 || row.Kind == RequestKind.CONSULAR_ACTION, row.Kind.ToString());
            Assert.NotEmpty(row.Senders);
            Assert.NotEmpty(row.Recipients);
            Assert.True(row.Decision.Emergency <= row.Decision.Urgent && row.Decision.Urgent <= row.Decision.Ordinary);
        });

    [Fact]
    public void Every_field_can_hold_something()
        => Assert.All(RequestKinds.All.SelectMany(row => row.AllFields).SelectMany(Flatten), field =>
        {
            switch (field.Shape)
            {
                case Shape.Text or Shape.Integer or Shape.Texts or Shape.Languages or Shape.Words or Shape.Objects:
                    Assert.True(field.Max >= field.Min, field.Name);
                    break;
            }
            if (field.Shape is Shape.Object or Shape.Objects)
                Assert.NotEmpty(field.Fields);
            if (field.Shape is Shape.Word or Shape.Words)
                Assert.NotEmpty(field.Words);
            // What the rules judge must be readable, so only texts and words can carry a V-code of their own.
            if (field.Content is { } code)
                Assert.True((int)code < 1000 && field.Shape is Shape.Text or Shape.Word, field.Name);
        });

    [Theory]
    [InlineData(Urgency.EMERGENCY, 8)]
    [InlineData(Urgency.URGENT, 24)]
    [InlineData(Urgency.ORDINARY, 48)]
    public void A_preservation_is_due_in_hours(Urgency urgency, int hours)
        => Assert.Equal(RequestSamples.Now.AddHours(hours), RequestKinds.Of(RequestKind.PRESERVE_DATA).DecisionDue(urgency, RequestSamples.Now));

    [Fact]
    public void There_are_thirty_kinds_and_the_table_can_say_every_one_of_their_channels()
    {
        Assert.Equal(30, RequestKinds.All.Count);
        Assert.Equal(Enum.GetValues<Channel>().Order(), RequestKinds.All.SelectMany(row => row.Channels).Distinct().Order());
        // Written out a second time: traffic and content never go by the police channel.
        RequestKind[] assistance = [RequestKind.DISCLOSE_PRESERVED_TRAFFIC, RequestKind.STORED_TRAFFIC_DATA, RequestKind.STORED_CONTENT_DATA, RequestKind.REALTIME_TRAFFIC, RequestKind.INTERCEPT_CONTENT];
        Assert.Equal(assistance, RequestKinds.All.Where(row => row.AssistanceOnly).Select(row => row.Kind));
        Assert.DoesNotContain(RequestKinds.All, row => row.AssistanceOnly && (row.Senders.Contains(Role.LAW_ENFORCEMENT) || row.PoliceByProfile));
        Assert.Equal([RequestKind.STORED_TRAFFIC_DATA, RequestKind.STORED_CONTENT_DATA, RequestKind.SEARCH_SEIZE, RequestKind.REALTIME_TRAFFIC, RequestKind.INTERCEPT_CONTENT, RequestKind.COVERT_MEASURE, RequestKind.ASSET_TRACE_FREEZE, RequestKind.ASSET_CONFISCATE],
            RequestKinds.All.Where(row => row.Authorisation == Authorisation.JUDICIAL).Select(row => row.Kind));
    }

    [Fact]
    public void Whom_each_kind_brings_personal_data_is_written_out_a_second_time()
    {
        // What comes back is somebody's: his data, his property, what he said, how his case ended. A preservation brings nothing back, advice and law are about nobody, an agreement names officials.
        RequestKind[] toWhoeverAsks =
        [
            RequestKind.DISCLOSE_PRESERVED_TRAFFIC, RequestKind.SUBSCRIBER_INFO, RequestKind.STORED_TRAFFIC_DATA, RequestKind.STORED_CONTENT_DATA, RequestKind.SEARCH_SEIZE, RequestKind.REALTIME_TRAFFIC,
            RequestKind.INTERCEPT_CONTENT, RequestKind.COVERT_MEASURE, RequestKind.EMERGENCY_DISCLOSURE, RequestKind.TAKE_EVIDENCE, RequestKind.VIDEO_HEARING, RequestKind.SERVE_DOCUMENTS, RequestKind.CONSULAR_ACTION,
            RequestKind.DOCUMENTS_RECORDS, RequestKind.EXPERT_EXAMINATION, RequestKind.LOCATE_IDENTIFY, RequestKind.ASSET_TRACE_FREEZE, RequestKind.ASSET_CONFISCATE, RequestKind.ASSET_RETURN, RequestKind.EXTRADITION,
            RequestKind.TRANSFER_SENTENCED, RequestKind.TRANSFER_PROCEEDINGS, RequestKind.FURTHER_USE_CONSENT, RequestKind.LAW_ENFORCEMENT_INFO,
        ];
        // The kind itself names somebody, or hands a file over.
        RequestKind[] toWhoeverIsAsked =
        [
            RequestKind.TAKE_EVIDENCE, RequestKind.VIDEO_HEARING, RequestKind.SERVE_DOCUMENTS, RequestKind.CONSULAR_ACTION, RequestKind.EXPERT_EXAMINATION, RequestKind.ASSET_TRACE_FREEZE, RequestKind.ASSET_CONFISCATE,
            RequestKind.ASSET_RETURN, RequestKind.EXTRADITION, RequestKind.TRANSFER_SENTENCED, RequestKind.TRANSFER_PROCEEDINGS, RequestKind.SPONTANEOUS_INFORMATION,
        ];
        Assert.Equal(toWhoeverAsks.Order(), RequestKinds.All.Where(row => row.AsksPersonalData).Select(row => row.Kind).Order());
        Assert.Equal(toWhoeverIsAsked.Order(), RequestKinds.All.Where(row => row.Receiver.HasFlag(DataReceiver.REQUESTED)).Select(row => row.Kind).Order());
    }

    [Fact]
    public void Information_that_nobody_asked_for_may_come_from_and_go_to_every_authority_that_sends_anything()
    {
        var sending = RequestKinds.All.SelectMany(row => row.Senders).Distinct().Order();
        Assert.Equal(sending, RequestKinds.Of(RequestKind.SPONTANEOUS_INFORMATION).Senders.Order());
        Assert.Equal(sending, RequestKinds.Of(RequestKind.SPONTANEOUS_INFORMATION).Recipients.Order());
    }

    [Fact]
    public void What_a_row_names_in_its_conditions_are_members_that_can_say_it()
        => Assert.All(RequestKinds.All, row =>
        {
            Field Member(string name) => row.AllFields.Single(field => field.Name == name);
            Assert.All(row.Raised, name => Assert.Equal(Shape.Flag, name.Split('.').Skip(1).Aggregate(Member(name.Split('.')[0]), (field, step) => field.Fields.Single(member => member.Name == step)).Shape));
            Assert.All(row.When, when =>
            {
                Assert.True(when.Value is null ? Member(when.Member).Need == Need.Optional : Member(when.Member).Shape == Shape.Flag ? when.Value == "true" : Member(when.Member).Words.Contains(when.Value), when.ToString());
                Assert.Equal(Need.Optional, Member(when.Needed).Need);
            });
        });

    private static IEnumerable<Field> Flatten(Field field) => field.Fields.SelectMany(Flatten).Prepend(field);
}

public class RequestReadTests
{
    [Theory]
    [InlineData("\"reference\":\"RQ-XA-2026-000417\",", "", RefusalCode.DocumentMemberMissing, "reference")]
    [InlineData("\"urgency\":\"URGENT\"", "\"urgency\":\"LATER\"", RefusalCode.DocumentValue, "urgency")]
    [InlineData("\"kind\":\"PRESERVE_DATA\"", "\"kind\":\"0\"", RefusalCode.DocumentValue, "kind")]
    [InlineData("\"kind\":\"PRESERVE_DATA\"", "\"kind\":\"STORED_CONTENT_DATA\"", RefusalCode.DocumentUnknownMember, "custodian")]
    [InlineData("\"preserveDays\":60", "\"preserveDays\":\"60\"", RefusalCode.DocumentValue, "preserveDays")]
    [InlineData("\"preserveDays\":60", "\"preserveDays\":99999", RefusalCode.DocumentValue, "preserveDays")]
    [InlineData("\"noPersonKnown\":true", "\"noPersonKnown\":1", RefusalCode.DocumentValue, "noPersonKnown")]
    [InlineData("\"noPersonKnown\":true", "\"noPersonKnown\":null", RefusalCode.DocumentValue, "noPersonKnown")]
    [InlineData("\"proceedingType\":\"CRIMINAL\",\"proceedingStage\":\"INVESTIGATION\"", "\"proceedingStage\":\"INVESTIGATION\",\"proceedingType\":\"CRIMINAL\"", RefusalCode.DocumentMemberOrder, "proceedingType")]
    [InlineData("\"title\":\"Fraud", "\"surprise\":1,\"title\":\"Fraud", RefusalCode.DocumentUnknownMember, "offence[0].surprise")]
    [InlineData("\"country\":\"XB\"", "\"country\":\"xb\"", RefusalCode.DocumentValue, "itemsAccounts[0].country")]
    [InlineData("\"from\":\"2026-02-12\"", "\"from\":\"2026-02-30\"", RefusalCode.DocumentValue, "offence[0].from")]
    [InlineData("\"dataCategories\":[\"TRAFFIC\"", "\"dataCategories\":[\"CONTENT\"", RefusalCode.DocumentValue, "dataCategories")]
    [InlineData("\"dataCategories\":[\"TRAFFIC\",\"CONTENT\",\"SUBSCRIBER\"]", "\"dataCategories\":[]", RefusalCode.DocumentValue, "dataCategories")]
    [InlineData("\"estimatedDataLossAt\":\"2027-03-05T00:00:00+01:00\"", "\"estimatedDataLossAt\":\"2027-03-05T00:00:00\"", RefusalCode.TimeWithoutZone, "estimatedDataLossAt")]
    [InlineData("{\"authoritative\":\"en\"}", "{\"authoritative\":\"English\"}", RefusalCode.DocumentValue, "languages.authoritative")]
    [InlineData("\"v\":1", "\"v\":2", RefusalCode.DocumentVersion, "v")]
    [InlineData("\"type\":\"request\"", "\"type\":\"act\"", RefusalCode.DocumentType, "type")]
    [InlineData("\"required\":false", "\"required\":false,\"extensions\":{}", RefusalCode.DocumentUnknownMember, "originalFollowup.extensions")]
    public void Refuses_a_document_that_has_no_reading(string original, string changed, RefusalCode code, string path)
    {
        var text = Encoding.UTF8.GetString(RequestSamples.Document("preserve-data"));
        Assert.Contains(original, text, StringComparison.Ordinal);
        var refusal = Request.Read(Encoding.UTF8.GetBytes(text.Replace(original, changed, StringComparison.Ordinal))).Refusal;
        Assert.Equal((code, path), (refusal?.Code, refusal?.Path));
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("pt-BR", true)]
    [InlineData("zh-Hant-TW", true)]
    [InlineData("EN", false)]
    [InlineData("e", false)]
    [InlineData("en-", false)]
    [InlineData("en_GB", false)]
    public void Knows_language_tags(string tag, bool known) => Assert.Equal(known, FieldCheck.IsLanguage(tag));

    [Theory]
    [InlineData("RQ-XA-2026-000417", true)]
    [InlineData("RQ-XA-2026-00417", false)]
    [InlineData("RQ-xa-2026-000417", false)]
    [InlineData("RQ-XA-2O26-000417", false)]
    [InlineData("RX-XA-2026-000417", false)]
    public void Knows_references(string reference, bool known) => Assert.Equal(known, FieldCheck.IsReference(reference));
}
