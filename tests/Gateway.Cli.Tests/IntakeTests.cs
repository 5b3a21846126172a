using System.Text.Json.Nodes;
using Gateway.Cli.Evidence;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The item form: what is asked, what is remembered, what is refused before anybody signs it.</summary>
public sealed class IntakeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_memory_of_a_laboratory_never_puts_another_cases_order_into_a_form()
    {
        var form = Sample();
        form["lawfulBasis"]!.AsObject().Remove("authorisation");
        form["writeBlocker"] = new JsonObject { ["used"] = true };
        Remember(new JsonObject
        {
            ["lawfulBasis"] = new JsonObject { ["instrument"] = "Code of XB", ["provision"] = "section 7", ["authorisation"] = "order 5 Gs 1/25", ["authorisationType"] = "court order" },
            ["writeBlocker"] = new JsonObject { ["used"] = true, ["model"] = "WB-2" },
            ["description"] = "another item",
        });
        form.Remove("lawfulBasis");
        form.Remove("writeBlocker");
        form["sourceType"] = "FLASH_DRIVE";
        form["source"] = new JsonObject { ["zone"] = "Europe/Paris", ["sealNumber"] = "17", ["packaging"] = "evidence bag" };
        // Everything known is confirmed with an empty answer; whether the medium was kept from being written to is asked.
        var said = await AskAsync(form, [.. Enumerable.Repeat("", 3), "no", .. Enumerable.Repeat("", 40)]);
        Assert.True(said.Exit == 0, said.Error);
        var filled = JsonNode.Parse(said.Output)!;
        Assert.DoesNotContain("5 Gs", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("court order", said.Output, StringComparison.Ordinal);
        Assert.Equal(("Code of XB", "section 7"), (filled["lawfulBasis"]!["instrument"]!.ToString(), filled["lawfulBasis"]!["provision"]!.ToString()));
        Assert.Equal(("false", "WB-2"), (filled["writeBlocker"]!["used"]!.ToString(), filled["writeBlocker"]!["model"]!.ToString()));
        var kept = JsonNode.Parse(File.ReadAllText(_folder["intake/lab.json"]))!;
        Assert.Null(kept["lawfulBasis"]!["authorisation"]);
        Assert.Null(kept["writeBlocker"]!["used"]);
        Assert.Null(kept["description"]);
    }

    [Theory]
    [InlineData("derivation=GUESSED", "derivation")]
    [InlineData("acquiredFrom=2026-03-01 09:00", "acquiredFrom")]
    [InlineData("treeRoot=00", "treeRoot")]
    [InlineData("colour=red", "colour")]
    [InlineData("source.sealPhotoSha256=abc", "source.sealPhotoSha256")]
    [InlineData("custody.0.event=SENT", "custody[0].event")]
    public async Task A_value_that_no_item_can_have_is_refused_where_it_is_given(string field, string path)
    {
        var said = await GatewayCtl.RunAsync(_folder["contexts.json"], "evidence", "intake", "--field", field);
        Assert.Equal(1, said.Exit);
        Assert.Contains(path, said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_answer_is_judged_before_the_next_question()
    {
        var asked = new Answers(new()
        {
            ["derivation"] = ["guessed", "ORIGINAL"],
            ["acquiredFrom"] = ["2026-03-01 09:00", "2026-03-01T09:00:00+01:00"],
            ["exhibitNumber"] = [new string('x', 101), "EX-1"],
            ["sensitivity (several with commas)"] = ["NONE, SECRET", "NONE"],
        });
        var form = Sample();
        foreach (var name in (string[])["derivation", "acquiredFrom", "exhibitNumber", "sensitivity"])
            form.Remove(name);
        asked.Ask(form, []);
        Assert.Equal(("ORIGINAL", "2026-03-01T09:00:00+01:00", "EX-1", "[\"NONE\"]"),
            (form["derivation"]!.ToString(), form["acquiredFrom"]!.ToString(), form["exhibitNumber"]!.ToString(), form["sensitivity"]!.ToJsonString()));
    }

    [Fact]
    public void What_was_given_in_part_is_asked_for_to_its_end()
    {
        var form = Sample();
        form["tools"] = new JsonArray(new JsonObject { ["name"] = "writer of the E01 image", ["version"] = "20140816" });
        form["examiner"] = new JsonObject { ["name"] = "Kim Sample" };
        form.Remove("certificate");
        form["certificateExemption"] = new JsonObject { ["code"] = "EMERGENCY_CERTIFICATE_TO_FOLLOW" };
        // The memory is of another person, and of another tool: it completes neither.
        var known = new JsonObject
        {
            ["examiner"] = new JsonObject { ["name"] = "Lee Other", ["post"] = "Head", ["organisation"] = "Another laboratory" },
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Other", ["vendor"] = "Other", ["version"] = "1", ["purpose"] = "other" }),
        };
        var asked = new Answers(new()
        {
            ["tools.0.vendor"] = ["Example"], ["tools.0.purpose"] = ["imaging"], ["examiner.post"] = ["Examiner"], ["examiner.organisation"] = ["Laboratory"],
            ["certificateExemption.due"] = ["2026-03-12T12:00:00Z"],
        });
        asked.Ask(form, known);
        Assert.Equal(("Example", "20140816"), (form["tools"]![0]!["vendor"]!.ToString(), form["tools"]![0]!["version"]!.ToString()));
        Assert.Equal(("Kim Sample", "Examiner", "Laboratory"), (form["examiner"]!["name"]!.ToString(), form["examiner"]!["post"]!.ToString(), form["examiner"]!["organisation"]!.ToString()));
        Assert.Equal("2026-03-12T12:00:00Z", form["certificateExemption"]!["due"]!.ToString());
        Assert.DoesNotContain("Another laboratory", asked.Shown, StringComparison.Ordinal);
        Assert.Empty(Intake.Of(form).Problems(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Known_objects_are_shown_and_confirmed_or_asked_anew()
    {
        var tool = new JsonObject { ["name"] = "Imager", ["vendor"] = "Example", ["version"] = "4.2", ["purpose"] = "imaging" };
        var known = new JsonObject { ["tools"] = new JsonArray(tool) };
        var form = Sample();
        form.Remove("tools");
        var kept = new Answers([]);
        kept.Ask(form, known);
        Assert.True(JsonNode.DeepEquals(known["tools"], form["tools"]));
        Assert.Contains("version 4.2", kept.Shown, StringComparison.Ordinal);

        form.Remove("tools");
        new Answers(new() { ["tools: an empty answer keeps them, no asks anew"] = ["no"], ["tools.0.version"] = ["5.0"] }).Ask(form, known);
        Assert.Equal(("Imager", "5.0"), (form["tools"]![0]!["name"]!.ToString(), form["tools"]![0]!["version"]!.ToString()));
    }

    [Theory]
    [InlineData("MOBILE", true)]
    [InlineData("CLOUD", false)]
    public void A_physical_source_is_asked_for_its_device_and_seal(string sourceType, bool physical)
    {
        var form = Sample();
        form["sourceType"] = sourceType;
        form.Remove("device");
        form.Remove("source");
        var asked = new Answers(new()
        {
            ["device.makeModel"] = ["Example One"], ["device.serialNumber"] = ["none"], ["device.deviceIds (several with commas)"] = ["IMEI 490154203237518"],
            ["source.zone"] = ["Europe/Paris"], ["source.sealNumber"] = ["4711"], ["source.packaging"] = ["evidence bag"],
        });
        asked.Ask(form, []);
        Assert.Equal(physical ? "Example One" : null, form["device"]?["makeModel"]?.ToString());
        Assert.Equal(physical ? "4711" : null, form["source"]?["sealNumber"]?.ToString());
        Assert.Equal(physical, asked.Shown.Contains("source.conditionOnReceipt", StringComparison.Ordinal));
        Assert.Empty(Intake.Of(form).Problems(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero)));
    }

    [Ewf]
    public async Task What_came_from_an_image_is_completed_and_not_remembered()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await RecordedTests.AcquireAsync(gateway.Folder["image"], source);
        var rest = Sample();
        foreach (var name in (string[])["exhibitNumber", "derivation", "description", "acquisitionType", "acquiredFrom", "methodDescription", "format", "device"])
            rest.Remove(name);
        rest["tools"]![0]!["name"] = "Example Imager";
        rest["acquiredTo"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        File.WriteAllText(_folder["rest.json"], rest.ToJsonString());
        using var process = GatewayCtl.Start(_folder["contexts.json"], "evidence", "intake", "--from", image, "--form", _folder["rest.json"], "--ask", "--out", _folder["intake.json"]);
        for (var i = 0; i < 60; i++)
            await process.StandardInput.WriteLineAsync();
        process.StandardInput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
        var said = await gateway.RunAsync("evidence", "attach", image, "--case", LoopbackOperator.CaseId, "--intake", _folder["intake.json"]);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal("EX-9", gateway.Service.Signed().ExhibitNumber);
        var kept = JsonNode.Parse(File.ReadAllText(_folder["intake/lab.json"]))!;
        Assert.Null(kept["methodDescription"]);
        Assert.Null(kept["examiner"]);
    }

    [Fact]
    public async Task All_that_is_wrong_in_a_form_is_named_at_once_before_anything_is_read()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 10);
        var form = Sample();
        form.Remove("description");
        form["derivation"] = "GUESSED";
        form["examiner"]!.AsObject().Remove("post");
        form["colour"] = "red";
        File.WriteAllText(_folder["intake.json"], form.ToJsonString());
        var said = await gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", _folder["intake.json"]);
        Assert.Equal(1, said.Exit);
        foreach (var path in (string[])["V001 description", "T110 derivation", "V001 examiner.post", "T105 colour"])
            Assert.Contains(path, said.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Arrived);
    }

    [Fact]
    public async Task What_is_missing_is_refused_by_its_name_and_what_is_only_recommended_is_told_and_taken()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 10);
        var form = Sample();
        foreach (var name in (string[])["sopReference", "device", "source", "rootExhibitNumber"])
            form.Remove(name);
        form["sourceType"] = "MOBILE";
        Task<Said> Attach()
        {
            File.WriteAllText(_folder["intake.json"], form.ToJsonString());
            return gateway.RunAsync("evidence", "attach", source, "--case", LoopbackOperator.CaseId, "--intake", _folder["intake.json"]);
        }
        var refused = await Attach();
        Assert.Equal(1, refused.Exit);
        foreach (var path in (string[])["rootExhibitNumber", "device.makeModel", "device.serialNumber", "source.sealNumber", "source.packaging", "source.zone", "sopReference"])
            Assert.Contains($"refused V035 {path}: The form of the item is not complete. Missing: \"{path}\"", refused.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Arrived);

        (form["sopReference"], form["rootExhibitNumber"]) = ("none", "XB-EX-2026-031");
        form["device"] = new JsonObject { ["makeModel"] = "Example One", ["deviceIds"] = new JsonArray("IMEI 490154203237518") };
        form["source"] = new JsonObject { ["zone"] = "Europe/Paris", ["sealNumber"] = "none", ["packaging"] = "none" };
        form["examiner"]!.AsObject().Remove("accreditation");
        form["tools"]![1]!.AsObject().Remove("validation");
        var said = await Attach();
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("source: not said, though recommended: clockOffsetSeconds, clockSource, colour, conditionOnReceipt, powerState, encryptionState", said.Error, StringComparison.Ordinal);
        Assert.Contains("tools: no licence or validation is named of sha256sum", said.Error, StringComparison.Ordinal);
        Assert.Contains("examiner: no accreditation is named", said.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static JsonObject Sample() => JsonNode.Parse(File.ReadAllText(EvidenceTests.Intake()))!.AsObject();

    private void Remember(JsonObject known)
    {
        Directory.CreateDirectory(_folder["intake"]);
        File.WriteAllText(_folder["intake/lab.json"], known.ToJsonString());
    }

    private async Task<Said> AskAsync(JsonObject form, IReadOnlyList<string> answers)
    {
        File.WriteAllText(_folder["form.json"], form.ToJsonString());
        using var process = GatewayCtl.Start(_folder["contexts.json"], "evidence", "intake", "--form", _folder["form.json"], "--ask");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        foreach (var answer in answers)
            await process.StandardInput.WriteLineAsync(answer);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }

    /// <summary>Answers by what is asked; nothing to everything else.</summary>
    private sealed class Answers(Dictionary<string, string[]> answers) : TextReader
    {
        private readonly StringWriter _asked = new();
        private readonly Dictionary<string, int> _given = new(StringComparer.Ordinal);

        public string Shown => _asked.ToString();

        public void Ask(JsonObject form, JsonObject known) => new IntakeQuestions(this, _asked).Ask(form, ManifestFields.Form, known);

        public override string? ReadLine()
        {
            var question = Shown[(Shown.LastIndexOf('\n') + 1)..];
            var name = answers.Keys.Where(key => question.StartsWith(key + " ", StringComparison.Ordinal) || question.StartsWith(key + ":", StringComparison.Ordinal)).MaxBy(key => key.Length);
            _asked.WriteLine();
            if (name is null)
            {
                // What is asked a second time must be answered.
                _given[question] = _given.GetValueOrDefault(question) + 1;
                return _given[question] == 1 ? "" : throw new InvalidOperationException($"nobody answers '{question}'");
            }
            var times = _given[name] = _given.GetValueOrDefault(name) + 1;
            return times <= answers[name].Length ? answers[name][times - 1] : throw new InvalidOperationException($"asked again: '{question}'");
        }
    }
}
