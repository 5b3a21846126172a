using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

public class ActTests
{
    private const string Case = "XA-0123456789abcdef0123456789abcdef";
    private const string Message = "fedcba9876543210fedcba9876543210";
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-20T10:00:00.123Z", CultureInfo.InvariantCulture);
    private static readonly ActContext Delivered = new(Now, Case, Message, "XB-CP", CaseSide.Requested, CaseHistory.New, RequestKind.PRESERVE_DATA);

    internal static Act Sample { get; } = new("00112233445566778899aabbccddeeff", ActKind.EXECUTED, Case, Message, "XB-CA", "XB/7", "One image, see the item.", "FULL", Now.AddDays(1), Now);

    [Fact]
    public void Written_and_read_it_is_the_same()
    {
        Assert.Equal(Sample, Act.Read(Sample.Write()).Value);
        var bare = Sample with { Reference = "", Text = "", Outcome = null, DueAt = null };
        Assert.Equal(bare, Act.Read(bare.Write()).Value);
        Assert.Equal(
            """{"v":1,"type":"act","id":"00112233445566778899aabbccddeeff","kind":"EXECUTED","case":"XA-0123456789abcdef0123456789abcdef","requestMessage":"fedcba9876543210fedcba9876543210","authority":"XB-CA","reference":"XB/7","text":"One image, see the item.","outcome":"FULL","dueAt":"2026-11-21T10:00:00.123Z","time":"2026-11-20T10:00:00.123Z"}""" + "\n",
            Encoding.UTF8.GetString(Sample.Write()));
    }

    [Theory]
    [InlineData("\"EXECUTED\"", "\"FINISHED\"", RefusalCode.DocumentValue, "kind")]
    [InlineData("\"FULL\"", "\"SOME\"", RefusalCode.DocumentValue, "outcome")]
    [InlineData("\"XB-CA\"", "\"xb-ca\"", RefusalCode.DocumentValue, "authority")]
    [InlineData("\"reference\":\"XB/7\"", "\"reference\":\"\"", RefusalCode.DocumentValue, "reference")]
    [InlineData("\"outcome\":\"FULL\",", "\"outcome\":\"FULL\",\"note\":1,", RefusalCode.DocumentMemberOrder, "time")]
    [InlineData(",\"time\":\"2026-11-20T10:00:00.123Z\"", "", RefusalCode.DocumentMemberMissing, "time")]
    public void Refuses_a_document_that_has_no_reading(string original, string changed, RefusalCode code, string path)
    {
        var refusal = Act.Read(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Sample.Write()).Replace(original, changed, StringComparison.Ordinal))).Refusal;
        Assert.Equal((code, path), (refusal?.Code, refusal?.Path));
    }

    [Theory]
    [InlineData(ActKind.ACKNOWLEDGED, "reference dueAt")]
    [InlineData(ActKind.ACCEPTED, "dueAt")]
    [InlineData(ActKind.IN_EXECUTION, "")]
    [InlineData(ActKind.EXECUTED, "outcome")]
    [InlineData(ActKind.COMPLETED, "")]
    [InlineData(ActKind.RETURNED_FOR_INFO, "questions")]
    [InlineData(ActKind.SUPPLEMENTED, "answers")]
    [InlineData(ActKind.POSTPONED, "grounds reviewOn")]
    [InlineData(ActKind.REFUSED, "grounds finality")]
    [InlineData(ActKind.WITHDRAWN, "text")]
    [InlineData(ActKind.PRESERVED, "until")]
    [InlineData(ActKind.DELAY_NOTICE, "text dueAt")]
    [InlineData(ActKind.MEASURE_DELIVERY, "part periodFrom periodTo")]
    [InlineData(ActKind.ORIGINAL_RECEIVED, "originalComparison text")]
    public void Names_what_the_act_must_fill(ActKind kind, string missing)
        => Assert.Equal(missing, string.Join(" ", (Sample with { Kind = kind, Reference = "", Text = "", Outcome = null, DueAt = null }).Check().Select(r => r.Path)));

    [Theory]
    [InlineData("FULL", "")]
    [InlineData("NOTHING_TO_ADD", "")]
    [InlineData("PARTIAL", "V001 text")]
    [InlineData("NO_DATA_FOUND", "V001 text")]
    [InlineData("PROVIDER_IN_OTHER_STATE", "V001 text")]
    public void An_answer_that_gives_less_than_everything_says_why(string outcome, string problem)
    {
        Assert.Equal(problem, string.Join(",", (Sample with { Outcome = outcome, Text = "" }).Check().Select(r => $"{r.Code.Text()} {r.Path}")));
        Assert.Empty((Sample with { Outcome = outcome }).Check());
    }

    [Theory]
    [InlineData(ActKind.PRESERVED, """{"until":"2026-11-20T10:00:00.122Z"}""", "V012 until: \"until\" (2026-11-20T10:00:00.122Z) is in the past.")]
    [InlineData(ActKind.PRESERVED, """{"until":"0001-01-02T00:00:00.000Z"}""", "V012 until: \"until\" (0001-01-02T00:00:00.000Z) is in the past.")]
    [InlineData(ActKind.PRESERVED, """{"until":"2026-11-20T10:00:00.123Z"}""", "")]
    [InlineData(ActKind.POSTPONED, """{"grounds":[],"reviewOn":"2026-11-18"}""", "V012 reviewOn: \"reviewOn\" (2026-11-18) is in the past.")]
    [InlineData(ActKind.POSTPONED, """{"grounds":[],"reviewOn":"2026-11-19"}""", "")]
    public void A_date_that_an_act_gives_is_not_over_when_it_is_given(ActKind kind, string members, string problem)
    {
        using var document = JsonDocument.Parse(members);
        Assert.Equal(problem, string.Join(",", (Sample with { Kind = kind, Document = document.RootElement }).Check()));
        Assert.Equal("V012 dueAt: \"dueAt\" (2026-11-20T10:00:00.122Z) is in the past.", Assert.Single((Sample with { DueAt = Now.AddMilliseconds(-1) }).Check()).ToString());
    }

    [Fact]
    public void An_act_is_not_done_in_the_future()
    {
        static string[] Judged(DateTimeOffset time) => [.. ActComposer.Judge(Sample with { Kind = ActKind.ACKNOWLEDGED, Outcome = null, Time = time }, Delivered).Select(r => r.ToString())];
        Assert.Equal(["V045 time: Event time 2026-11-20T10:05:00.124Z is ahead of now, 2026-11-20T10:00:00.123Z."], Judged(Now.AddMinutes(5).AddMilliseconds(1)));
        Assert.Empty(Judged(Now.AddMinutes(5)));
    }

    [Theory]
    [InlineData("DELAY_NOTICE", -1, "V012 dueAt")]
    [InlineData("DELAY_NOTICE", 0, "")]
    [InlineData("DELAY_NOTICE", 1, "")]
    [InlineData("STATUS_REPORT", -1, "")]
    public void A_notice_of_delay_names_no_earlier_date_than_was_promised(string kind, int seconds, string problem)
    {
        var promised = Now.AddDays(3);
        var acknowledged = CaseHistory.New.Take(new ActEntry("00000000000000000000000000000001", CaseSide.Requested, ActKind.ACKNOWLEDGED, null) { DueAt = promised }).Value;
        var act = Sample with { Kind = Enum.Parse<ActKind>(kind), Outcome = null, Text = "The provider asks for a week.", DueAt = promised.AddSeconds(seconds) };
        Assert.Equal(problem, string.Join(",", ActComposer.Judge(act, Delivered with { History = acknowledged }).Select(r => $"{r.Code.Text()} {r.Path}")));
    }

    [Theory]
    [InlineData(RequestKind.PRESERVE_DATA, "FULL", false, "V043 outcome")]
    [InlineData(RequestKind.PRESERVE_EXTENSION, "PARTIAL", false, "V043 outcome,V040 grounds")]
    [InlineData(RequestKind.PRESERVE_DATA, "FULL", true, "")]
    [InlineData(RequestKind.PRESERVE_DATA, "NO_DATA_FOUND", false, "")]
    [InlineData(RequestKind.EMERGENCY_DISCLOSURE, "FULL", false, "")]
    public void Data_are_not_said_to_be_kept_before_it_is_said_until_when(RequestKind kind, string outcome, bool kept, string problem)
    {
        ActKind[] before = kept ? [ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.PRESERVED, ActKind.IN_EXECUTION] : [ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION];
        var history = CaseHistory.Of(CaseState.DELIVERED, before.Select(act => new ActEntry(act.ToString(), CaseSide.Requested, act, null)));
        Assert.Equal(problem, string.Join(",", ActComposer.Judge(Sample with { Outcome = outcome }, Delivered with { Kind = kind, History = history }).Select(r => $"{r.Code.Text()} {r.Path}")));
    }

    [Theory]
    [InlineData("stored-content-data", "", null, "2029-01-01T00:00:00Z", false)]
    [InlineData("stored-content-data", "", "2026-11-20T10:00:00Z", "2027-01-19T09:59:59.999Z", false)]
    [InlineData("stored-content-data", "", "2026-11-20T10:00:00Z", "2027-01-19T10:00:00Z", true)]
    [InlineData("stored-content-data", "deadlineRequested", null, "2027-02-01T09:59:59.999Z", false)]
    [InlineData("stored-content-data", "deadlineRequested", null, "2027-02-01T10:00:00Z", true)]
    [InlineData("serve-documents", "serveBefore", null, "2027-02-02T11:59:59.999Z", false)]
    [InlineData("serve-documents", "serveBefore", null, "2027-02-02T12:00:00Z", true)]
    [InlineData("video-hearing", "slots", null, "2027-02-01T09:59:59.999Z", false)]
    [InlineData("video-hearing", "slots", null, "2027-02-01T10:00:00Z", true)]
    public void A_request_is_closed_as_of_no_use_only_when_its_last_date_or_the_term_of_a_question_has_passed(string sample, string member, string? asked, string time, bool possible)
    {
        var request = Request.Read(RequestSamples.Document(sample, f =>
        {
            f.Remove("deadlineRequested");
            f.Remove("deadlineReason");
            if (member == "serveBefore")
                f[member] = "2027-02-01";
            else if (member == "slots")
                f[member] = new JsonArray(Slot("2027-01-31T10:00:00Z"), Slot("2027-02-01T10:00:00Z"), Slot("2027-01-30T10:00:00Z"));
            else if (member.Length > 0)
                f[member] = "2027-02-01T10:00:00Z";
        })).Value;
        static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
        static JsonObject Slot(string to) => new() { ["from"] = "2027-01-29T10:00:00Z", ["to"] = to };
        var refusal = ActConditions.TooEarly(At(time), asked is null ? null : At(asked), request);
        Assert.Equal(possible ? null : RefusalCode.TransitionNotAllowed, refusal?.Code);
        Assert.Equal(!possible && (asked ?? member) is { Length: > 0 }, refusal?.Detail.Contains("until 2027-0", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void A_question_is_open_until_the_author_of_the_closing_had_its_answer()
    {
        ActEntry[] acts =
        [
            new("1", CaseSide.Requested, ActKind.ACKNOWLEDGED, null), new("2", CaseSide.Requested, ActKind.RETURNED_FOR_INFO, null), new("3", CaseSide.Requesting, ActKind.SUPPLEMENTED, "2"),
        ];
        var history = CaseHistory.Of(CaseState.DELIVERED, acts);
        Assert.Equal("2", history.OpenQuestion(new ActEntry("4", CaseSide.Requested, ActKind.EXPIRED, null)));
        Assert.Null(history.OpenQuestion(new ActEntry("4", CaseSide.Requested, ActKind.EXPIRED, "3")));
        Assert.Null(CaseHistory.Of(CaseState.DELIVERED, acts[..1]).OpenQuestion(new ActEntry("4", CaseSide.Requested, ActKind.EXPIRED, null)));
    }

    [Theory]
    [InlineData("2026-11-20T08:00:00.000Z", "2026-11-20T07:59:59.999Z", "V012 periodTo")]
    [InlineData("2026-11-20T08:00:00.000Z", "2026-11-20T08:00:00.000Z", "")]
    [InlineData("2026-11-20T08:00:00.000Z", "2026-11-27T08:00:00.000Z", "")]
    public void A_delivery_covers_a_period_that_does_not_end_before_it_begins(string from, string to, string problem)
    {
        using var members = JsonDocument.Parse($$"""{"part":1,"periodFrom":"{{from}}","periodTo":"{{to}}"}""");
        Assert.Equal(problem, string.Join(",", (Sample with { Kind = ActKind.MEASURE_DELIVERY, Document = members.RootElement }).Check().Select(r => $"{r.Code.Text()} {r.Path}")));
    }

    [Theory]
    [InlineData("""{"procedure":"APPLIED"}""", "")]
    [InlineData("""{"procedure":"NOT_POSSIBLE"}""", "V001 procedureReason")]
    [InlineData("""{"procedure":"APPLIED_IN_PART","procedureReason":"No oath is known here."}""", "")]
    [InlineData("""{"ownQualification":"Fraud, section 263a","ownMaxPenaltyMonths":60,"identifiers":["line-4711"]}""", "")]
    public void An_answer_says_which_formalities_were_applied_and_how_the_own_law_sees_the_offence(string members, string problem)
    {
        using var document = JsonDocument.Parse(members);
        var answer = Sample with { Kind = ActKind.EXECUTED, Outcome = "FULL", Document = document.RootElement };
        Assert.Equal(problem, string.Join(",", answer.Check().Select(r => $"{r.Code.Text()} {r.Path}")));
    }

    [Fact]
    public void The_digest_of_an_original_is_that_of_the_request_exactly_when_the_comparison_says_so()
    {
        var (request, cover) = (Digest.Of("request"u8), Digest.Of("cover"u8));
        Act Compared(string result, Digest sha256)
        {
            using var fields = JsonDocument.Parse($$"""{"kind":"ORIGINAL_RECEIVED","originalComparison":"{{result}}","originalSha256":"{{sha256}}"}""");
            var composed = ActComposer.Compose(fields.RootElement, Delivered);
            Assert.Empty(composed.Problems);
            return Act.Read(composed.Document).Value;
        }
        Assert.Equal("originalComparison", Compared("MATCH", Digest.Of("another"u8)).CheckOriginal(request, cover)?.Path);
        Assert.Equal("originalComparison", Compared("DIFFERENT", request).CheckOriginal(request, cover)?.Path);
        Assert.Equal("originalComparison", Compared("DIFFERENT", cover).CheckOriginal(request, cover)?.Path);
        Assert.Null(Compared("MATCH", request).CheckOriginal(request, cover));
        Assert.Null(Compared("MATCH", cover).CheckOriginal(request, cover));
        Assert.Null(Compared("DIFFERENT", Digest.Of("another"u8)).CheckOriginal(request, cover));
        Assert.Null((Sample with { Kind = ActKind.ORIGINAL_RECEIVED }).CheckOriginal(request, cover));
    }

    [Fact]
    public void Members_beside_the_core_are_kept_as_they_are()
    {
        const string Json = """{"kind":"RETURNED_FOR_INFO","text":"Please.","questions":[{"path":"persons","question":"Who is it?"}],"extensions":{}}""";
        using var fields = JsonDocument.Parse(Json);
        var acknowledged = CaseHistory.New.Take(new ActEntry("00000000000000000000000000000001", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        var composed = ActComposer.Compose(fields.RootElement, Delivered with { History = acknowledged });
        Assert.Empty(composed.Problems);
        var act = Act.Read(composed.Document).Value;
        Assert.True(act.Has("questions"));
        Assert.Equal(composed.Document, act.Write());
    }

    [Fact]
    public void Composes_from_the_little_that_a_person_writes()
    {
        var composed = Compose("""{"dueAt":"2026-11-21T09:00:00+05:30","kind":"ACKNOWLEDGED","reference":"XB/7"}""");
        Assert.Empty(composed.Problems);
        var act = Act.Read(composed.Document).Value;
        Assert.Equal((Case, Message, "XB-CP", Now), (act.Case, act.RequestMessage, act.Authority, act.Time));
        Assert.Equal(DateTimeOffset.Parse("2026-11-21T03:30:00Z", CultureInfo.InvariantCulture), act.DueAt);
        Assert.True(Ids.IsId(act.Id));
    }

    [Theory]
    [InlineData("""{"kind":"ACKNOWLEDGED","refrence":"XB/7"}""", "T105 refrence,V001 dueAt,V001 reference")]
    [InlineData("""{"kind":"ACKNOWLEDGED"}""", "V001 dueAt,V001 reference")]
    [InlineData("""{"reference":"XB/7"}""", "V001 kind")]
    [InlineData("""{"kind":"ACKNOWLEDGED","reference":"XB/7","dueAt":"tomorrow"}""", "T110 dueAt")]
    [InlineData("""{"kind":"EXECUTED","outcome":"FULL"}""", "V043 ,V043 outcome")]
    [InlineData("""{"kind":"MEASURE_STARTED"}""", "V043 ,V043 kind")]
    [InlineData("""{"kind":"REFUSED","grounds":[{"code":"RF-NEBIS","provision":"x","reasons":"y"}]}""", "V001 finality,V040 grounds[0].code,V043 ")]
    [InlineData("""{"kind":"REFUSED"}""", "V001 finality,V040 grounds,V043 ")]
    [InlineData("""{"kind":"ACKNOWLEDGED","reference":"XB/7","dueAt":"2026-11-21T09:00:00Z","after":"00000000000000000000000000000000"}""", "T105 after")]
    [InlineData("""{"kind":"COMPLETED"}""", "V043 ")]
    [InlineData("""{"kind":"ACKNOWLEDGED","reference":"XB/7","dueAt":"2026-11-21T09:00:00Z","case":"XA-00000000000000000000000000000000"}""", "T110 case")]
    [InlineData("""[]""", "T102 ")]
    public void Names_every_problem_while_composing(string json, string expected)
    {
        var composed = Compose(json);
        Assert.Null(composed.Document);
        Assert.Equal(expected.Split(','), composed.Problems.Select(p => $"{p.Code.Text()} {p.Path}").Order());
    }

    [Fact]
    public void A_stamp_written_and_read_is_the_same()
    {
        var stamp = new Stamp("XA-CA", "Registry of the Central Authority", "2026/4711", Now, Digest.Of("request"u8));
        Assert.Equal(stamp, Stamp.Read(stamp.Write()).Value);
        Assert.Equal(RefusalCode.DocumentType, Act.Read(stamp.Write()).Refusal!.Code);
        Assert.Equal(RefusalCode.DocumentType, Stamp.Read(Sample.Write()).Refusal!.Code);
    }

    private static Gateway.Protocol.Requests.Composition Compose(string json)
    {
        using var fields = JsonDocument.Parse(json);
        return ActComposer.Compose(fields.RootElement, Delivered);
    }
}
