using System.Text.RegularExpressions;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What stands before a value and above a column is in the reader's language too: in Russian no heading is without a Cyrillic letter but the name of a digest.</summary>
public sealed partial class HeadingTests
{
    private static readonly CaseView Case = new()
    {
        CaseId = LoopbackOperator.CaseId, Side = "REQUESTED", Peer = "XA", OwnAuthority = "XB-CA", PeerAuthority = "XA-CA", Kind = "PRESERVE_DATA", Urgency = "URGENT", State = "WITHDRAWN",
        Opened = "2026-03-01T02:15:00.000Z", Reference = "RQ-XA-2026-000417", Linked = { LoopbackOperator.CaseId }, AllowedActs = { "ORIGINAL_RECEIVED" }, Erased = "2026-03-02", ErasedThere = "2026-03-02", Hold = "lawyer: trial",
        ErasureProposedBy = "lawyer", Preservation = "PRESERVED", PreservedUntil = "2026-05-01T02:15:00.000Z", Measure = "MEASURE_STARTED", Original = "RECEIVED_MATCH",
        Desks = { new DeskView { Authority = "XB-CA", Part = "DESK", Since = "2026-03-01", By = "lawyer" }, new DeskView { Authority = "XB-LAB", Part = "TASK", Since = "2026-03-01", By = "lawyer" }, new DeskView { Authority = "XB-PO", Part = "COPY", Since = "2026-03-01", By = "lawyer" } },
        Warnings = { new Refusal { Code = "V047", Detail = "2026-03-01" } },
        Chains = { new ChainView { State = "XA", Count = 3, HeadSha256 = new string('a', 64) } },
        Deliveries =
        {
            new MessageDelivery { Message = new string('2', 32), Direction = "OUT", About = "ACT", Kind = "ACKNOWLEDGED", Delivery = "RELAY_FAILED", Certified = "2026-03-01T03:15:00.000Z" },
            new MessageDelivery { Message = new string('1', 32), Direction = "IN", About = "REQUEST", Kind = "PRESERVE_DATA", Delivery = "OPENED", Certified = "2026-03-01T02:15:00.000Z" },
        },
    };

    private static readonly OpenMessageReply Message = new()
    {
        Message = new MessageView { Message = new string('1', 32), CaseId = LoopbackOperator.CaseId, Direction = "IN", About = "ACT", Kind = "ACKNOWLEDGED", Urgency = "URGENT", Sender = "XA-CA", Recipient = "XB-CA", State = "OPENED", Time = "2026-03-01T02:15:00.000Z", CoverSha256 = new string('a', 64) },
        SealedCover = ByteString.CopyFromUtf8("sealed"), PurposeCode = "CRIMINAL_PROCEEDINGS", Conditions = { "NO_ONWARD_TRANSFER" }, Held = "V027",
        Marks = { new MarkView { Mark = "SEAL", Signer = "XA", SignedAt = "2026-03-01T02:15:00.000Z", Verdict = "PASSED", Text = "" } },
        Parts = { new PartView { Role = "attachment", Name = "a.txt", MediaType = "text/plain", Sha256 = new string('a', 64) } },
    };

    [Theory]
    [InlineData("case", "show", "XB-0123456789abcdef0123456789abcdef")]
    [InlineData("request", "show", "11111111111111111111111111111111", "--purpose", "CRIMINAL_PROCEEDINGS: analysis")]
    public async Task No_heading_is_left_in_English(params string[] command)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        (gateway.Service.Case, gateway.Service.Opened) = (Case, Message);
        var (english, russian) = (await gateway.RunAsync([.. command, "--lang", "en"]), await gateway.RunAsync([.. command, "--lang", "ru"]));
        Assert.True(english.Exit == 0 && russian.Exit == 0, english.Error + russian.Error);
        var headings = Headings(russian.Output);
        Assert.True(headings.Count > 12, russian.Output);
        Assert.All(headings, heading => Assert.True(Cyrillic().IsMatch(heading) || heading == "sha256", $"'{heading}' is not translated:\n{russian.Output}"));
        // Nothing to show is said in the reader's language, too.
        (gateway.Service.Case, gateway.Service.Opened) = (new CaseView { CaseId = LoopbackOperator.CaseId }, new OpenMessageReply { Message = new MessageView { Message = new string('1', 32) } });
        var empty = await gateway.RunAsync([.. command, "--lang", "ru"]);
        Assert.Contains(Labels.Of("ru")[command[0] == "case" ? "head.noReceipts" : "head.noParts"], empty.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("no ", empty.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_each_message_of_a_case_is_stands_in_words_and_for_programs_as_it_came()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Case = Case;
        var shown = await gateway.RunAsync("case", "show", LoopbackOperator.CaseId, "--lang", "en");
        var opened = Assert.Single(shown.Output.Split('\n'), line => line.Contains(new string('1', 32), StringComparison.Ordinal));
        Assert.Contains(Labels.Of("en")["delivery.OPENED"], opened, StringComparison.Ordinal);
        Assert.Contains("NOT REACHED in time", Assert.Single(shown.Output.Split('\n'), line => line.Contains(new string('2', 32), StringComparison.Ordinal)), StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse((await gateway.RunAsync("case", "show", LoopbackOperator.CaseId, "--json")).Output);
        Assert.Equal(["RELAY_FAILED", "OPENED"], json.RootElement.GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("delivery").GetString()));
    }

    [Theory]
    [InlineData(9, "осталось", "deadlines")]
    [InlineData(20, "подана", "shift", "report")]
    public async Task What_is_due_and_what_a_shift_leaves_stand_under_headings_in_the_readers_language(int least, string heading, params string[] command)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Due.Add(new DeadlineView { CaseId = LoopbackOperator.CaseId, Rule = "DECIDE", State = "RUNNING", Own = true, Kind = "PRESERVE_DATA", Urgency = "URGENT", ByAuthority = "XB-CA", Due = "2026-03-01T02:15:00.000Z", DueHere = "2026-03-01 07:45", ZoneHere = "Asia/Kolkata", DueThere = "2026-03-01 03:15", ZoneThere = "Europe/Paris", WorkUntil = "17:00", Basis = "BUDAPEST 29" });
        gateway.Service.Shift = new ShiftReportReply
        {
            From = "2026-03-01T00:00:00.000Z", To = "2026-03-01T12:00:00.000Z", Shift = "night",
            Held = { new HeldView { Message = new string('1', 32), CaseId = LoopbackOperator.CaseId, Kind = "PRESERVE_DATA", Urgency = "URGENT", FromAuthority = "XA-CA", Since = "2026-03-01T02:15:00.000Z", Why = "V027" } },
            Alerts = { new AlertView { CaseId = LoopbackOperator.CaseId, Kind = "PRESERVE_DATA", Urgency = "EMERGENCY", FromAuthority = "XA-CP", Raised = "2026-03-01T02:15:00.000Z", Failed = "19:00" } },
        };
        var said = await gateway.RunAsync([.. command, "--lang", "ru"]);
        Assert.True(said.Exit == 0, said.Error);
        var headings = Headings(said.Output);
        Assert.True(headings.Count >= least, said.Output);
        Assert.Contains(heading, headings);
        Assert.All(headings, text => Assert.True(Cyrillic().IsMatch(text), $"'{text}' is not translated:\n{said.Output}"));
        Assert.DoesNotContain(command[0] == "shift" ? "NO (" : "at work", said.Output, StringComparison.Ordinal);
        gateway.Service.Due.Clear();
        Assert.DoesNotContain("nothing is due", (await gateway.RunAsync([.. command, "--lang", "ru"])).Output, StringComparison.Ordinal);
    }

    // A fact begins its line, two spaces before its value; the columns of a table stand in the line above its rule.
    private static List<string> Headings(string output)
    {
        var lines = output.Split('\n');
        return [.. lines.SelectMany((line, i) =>
            i + 1 < lines.Length && lines[i + 1].Trim() is { Length: > 3 } rule && rule.All(c => c is '─' or '-' or ' ' or '┼') ? Columns().Split(line.Trim())
            : !line.StartsWith(' ') && Columns().Split(line) is { Length: > 1 } fact ? [fact[0]]
            : []).Select(heading => heading.Trim()).Where(heading => heading.Length > 0)];
    }

    [GeneratedRegex("[А-Яа-яЁё]")]
    private static partial Regex Cyrillic();

    [GeneratedRegex(@"\s{2,}|│|\|")]
    private static partial Regex Columns();
}
