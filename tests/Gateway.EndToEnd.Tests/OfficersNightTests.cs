using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Documents;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>
/// A night at two contact points, through the command line of both officers: two States with different profiles, languages, holidays and clocks. One asks for data that may save a
/// life, the other is woken, calls back, acknowledges, asks, keeps, answers, and hands over to the next shift.
/// </summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class OfficersNightTests
{
    [Fact]
    public async Task An_emergency_goes_from_one_officers_desk_to_the_others_and_back()
    {
        await using var pair = await GatewayPair.Start(before: p =>
        {
            var roster = Path.Combine(p.Folder, "roster.json");
            File.WriteAllText(roster, """{ "timeZone": "Asia/Kolkata", "shifts": [{ "name": "always", "from": "00:00", "to": "00:00", "officers": [{ "user": "duty-officer", "phone": "+999 2 555 0101" }] }] }""");
            p.Asking.Configure(c =>
            {
                c["Profile"] = new JsonObject { ["Languages"] = new JsonArray("fr", "en"), ["OriginalFollowUp"] = "NEVER" };
                c["Clock"] = new JsonObject { ["Calendars"] = Repository.PathOf("deploy/calendars") };
                Phones(c, "Europe/Paris", "+999 1 555 0147");
            });
            p.Asked.Configure(c =>
            {
                c["Profile"] = new JsonObject
                {
                    ["Languages"] = new JsonArray("en"),
                    ["ContactPointDecides"] = true,
                    ["Deadlines"] = new JsonArray(new JsonObject { ["Kind"] = "EMERGENCY_DISCLOSURE", ["Urgency"] = "EMERGENCY", ["Amount"] = 6, ["Unit"] = "HOURS" }),
                };
                c["Clock"] = new JsonObject { ["Calendars"] = Repository.PathOf("deploy/calendars") };
                c["Notification"] = new JsonObject { ["Roster"] = roster, ["HeartbeatSeconds"] = 1, ["ConfirmSeconds"] = 600 };
                Phones(c, "Asia/Kolkata", "+999 2 555 0147");
            });
        });
        await pair.AddContext(pair.Asking, "duty-officer", "XA-CP", "CONTACT_POINT_24_7");
        await pair.AddContext(pair.Asked, "duty-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(pair, "xb-duty-officer");
        await screen.Shows("en veille");
        await screen.Shows("essai de l'alarme");
        await screen.Shows("rang 2 times");

        // Sending: what is missing is said before anything leaves.
        var form = Path.Combine(pair.Folder, "emergency.json");
        var fields = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("deploy/samples/emergency-disclosure.json")))!.AsObject();
        var facts = fields["emergencyFacts"]!.GetValue<string>();
        fields.Remove("emergencyFacts");
        await File.WriteAllTextAsync(form, fields.ToJsonString());
        Assert.Contains("V005", pair.Ctl(1, "request", "check", form, "--context", "xa-duty-officer"), StringComparison.Ordinal);
        fields["emergencyFacts"] = facts;
        await File.WriteAllTextAsync(form, fields.ToJsonString());
        var sent = Json(pair.Ctl(0, "request", "send", form, "--json", "--context", "xa-duty-officer"));
        var (caseId, message) = (sent.GetProperty("caseId").GetString()!, sent.GetProperty("message").GetString()!);

        // Receiving: the alarm, in French, with the time left by XB's own profile, the verdict in words and the number of the directory.
        var line = await screen.Shows("URGENCE VITALE");
        Assert.Contains("divulgation en urgence", line, StringComparison.Ordinal);
        Assert.Contains("de XA-CP", line, StringComparison.Ordinal);
        Assert.Matches("délai 5 h 5[0-9] min", line);
        Assert.Contains("sceau et signatures de XA valables", line, StringComparison.Ordinal);
        Assert.Contains("+999 1 555 0147", await screen.Shows("rappeler"), StringComparison.Ordinal);
        await screen.Shows("rang 5 times");
        await pair.Says("ConsignmentNotification", "receipt", "list", caseId, "--context", "xa-duty-officer");

        // Call back, acknowledge with one command, ask for what is missing.
        Assert.Contains("+999 1 555 0147", pair.Ctl(0, "request", "callback", caseId, "--context", "xb-duty-officer"), StringComparison.Ordinal);
        pair.Ctl(0, "request", "acknowledge", caseId, "--context", "xb-duty-officer");
        await screen.Shows("accusé de réception envoyé");
        await pair.Says("ACKNOWLEDGED", "case", "show", caseId, "--context", "xa-duty-officer");
        pair.Ctl(0, "request", "callback", caseId, "--spoke-to", "Inspector J. Sample", "--context", "xb-duty-officer");
        pair.Ctl(0, "request", "return", caseId, "--question", "itemsAccounts[0].at=Is the second sure?", "--context", "xb-duty-officer");
        await pair.Says("RETURNED_FOR_INFO", "case", "show", caseId, "--context", "xa-duty-officer");
        pair.Ctl(0, "request", "supplement", caseId, "--answer", "itemsAccounts[0].at=Yes.", "--context", "xa-duty-officer");
        await pair.Says("ACKNOWLEDGED", "case", "show", caseId, "--context", "xb-duty-officer");

        // The order sheet: labels translated, the identifier alone on its line and unchanged; the due date in both zones.
        var sheet = pair.Ctl(0, "request", "print", message, "--purpose", "order to the provider", "--order-sheet", "--preserve", "--lang", "ru", "--context", "xb-duty-officer");
        Assert.Contains("ЛИСТ ПОРУЧЕНИЯ О СОХРАНЕНИИ ДАННЫХ", sheet, StringComparison.Ordinal);
        Assert.Contains("\n      203.0.113.7:51544\n", sheet, StringComparison.Ordinal);
        Assert.Contains("Asia/Kolkata = ", sheet, StringComparison.Ordinal);
        pair.Ctl(0, "request", "preserve", caseId, "--confirmed-by", "Example Telecom, night desk", "--context", "xb-duty-officer");
        await pair.Says("PRESERVATION_ENDS", "deadlines", caseId, "--json", "--context", "xa-duty-officer");
        // Nothing is signed that nobody said.
        pair.Ctl(2, "request", "preserve", caseId, "--context", "xb-duty-officer");
        pair.Ctl(2, "request", "preserve", caseId, "--context", "xa-duty-officer");
        // And where we ask: a linked PRESERVE_DATA with nothing else typed again.
        var loss = DocumentWriter.FormatLocalTime(TimeProvider.System.GetUtcNow().AddDays(3));
        var linked = Json(pair.Ctl(0, "request", "preserve", caseId, "--loss", loss, "--json", "--context", "xa-duty-officer")).GetProperty("caseId").GetString()!;
        await pair.Says("PRESERVE_DATA", "case", "show", linked, "--context", "xb-duty-officer");

        // Both sides see the same dates.
        string[] Dates(string context) => [.. Json(pair.Ctl(0, "deadlines", caseId, "--json", "--context", context)).GetProperty("deadlines").EnumerateArray()
            .Select(d => $"{d.GetProperty("rule").GetString()} {d.GetProperty("due").GetString()}").Order(StringComparer.Ordinal)];
        await pair.Says("CALL_BACK", "deadlines", caseId, "--json", "--context", "xa-duty-officer");
        Assert.Equal(Dates("xb-duty-officer"), Dates("xa-duty-officer"));

        // The answer, and what the next shift finds.
        pair.Ctl(0, "request", "accept", caseId, "--due", DocumentWriter.FormatTime(TimeProvider.System.GetUtcNow().AddHours(1)), "--context", "xb-duty-officer");
        pair.Ctl(0, "request", "start", caseId, "--context", "xb-duty-officer");
        pair.Ctl(0, "request", "answer", caseId, "--outcome", "FULL", "--text", "Subscriber and address by telephone and in the attached record.", "--context", "xb-duty-officer");
        await pair.Says("EXECUTED", "case", "show", caseId, "--context", "xa-duty-officer");
        pair.Ctl(0, "request", "confirm", caseId, "--context", "xa-duty-officer");
        await pair.Says("COMPLETED", "case", "show", caseId, "--context", "xb-duty-officer");
        var report = pair.Ctl(0, "shift", "report", "--context", "xb-duty-officer");
        Assert.Contains(caseId, report, StringComparison.Ordinal);
        Assert.Contains("review afterwards", report, StringComparison.Ordinal);
        pair.Ctl(0, "request", "review", caseId, "--result", "CONFIRMED", "--note", "The girl was found at the address.", "--context", "xb-duty-officer");

        // The gateway dies: the screen must not look like a quiet night.
        await pair.Asked.Kill();
        await screen.Shows("L'ALARME NE FONCTIONNE PLUS");
        await pair.Asked.Start();
        await screen.Shows("l'alarme fonctionne de nouveau");
    }

    private static void Phones(JsonObject configuration, string zone, string phone)
    {
        foreach (var authority in configuration["Keys"]!["Authorities"]!.AsArray())
            (authority!["TimeZone"], authority["CallBackPhone"]) = (zone, phone);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    /// <summary>gatewayctl watch as a process of its own.</summary>
    private sealed class Screen : IDisposable
    {
        private readonly string _file;
        private readonly Process _process;

        public Screen(GatewayPair pair, string context)
        {
            _file = Path.Combine(pair.Folder, "screen.txt");
            var bell = Path.Combine(pair.Folder, "bell.sh");
            File.WriteAllText(bell, $"#!/bin/sh\necho \"rang $1 times\" >> '{_file}'\n");
            File.SetUnixFileMode(bell, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$0\" watch --bell \"$3\" --lang fr --device desk --context \"$1\" >> \"$2\" 2>&1", GatewayPair.Program, context, _file, bell]);
            start.Environment["GATEWAYCTL_CONFIG"] = pair.Contexts;
            _process = Process.Start(start)!;
        }

        public async Task<string> Shows(string text)
        {
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(3); await Task.Delay(100))
            {
                if (File.Exists(_file) && (await File.ReadAllLinesAsync(_file)).FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line)
                    return line;
            }
            throw new Xunit.Sdk.XunitException($"the screen did not show '{text}':\n{(File.Exists(_file) ? await File.ReadAllTextAsync(_file) : "")}");
        }

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }
}
