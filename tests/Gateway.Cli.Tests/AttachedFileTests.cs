using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Documents go with every act that a command sends, each with its type, its language and what it translates; and no decision leaves before its letter was read.</summary>
public sealed class AttachedFileTests
{
    private static readonly string[] Refusal = ["request", "refuse", LoopbackOperator.CaseId, "--ground", "RF-POLITICAL", "--provision", "Act of XB, section 4", "--reasons", "Because.", "--finality", "FINAL", "--no-consultation", "Nothing to add."];

    [Fact]
    public async Task An_answer_carries_the_proof_that_the_documents_were_served()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.ActsOn = RequestKind.SERVE_DOCUMENTS;
        gateway.Service.History = After(ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION);
        var (proof, english) = (Written(gateway, "вручение.txt", "Вручено лично 3 марта."), Written(gateway, "service-en.txt", "Handed over in person on 3 March."));
        string[] answer = ["request", "answer", LoopbackOperator.CaseId, "--outcome", "FULL", "--text", "Served."];
        Assert.Equal(2, (await gateway.RunAsync([.. answer, "--attach", $"SERVICE_PROOF:ru={proof}", "--attach", $"TRANSLATION:en:elsewhere.txt={english}"])).Exit);
        Assert.Empty(gateway.Service.Submitted);

        var said = await gateway.RunAsync([.. answer, "--attach", $"SERVICE_PROOF:ru={proof}", "--attach", $"TRANSLATION:en:{proof}={english}", "--attach", proof]);
        Assert.True(said.Exit == 0, said.Error);
        var submitted = Assert.Single(gateway.Service.Submitted);
        var act = Signed(submitted.SignedDocument.ToByteArray());
        var listed = act.GetProperty("attachments").EnumerateArray().ToList();
        Assert.Equal(
            [("SERVICE_PROOF", "ru", "вручение.txt", "text/plain"), ("TRANSLATION", "en", "service-en.txt", "text/plain")],
            listed.Select(a => (a.GetProperty("type").GetString(), a.GetProperty("language").GetString(), a.GetProperty("name").GetString(), a.GetProperty("mediaType").GetString())));
        Assert.Equal(listed[0].GetProperty("sha256").GetString(), listed[1].GetProperty("translationOf").GetString());
        // Each that is listed is with it, byte for byte.
        Assert.Subset(submitted.Attachments.Select(a => Digest.Of(a.Content.Span).ToString()).ToHashSet(), listed.Select(a => a.GetProperty("sha256").GetString()!).ToHashSet());
        Assert.Equal(Digest.Of(await File.ReadAllBytesAsync(proof)).ToString(), listed[0].GetProperty("sha256").GetString());
    }

    [Theory]
    [InlineData("acknowledge", "--due", "2031-03-01T02:15:00+05:30", "--reference", "7")]
    [InlineData("return", "--question", "Which address?")]
    [InlineData("act", "STATUS_REPORT", "--text", "Half is done.")]
    [InlineData("consult", "--text", "Is it needed?")]
    public async Task Every_act_takes_documents(string command, params string[] more)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        if (command != "acknowledge")
            gateway.Service.History = After(ActKind.ACKNOWLEDGED);
        var said = await gateway.RunAsync(["request", command, LoopbackOperator.CaseId, .. more, "--attach", $"ASSURANCE:en={Written(gateway, "assurance.txt", "We assure.")}"]);
        Assert.True(said.Exit == 0, said.Error);
        var submitted = Assert.Single(gateway.Service.Submitted);
        Assert.Equal("We assure.", Assert.Single(submitted.Attachments).Content.ToStringUtf8());
        Assert.Equal("ASSURANCE", Signed(submitted.SignedDocument.ToByteArray()).GetProperty("attachments")[0].GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_refusal_and_its_translation_stand_beside_each_other_before_whoever_approves_it()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.History = After(ActKind.ACKNOWLEDGED);
        var (file, french) = (gateway.Folder["refusal.cms"], Written(gateway, "refus.txt", "Parce que."));
        string[] translated = [.. Refusal, "--yes", "--hold", file, "--attach", $"TRANSLATION:fr={french}"];
        // What is translated has a language.
        var unsaid = await gateway.RunAsync(translated);
        Assert.Equal(2, unsaid.Exit);
        Assert.Contains("--written-in", unsaid.Error, StringComparison.Ordinal);
        var held = await gateway.RunAsync([.. translated, "--written-in", "en"]);
        Assert.True(held.Exit == 0, held.Error);
        Assert.Contains("--attach refus.txt", held.Output, StringComparison.Ordinal);
        Assert.Equal("""{"authoritative":"en","translations":["fr"]}""", Signed(await File.ReadAllBytesAsync(file)).GetProperty("languages").GetRawText());

        var sent = await gateway.RunAsync("request", "approve", file, "--signed-by", "avery", "--yes", "--attach", french, "--lang", "en");
        Assert.True(sent.Exit == 0, sent.Error);
        Assert.Equal("Parce que.", Assert.Single(Assert.Single(gateway.Service.Submitted).Attachments).Content.ToStringUtf8());
        // The letter in the languages of both States, the enclosure by its digest, the translation beside what was signed.
        Assert.Contains("[en] XB-CA → XA-CA", sent.Output, StringComparison.Ordinal);
        Assert.Contains("[ru] XB-CA → XA-CA", sent.Output, StringComparison.Ordinal);
        Assert.Contains("RF-POLITICAL: Преступление рассматривается как политическое.", sent.Output, StringComparison.Ordinal);
        Assert.Contains($"refus.txt: translation, French, SHA-256 {Digest.Of("Parce que."u8)}", sent.Output, StringComparison.Ordinal);
        Assert.Matches("Nothing to add\\. +\\| Parce que\\.", sent.Output);
    }

    [Fact]
    public async Task A_refusal_by_its_word_leaves_only_when_its_letter_was_confirmed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.History = After(ActKind.ACKNOWLEDGED);
        var fields = Written(gateway, "fields.json", new JsonObject
        {
            ["finality"] = "FINAL", ["consultationWaivedReason"] = "Nothing to add.",
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-POLITICAL", ["provision"] = "Act of XB, section 4", ["reasons"] = "Because." }),
        }.ToJsonString());
        foreach (var (word, exit) in new[] { ("no", 1), ("refuse", 0) })
        {
            using var asking = gateway.Start("request", "act", LoopbackOperator.CaseId, "REFUSED", "--fields", fields);
            await asking.StandardInput.WriteLineAsync(word);
            asking.StandardInput.Close();
            Assert.Contains("RF-POLITICAL: Преступление рассматривается как политическое.", await asking.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
            await asking.WaitForExitAsync();
            Assert.Equal(exit, asking.ExitCode);
            Assert.Equal(1 - exit, gateway.Service.Submitted.Count);
        }
        // What refuses nothing is sent as before.
        Assert.Equal(0, (await gateway.RunAsync("request", "act", LoopbackOperator.CaseId, "STATUS_REPORT", "--text", "Half is done.")).Exit);
    }

    private static CaseHistory After(params ActKind[] acts)
        => acts.Aggregate(CaseHistory.New, (history, act) => history.Take(new ActEntry($"{act}", CaseSide.Requested, act, null)).Value);

    private static string Written(LoopbackGateway gateway, string name, string text)
    {
        File.WriteAllText(gateway.Folder[name], text);
        return gateway.Folder[name];
    }

    private static JsonElement Signed(byte[] der) => JsonDocument.Parse(SignedDocument.Open(der).Value.Content).RootElement;
}
