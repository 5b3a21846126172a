using System.Diagnostics;
using System.Security.Cryptography;
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
        await using var pair = await Night();
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await pair.AddContext(pair.Asked, "lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        await pair.AddContext(pair.Asked, "technician", "XB-LAB", "FORENSIC_LAB");
        await pair.AddContext(pair.Asked, "officer-1", "XB-PO", "COMPETENT_AUTHORITY");
        using var screen = new Screen(pair, "xb-duty-officer");
        await screen.Shows("en veille");
        await screen.Shows("essai de l'alarme");
        await screen.Shows("rang 2 times");
        using var here = new Screen(pair, "xa-duty-officer");
        await here.Shows("en veille");

        // Before drafting: what the other State takes at this hour. XA wants other things of those who write to it.
        var profile = pair.Ctl(0, "peer", "profile", "XB", "--context", "xa-duty-officer");
        Assert.Contains("also by telephone", profile, StringComparison.Ordinal);
        Assert.Matches("(?s)emergencyLanguages.{1,20}en.{1,20}fr", profile);
        Assert.Matches("XB-CP .*CONTACT_POINT_24_7", profile);
        Assert.DoesNotContain("also by telephone", pair.Ctl(0, "peer", "profile", "XA", "--context", "xb-duty-officer"), StringComparison.Ordinal);

        // Sending: what is missing is said before anything leaves.
        var form = Path.Combine(pair.Folder, "emergency.json");
        var fields = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("deploy/samples/emergency-disclosure.json")))!.AsObject();
        var facts = fields["emergencyFacts"]!.GetValue<string>();
        fields.Remove("emergencyFacts");
        await File.WriteAllTextAsync(form, fields.ToJsonString());
        var lacking = pair.Ctl(1, "request", "check", form, "--context", "xa-duty-officer");
        Assert.Contains("V005", lacking, StringComparison.Ordinal);
        Assert.Contains("1 to correct. Nothing was sent.", lacking, StringComparison.Ordinal);
        fields["emergencyFacts"] = facts;
        // XB's officer reads French: the translation goes with it, and the request says that it translates the request itself.
        var translation = Path.Combine(pair.Folder, "demande-fr.txt");
        await File.WriteAllTextAsync(translation, Translated);
        fields["languages"]!["translations"] = new JsonArray("fr");
        fields["attachments"] = new JsonArray(new JsonObject
        {
            ["name"] = "demande-fr.txt", ["type"] = "TRANSLATION", ["mediaType"] = "text/plain", ["sizeBytes"] = new FileInfo(translation).Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(translation))), ["language"] = "fr",
        });
        await File.WriteAllTextAsync(form, fields.ToJsonString());
        Assert.Contains("V035", pair.Ctl(1, "request", "send", form, "--context", "xa-duty-officer"), StringComparison.Ordinal);
        var sent = Json(pair.Ctl(0, "request", "send", form, "--attach", translation, "--json", "--context", "xa-duty-officer"));
        var (caseId, message) = (sent.GetProperty("caseId").GetString()!, sent.GetProperty("message").GetString()!);
        // The own gateway certifies that it took it, then the other one that it came.
        Assert.Equal("SubmissionAcceptance", Assert.Single(sent.GetProperty("receipts").EnumerateArray()).GetProperty("receipt").GetProperty("event").GetString());
        await pair.Says("RelayAcceptance", "receipt", "list", caseId, "--message", message, "--context", "xa-duty-officer");
        await pair.Says("ContentConsignment", "receipt", "list", caseId, "--message", message, "--context", "xa-duty-officer");

        // Receiving: the alarm, in French, with the time left by XB's own profile, the verdict in words and the number of the directory.
        var line = await screen.Shows("URGENCE VITALE");
        Assert.Contains("divulgation en urgence", line, StringComparison.Ordinal);
        Assert.Contains("de XA-CP", line, StringComparison.Ordinal);
        Assert.Matches("délai 5 h 5[0-9] min", line);
        Assert.Contains("sceau et signatures de XA valables", line, StringComparison.Ordinal);
        Assert.Contains("+999 1 555 0147", await screen.Shows("rappeler"), StringComparison.Ordinal);
        await screen.Shows("rang 5 times");
        await pair.Says("ConsignmentNotification", "receipt", "list", caseId, "--context", "xa-duty-officer");

        Understood(pair, message);

        // Call back, acknowledge with one command, ask for what is missing.
        Assert.Contains("+999 1 555 0147", pair.Ctl(0, "request", "callback", caseId, "--context", "xb-duty-officer"), StringComparison.Ordinal);
        pair.Ctl(0, "request", "acknowledge", caseId, "--context", "xb-duty-officer");
        await screen.Shows("accusé de réception envoyé");
        await pair.Says("ACKNOWLEDGED", "case", "show", caseId, "--context", "xa-duty-officer");
        pair.Ctl(0, "request", "callback", caseId, "--spoke-to", "Inspector J. Sample", "--context", "xb-duty-officer");
        pair.Ctl(0, "request", "return", caseId, "--question", "itemsAccounts[0].at=Is the second sure?", "--context", "xb-duty-officer");
        await pair.Says("RETURNED_FOR_INFO", "case", "show", caseId, "--context", "xa-duty-officer");
        // Whoever asked hears that it came back, what is to be done and that there is half an hour for it.
        Assert.Matches($"URGENCE VITALE .*renvoi pour précisions.*par XB-CP.*affaire {caseId}.*répondre aux questions \\(XA-CP\\), (2[0-9]|30) min", await here.Shows("renvoi pour précisions"));
        pair.Ctl(0, "request", "supplement", caseId, "--answer", "itemsAccounts[0].at=Yes.", "--context", "xa-duty-officer");
        await pair.Says("ACKNOWLEDGED", "case", "show", caseId, "--context", "xb-duty-officer");
        Assert.Contains("par XA-CP", await screen.Shows("complément"), StringComparison.Ordinal);

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

        // The answer with its evidence.
        pair.Ctl(0, "request", "accept", caseId, "--due", DocumentWriter.FormatTime(TimeProvider.System.GetUtcNow().AddHours(1)), "--context", "xb-duty-officer");
        pair.Ctl(0, "request", "start", caseId, "--context", "xb-duty-officer");
        await Evidence(pair, caseId);
        // Its translation goes with it, listed in what the officer signs.
        var reply = Path.Combine(pair.Folder, "reponse-fr.txt");
        await File.WriteAllTextAsync(reply, "Abonné et adresse par téléphone et dans le relevé joint.");
        pair.Ctl(0, "request", "answer", caseId, "--outcome", "FULL", "--text", "Subscriber and address by telephone and in the attached record.", "--written-in", "en", "--attach", $"TRANSLATION:fr={reply}", "--context", "xb-duty-officer");
        await pair.Says("EXECUTED", "case", "show", caseId, "--context", "xa-duty-officer");
        await Opened(pair, caseId);
        pair.Ctl(0, "request", "confirm", caseId, "--context", "xa-duty-officer");
        await pair.Says("COMPLETED", "case", "show", caseId, "--context", "xb-duty-officer");

        // What the next shift finds, and the central authorities, who were told nothing by anybody.
        foreach (var (lawyer, authority) in new[] { ("xa-lawyer", "XA-CA"), ("xb-lawyer", "XB-CA") })
        {
            Assert.Matches($"copy for +{authority} since", pair.Ctl(0, "case", "show", caseId, "--context", lawyer));
            Assert.Contains(message, pair.Ctl(0, "request", "list", "--case", caseId, "--context", lawyer), StringComparison.Ordinal);
        }
        FormalRequestIsDue(pair, caseId);
        var report = pair.Ctl(0, "shift", "report", "--context", "xb-duty-officer");
        Assert.Contains(caseId, report, StringComparison.Ordinal);
        Assert.Contains("review afterwards", report, StringComparison.Ordinal);
        Assert.Matches($"(?s)what the other sides did.*supplement.*{caseId}", report);
        Assert.Matches($"(?s)formal requests still to come.*XA-CP.*{caseId}", report);
        pair.Ctl(0, "request", "review", caseId, "--result", "CONFIRMED", "--note", "The girl was found at the address.", "--context", "xb-duty-officer");
    }

    [Fact]
    public async Task An_emergency_to_a_State_that_is_down_rings_where_it_was_sent_and_arrives_once()
    {
        await using var pair = await Night();
        using var there = new Screen(pair, "xb-duty-officer");
        await there.Shows("essai de l'alarme");
        using var here = new Screen(pair, "xa-duty-officer");
        await here.Shows("en veille");

        // The gateway dies: the screen must not look like a quiet night.
        await pair.Asked.Kill();
        await there.Shows("L'ALARME NE FONCTIONNE PLUS");

        // It is signed and taken all the same, and nobody is told that it arrived.
        var signed = Path.Combine(pair.Folder, "emergency.cms");
        pair.Ctl(0, "request", "sign", Repository.PathOf("deploy/samples/emergency-disclosure.json"), "--out", signed, "--context", "xa-duty-officer");
        var sent = Json(pair.Ctl(0, "request", "send", signed, "--json", "--context", "xa-duty-officer"));
        var (caseId, message) = (sent.GetProperty("caseId").GetString()!, sent.GetProperty("message").GetString()!);
        var line = await here.Shows("N'EST PAS ARRIVÉE");
        Assert.Matches("à XB-CP .*[0-9]+ essais, prochain [0-9]{2}:[0-9]{2}:[0-9]{2}", line);
        Assert.Contains("appeler +999 2 555 0147 (XB-CP", await here.Shows("appeler"), StringComparison.Ordinal);
        await here.Shows("accepte aussi l'urgence par téléphone");
        await here.Shows("rang 5 times");
        var delivery = await Tried(pair, message);
        Assert.Equal(("XB", "EMERGENCY", "WAITING"), (delivery.GetProperty("peer").GetString(), delivery.GetProperty("lane").GetString(), delivery.GetProperty("state").GetString()));
        Assert.NotEmpty(delivery.GetProperty("nextAttempt").GetString()!);
        Assert.NotEmpty(delivery.GetProperty("lastError").GetString()!);
        Assert.Equal(["SubmissionAcceptance"], Receipts(pair, caseId, message));

        // Whoever loses patience and sends it again has sent it once.
        var again = Json(pair.Ctl(0, "request", "send", signed, "--json", "--context", "xa-duty-officer"));
        Assert.True(again.GetProperty("duplicate").GetBoolean());
        Assert.Equal(message, again.GetProperty("message").GetString());

        await pair.Asked.Start();
        await there.Shows("l'alarme fonctionne de nouveau");
        Assert.Contains("de XA-CP", await there.Shows("URGENCE VITALE"), StringComparison.Ordinal);
        Assert.Contains(caseId, await here.Shows("plus rien ne sonne"), StringComparison.Ordinal);
        await pair.Says("ConsignmentNotification", "receipt", "list", caseId, "--message", message, "--context", "xa-duty-officer");
        await pair.Says("nothing on its way", "delivery", "list", "--context", "xa-duty-officer");
        pair.Ctl(0, "request", "acknowledge", caseId, "--context", "xb-duty-officer");
        await pair.Says("ACKNOWLEDGED", "case", "show", caseId, "--context", "xa-duty-officer");
        await there.Shows("accusé de réception envoyé");

        // One request and one case on both sides, one certificate of its coming, one alarm.
        foreach (var context in new[] { "xa-duty-officer", "xb-duty-officer" })
        {
            Assert.Equal(message, Assert.Single(Messages(pair, context), m => m.About == "REQUEST").Id);
            Assert.Equal(caseId, Assert.Single(Json(pair.Ctl(0, "case", "list", "--json", "--context", context)).EnumerateArray()).GetProperty("caseId").GetString());
        }
        Assert.Single(Receipts(pair, caseId, message), e => e == "RelayAcceptance");
        Assert.Equal(caseId, Assert.Single(Json(pair.Ctl(0, "shift", "report", "--json", "--context", "xb-duty-officer")).GetProperty("alerts").EnumerateArray(), a => !a.GetProperty("test").GetBoolean()).GetProperty("caseId").GetString());
    }

    private const string Translated = "Une fille de quatorze ans a disparu. Le message de 01 h 52 dit qu'elle sera déplacée à six heures du matin.";

    /// <summary>Two contact points with profiles, clocks and telephones of their own, and an officer at each.</summary>
    private static async Task<GatewayPair> Night()
    {
        var pair = await GatewayPair.Start(before: p =>
        {
            var roster = Path.Combine(p.Folder, "roster.json");
            File.WriteAllText(roster, """{ "timeZone": "Asia/Kolkata", "shifts": [{ "name": "always", "from": "00:00", "to": "00:00", "officers": [{ "user": "duty-officer", "phone": "+999 2 555 0101" }] }] }""");
            p.Asking.Configure(c =>
            {
                c["Profile"] = new JsonObject { ["Languages"] = new JsonArray("fr", "en"), ["OriginalFollowUp"] = "NEVER" };
                c["Clock"] = new JsonObject { ["Calendars"] = Repository.PathOf("deploy/calendars") };
                c["Notification"] = new JsonObject { ["HeartbeatSeconds"] = 1, ["ConfirmSeconds"] = 5 };
                Phones(c, "Europe/Paris", "+999 1 555 0147");
            });
            p.Asked.Configure(c =>
            {
                c["Profile"] = new JsonObject
                {
                    ["Languages"] = new JsonArray("en"),
                    ["EmergencyLanguages"] = new JsonArray("en", "fr"),
                    ["AcceptsOralInEmergency"] = true,
                    ["ContactPointDecides"] = true,
                    ["Deadlines"] = new JsonArray(new JsonObject { ["Kind"] = "EMERGENCY_DISCLOSURE", ["Urgency"] = "EMERGENCY", ["Amount"] = 6, ["Unit"] = "HOURS" }),
                };
                c["Clock"] = new JsonObject { ["Calendars"] = Repository.PathOf("deploy/calendars") };
                c["Notification"] = new JsonObject { ["Roster"] = roster, ["HeartbeatSeconds"] = 1, ["ConfirmSeconds"] = 600 };
                Phones(c, "Asia/Kolkata", "+999 2 555 0147");
            });
        });
        try
        {
            await pair.AddContext(pair.Asking, "duty-officer", "XA-CP", "CONTACT_POINT_24_7");
            await pair.AddContext(pair.Asked, "duty-officer", "XB-CP", "CONTACT_POINT_24_7");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opened at 3 a.m.: the verdict in words, who is to be called, the facts, the second in question on both clocks, the translation beside the text, and the next command.</summary>
    private static void Understood(GatewayPair pair, string message)
    {
        var page = pair.Ctl(0, "request", "show", message, "--purpose", "taking the emergency", "--lang", "fr", "--context", "xb-duty-officer");
        Assert.StartsWith("URGENCE VITALE (EMERGENCY) · divulgation en urgence (EMERGENCY_DISCLOSURE) · de XA-CP", page.TrimStart(), StringComparison.Ordinal);
        foreach (var mark in new[] { "sceau de l'autorité (SEAL)", "signature d'une personne (SIGNATURE)", "timbre du greffe (STAMP)" })
            Assert.Contains($"{mark}: valable (PASSED)", page, StringComparison.Ordinal);
        Assert.Contains("+999 1 555 0147 (de l'annuaire, jamais du message)", page, StringComparison.Ordinal);
        Assert.Matches("identifiants +203\\.0\\.113\\.7:51544\n", page);
        Assert.Contains("2026-02-13T01:52:10+01:00 = ", page, StringComparison.Ordinal);
        Assert.Contains("Asia/Kolkata = ", page, StringComparison.Ordinal);
        // Columns break lines at spaces.
        Assert.Matches("(?s)original \\(anglais\\).*\\| traduction \\(français\\)", page);
        Assert.Matches("\\| Une fille de quatorze ans", page);
        Assert.Contains("gatewayctl request acknowledge ", page, StringComparison.Ordinal);
    }

    /// <summary>The record is attached, its digest is read at each step, two officers of two authorities release it, and the sender sees when it came and when it was opened.</summary>
    private static async Task Evidence(GatewayPair pair, string caseId)
    {
        var record = Path.Combine(pair.Folder, "subscriber.txt");
        await File.WriteAllTextAsync(record, "203.0.113.7:51544 at 01:52:10 +01:00: connection 4711, Harbour Street 4, Birk\n");
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(record)));
        // The second officer sleeps at home, holds an own credential, and is given the case for this.
        pair.Ctl(0, "request", "handover", caseId, "--to", "XB-PO", "--as", "TASK", "--reason", "second officer for the release, by telephone", "--context", "xb-duty-officer");
        var attached = pair.Ctl(0, "evidence", "attach", record, "--case", caseId, "--intake", Repository.PathOf("deploy/samples/intake.json"), "--context", "xb-technician");
        Assert.Contains(digest, attached, StringComparison.Ordinal);
        var item = Assert.Single(Json(pair.Ctl(0, "evidence", "list", "--case", caseId, "--json", "--context", "xb-duty-officer")).EnumerateArray()).GetProperty("item").GetString()!;
        const string Basis = "Code of Criminal Procedure of XB, section 110";
        pair.Ctl(1, "release", "propose", item, "--basis", Basis, "--context", "xb-technician");
        Assert.Contains(digest, pair.Ctl(0, "release", "propose", item, "--basis", Basis, "--context", "xb-duty-officer"), StringComparison.Ordinal);
        Assert.Contains("V039", pair.Ctl(1, "release", "approve", item, "--basis", Basis, "--context", "xb-duty-officer"), StringComparison.Ordinal);
        Assert.Contains("no items", pair.Ctl(0, "evidence", "list", "--case", caseId, "--context", "xa-duty-officer"), StringComparison.Ordinal);
        Assert.Contains(digest, pair.Ctl(0, "release", "approve", item, "--basis", Basis, "--context", "xb-officer-1"), StringComparison.Ordinal);
        await pair.Says("COMPLETE", "evidence", "list", "--case", caseId, "--context", "xa-duty-officer");
        await pair.Says("CONSIGNED", "evidence", "status", item, "--context", "xb-duty-officer");
        Assert.Equal(["ContentConsignment"], ReceiptsOfItem(pair, caseId, item));

        var to = Path.Combine(pair.Folder, "received");
        Assert.Contains(digest, pair.Ctl(0, "evidence", "download", item, "--to", to, "--purpose", "CRIMINAL_PROCEEDINGS: to find the girl", "--context", "xa-duty-officer"), StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(record), await File.ReadAllBytesAsync(Path.Combine(to, "subscriber.txt")));
        await pair.Says("HANDED_OVER", "evidence", "status", item, "--context", "xb-duty-officer");
        Assert.Equal(["ContentConsignment", "ContentHandover"], ReceiptsOfItem(pair, caseId, item));
    }

    /// <summary>Whoever answered sees that the answer was delivered; and that it was opened, from when somebody did.</summary>
    private static async Task Opened(GatewayPair pair, string caseId)
    {
        var answer = Assert.Single(Messages(pair, "xb-duty-officer"), m => m.Kind == "EXECUTED").Id;
        await pair.Says("ContentConsignment", "receipt", "list", caseId, "--message", answer, "--context", "xb-duty-officer");
        Assert.DoesNotContain("ContentAccessTracking", Receipts(pair, caseId, answer, "xb-duty-officer"));
        var shown = pair.Ctl(0, "request", "show", answer, "--purpose", "CRIMINAL_PROCEEDINGS: to find the girl", "--context", "xa-duty-officer");
        Assert.Contains("by telephone and in the attached record", shown, StringComparison.Ordinal);
        Assert.Matches("original \\(English\\) +\\| translation \\(French\\)", shown);
        Assert.Matches("Subscriber and address .* \\| Abonné et adresse par", shown);
        await pair.Says("ContentAccessTracking", "receipt", "list", caseId, "--message", answer, "--context", "xb-duty-officer");
    }

    /// <summary>The request announced a formal one in thirty days: the date stands on both sides, and is XA's to keep.</summary>
    private static void FormalRequestIsDue(GatewayPair pair, string caseId)
    {
        foreach (var (context, own) in new[] { ("xa-duty-officer", true), ("xb-duty-officer", false) })
        {
            var due = Assert.Single(Json(pair.Ctl(0, "deadlines", caseId, "--rule", "FORMAL_REQUEST", "--json", "--context", context)).GetProperty("deadlines").EnumerateArray());
            Assert.Equal(("RUNNING", own, "XA-CP"), (due.GetProperty("state").GetString(), due.GetProperty("own").GetBoolean(), due.GetProperty("byAuthority").GetString()));
            Assert.Equal(TimeSpan.FromDays(30), due.GetProperty("due").GetDateTimeOffset() - due.GetProperty("began").GetDateTimeOffset());
        }
    }

    /// <summary>The message in the queue, once it was tried twice.</summary>
    private static async Task<JsonElement> Tried(GatewayPair pair, string message)
    {
        var said = "";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(3); await Task.Delay(200))
        {
            var waiting = Json(said = pair.Ctl(0, "delivery", "list", "--json", "--context", "xa-duty-officer")).EnumerateArray();
            if (waiting.FirstOrDefault(d => d.GetProperty("message").GetString() == message) is { ValueKind: JsonValueKind.Object } delivery && delivery.GetProperty("attempts").GetInt32() >= 2)
                return delivery;
        }
        throw new Xunit.Sdk.XunitException($"it was not tried twice: {said}");
    }

    private static IReadOnlyList<(string Id, string About, string Kind)> Messages(GatewayPair pair, string context)
        => [.. Json(pair.Ctl(0, "request", "list", "--json", "--context", context)).GetProperty("messages").EnumerateArray()
            .Select(m => (m.GetProperty("message").GetString()!, m.GetProperty("about").GetString()!, m.GetProperty("kind").GetString()!))];

    private static IReadOnlyList<string> Receipts(GatewayPair pair, string caseId, string message, string context = "xa-duty-officer")
        => [.. Json(pair.Ctl(0, "receipt", "list", caseId, "--message", message, "--json", "--context", context)).EnumerateArray().Select(r => r.GetProperty("event").GetString()!)];

    // As the side sees them that sent the item.
    private static IReadOnlyList<string> ReceiptsOfItem(GatewayPair pair, string caseId, string item)
        => [.. Json(pair.Ctl(0, "receipt", "list", caseId, "--json", "--context", "xb-duty-officer")).EnumerateArray()
            .Where(r => r.GetProperty("item").GetString() == item).Select(r => r.GetProperty("event").GetString()!)];

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
            _file = Path.Combine(pair.Folder, $"screen-{context}.txt");
            var bell = Path.Combine(pair.Folder, $"bell-{context}.sh");
            File.WriteAllText(bell, $"#!/bin/sh\necho \"rang $1 times\" >> '{_file}'\n");
            File.SetUnixFileMode(bell, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$0\" watch --bell \"$3\" --lang fr --device desk --context \"$1\" >> \"$2\" 2>&1", GatewayPair.Program, context, _file, bell]);
            start.Environment["GATEWAYCTL_CONFIG"] = pair.Contexts;
            _process = Process.Start(start)!;
        }

        private IReadOnlyList<string> Lines => File.Exists(_file) ? File.ReadAllLines(_file) : [];

        public async Task<string> Shows(string text)
        {
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(3); await Task.Delay(100))
            {
                if (Lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line)
                    return line;
            }
            throw new Xunit.Sdk.XunitException($"the screen did not show '{text}':\n{string.Join('\n', Lines)}");
        }

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }
}
