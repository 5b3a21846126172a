using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Deadlines;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>A table of holidays that is added, mended or taken away is reckoned with at once, on cases on which nothing else happens, too.</summary>
public sealed class HolidayTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calendars-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_term_in_working_days_moves_when_the_table_comes_or_changes_also_while_the_gateway_is_down()
    {
        await using var states = await TwoStates.Start(configure: c =>
        {
            c["Clock"]!["Calendars"] = _folder;
            if (c["Gateway"]!["State"]!.GetValue<string>() == "XB")
                c["Profile"] = new JsonObject { ["Deadlines"] = new JsonArray(new JsonObject { ["Kind"] = "LEGAL_INFORMATION", ["Urgency"] = "ORDINARY", ["Amount"] = 2, ["Unit"] = "WORKING_DAYS" }) };
        });
        var fields = TwoStates.SampleFields("legal-information.json");
        (fields["requestingAuthority"], fields["requestedAuthority"]) = ("XA-CA", "XB-CA");
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        var first = await Decide(states, sent.CaseId);
        Assert.Contains("counted as calendar days", first.Basis, StringComparison.Ordinal);
        var cursor = await Quiet(states);

        Write(first.Due.AddDays(-1));
        Assert.Equal(first.Due.AddDays(1), (await Decide(states, sent.CaseId)).Due);
        Assert.Equal(first.Due.AddDays(1), Stored(states.Asking, sent.CaseId)!.Due);
        Write(first.Due.AddDays(-1), first.Due);
        Assert.Equal(first.Due.AddDays(2), (await Decide(states, sent.CaseId)).Due);
        // Once for each table, and not at every start.
        Assert.Equal(2, Reckoned());
        await states.Asked.Stop();
        await states.Asked.Start();
        await Decide(states, sent.CaseId);
        Assert.Equal(2, Reckoned());
        await states.Asked.Stop();
        File.Delete(Path.Combine(_folder, "XB.json"));
        await states.Asked.Start();
        Assert.Equal(first, await Decide(states, sent.CaseId));

        long Reckoned() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'case.clocked' AND case_id = $1 AND cursor > $2", sent.CaseId, cursor));
    }

    private void Write(params DateTimeOffset[] holidays)
    {
        var days = new JsonArray([.. holidays.Select(d => new JsonObject { ["day"] = d.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["name"] = "Holiday" })]);
        File.WriteAllText(Path.Combine(_folder, "XB.json"), new JsonObject { ["state"] = "XB", ["timeZone"] = "UTC", ["weekend"] = new JsonArray(), ["years"] = new JsonArray(2025, 2026, 2027, 2028), ["holidays"] = days }.ToJsonString());
    }

    private static async Task<Deadline> Decide(TwoStates states, string caseId)
    {
        foreach (var state in new[] { states.Asking, states.Asked })
            await state.Get<ClockLoop>().LookAtAll();
        return Stored(states.Asked, caseId)!;
    }

    private static Deadline? Stored(TestState state, string caseId) => state.Get<Database>().Read(s => DeadlineRows.OfCase(s, caseId)).Find(d => d.Deadline is { Rule: DeadlineRule.DECIDE })?.Deadline;

    private static Task<long> Quiet(TwoStates states) => Task.FromResult(states.Asked.Get<Database>().Read(s => s.Number("SELECT max(cursor) FROM events")));
}
