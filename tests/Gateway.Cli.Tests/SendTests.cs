using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

public class SendTests
{
    private static string Sample(string name) => Path.Combine(Up(AppContext.BaseDirectory), "deploy", "samples", name);

    [Fact]
    public async Task A_check_warns_of_the_documents_that_the_request_names_until_they_are_given()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var alone = await gateway.RunAsync("request", "check", Sample("stored-content-data.json"));
        Assert.Equal(0, alone.Exit);
        Assert.Contains("warning V035 judicialAuthorisation.documentSha256: The request names 1 documents by their digest, 0 of them are with it.", alone.Output, StringComparison.Ordinal);
        var given = await gateway.RunAsync("request", "check", Sample("stored-content-data.json"), "--attach", Sample(Path.Combine("documents", "authorisation.txt")));
        Assert.Equal(0, given.Exit);
        Assert.DoesNotContain("V035", given.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_every_problem_at_once_and_sends_nothing()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var listed = await gateway.RunAsync("request", "check", Sample("stored-content-data-incomplete.json"), "--json");
        Assert.Equal(1, listed.Exit);
        var problems = JsonDocument.Parse(listed.Output).RootElement.GetProperty("problems").EnumerateArray().ToList();
        Assert.True(problems.Count > 5);
        Assert.All(problems, p => Assert.NotEmpty(p.GetProperty("remedy").GetString()!));

        var sent = await gateway.RunAsync("request", "send", Sample("stored-content-data-incomplete.json"));
        Assert.Equal(1, sent.Exit);
        Assert.Equal(problems.Count, sent.Error.Split('\n').Count(line => line.StartsWith("refused ", StringComparison.Ordinal)));
        Assert.Empty(gateway.Service.Submitted);
    }

    [Fact]
    public async Task Does_not_sign_what_the_person_did_not_say()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Tamper = document => document["caseReference"] = "another file";
        var said = await gateway.RunAsync("request", "sign", Copy(gateway), "--out", gateway.Folder["request.cms"]);
        Assert.Equal(1, said.Exit);
        Assert.Contains("'caseReference'", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(gateway.Folder["request.cms"]));
    }

    [Fact]
    public async Task Does_not_sign_another_type_of_document()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Tamper = document => document["type"] = "release";
        Assert.Equal(1, (await gateway.RunAsync("request", "send", Copy(gateway))).Exit);
        Assert.Empty(gateway.Service.Submitted);
    }

    [Fact]
    public async Task Signs_with_the_persons_key_what_it_showed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var signedTo = gateway.Folder["request.cms"];
        var said = await gateway.RunAsync("request", "sign", Copy(gateway), "--out", signedTo);
        Assert.True(said.Error.Length == 0, said.Error);
        Assert.Equal(0, said.Exit);
        var signed = SignedDocument.Open(File.ReadAllBytes(signedTo)).Value;
        Assert.Equal("CN=signing", signed.Signer.Subject.Split(',')[0]);
        var request = Request.Read(signed.Content).Value;
        Assert.Contains(request.CaseReference, said.Output, StringComparison.Ordinal);

        Assert.Equal(3, (await gateway.RunAsync("request", "sign", Copy(gateway), "--out", signedTo)).Exit);
        Assert.Equal(0, (await gateway.RunAsync("request", "send", signedTo, "--idempotency-key", "k1")).Exit);
        Assert.Equal(File.ReadAllBytes(signedTo), gateway.Service.Submitted.Single().SignedDocument.ToByteArray());
        Assert.Equal("k1", gateway.Service.Submitted.Single().IdempotencyKey);
    }

    [Fact]
    public async Task A_form_whose_answer_was_lost_is_sent_again_with_the_same_signature()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var form = Copy(gateway);
        gateway.Service.LoseAnswer = true;
        Assert.Equal(3, (await gateway.RunAsync("request", "send", form)).Exit);
        Assert.True(File.Exists(form + ".pending"));
        Assert.Equal(0, (await gateway.RunAsync("request", "send", form)).Exit);
        Assert.Equal(2, gateway.Service.Submitted.Count);
        Assert.Equal(gateway.Service.Submitted[0], gateway.Service.Submitted[1]);
        Assert.False(File.Exists(form + ".pending"));
    }

    [Fact]
    public async Task A_form_changed_while_its_answer_is_open_is_not_sent_as_a_second_request()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var form = Copy(gateway);
        gateway.Service.LoseAnswer = true;
        await gateway.RunAsync("request", "send", form);
        File.AppendAllText(form, "\n");
        var said = await gateway.RunAsync("request", "send", form);
        Assert.Equal(3, said.Exit);
        Assert.Contains("request list", said.Error, StringComparison.Ordinal);
        Assert.Single(gateway.Service.Submitted);
    }

    [Fact]
    public async Task Attachments_go_with_their_media_type_and_unknown_kinds_do_not_go()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.WriteAllText(gateway.Folder["order.pdf"], "%PDF-1.7");
        File.WriteAllText(gateway.Folder["tool.exe"], "MZ");
        Assert.Equal(2, (await gateway.RunAsync("request", "send", Copy(gateway), "--attach", gateway.Folder["tool.exe"])).Exit);
        Assert.Equal(0, (await gateway.RunAsync("request", "send", Copy(gateway), "--attach", gateway.Folder["order.pdf"])).Exit);
        var attachment = Assert.Single(gateway.Service.Submitted.Single().Attachments);
        Assert.Equal(("order.pdf", "application/pdf"), (attachment.Name, attachment.MediaType));
    }

    [Fact]
    public async Task Acknowledges_with_own_reference_and_date()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var missing = await gateway.RunAsync("request", "acknowledge", LoopbackOperator.CaseId);
        Assert.Equal(1, missing.Exit);
        Assert.Contains("refused V001 reference", missing.Error, StringComparison.Ordinal);
        Assert.Contains("refused V001 dueAt", missing.Error, StringComparison.Ordinal);

        var said = await gateway.RunAsync("request", "acknowledge", LoopbackOperator.CaseId, "--reference", "XB 17/26", "--due", "2030-03-01T02:15:00+05:30");
        Assert.True(said.Error.Length == 0, said.Error);
        Assert.Equal(0, said.Exit);
        var act = Act.Read(SignedDocument.Open(gateway.Service.Submitted.Single().SignedDocument.Memory).Value.Content).Value;
        Assert.Equal(ActKind.ACKNOWLEDGED, act.Kind);
        Assert.Equal("XB 17/26", act.Reference);
        Assert.Equal(DateTimeOffset.Parse("2030-02-28T20:45:00Z", System.Globalization.CultureInfo.InvariantCulture), act.DueAt);
    }

    private static string Copy(LoopbackGateway gateway)
    {
        var path = gateway.Folder["request.json"];
        File.Copy(Sample("stored-content-data.json"), path, overwrite: true);
        return path;
    }

    private static string Up(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Up(Path.GetDirectoryName(folder)!);
}
