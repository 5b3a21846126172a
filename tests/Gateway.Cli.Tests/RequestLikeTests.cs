using System.Text.Json.Nodes;
using Gateway.Cli.Requests;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A new request takes offences and legal basis from an older one of ours: nothing of that case goes along, nothing of a hidden one is touched, and nothing is taken unseen.</summary>
[Collection(nameof(InThisProcess))]
public sealed class RequestLikeTests
{
    private const string Provision = "Art. 159.6 УК РФ: мошенничество в сфере компьютерной информации";

    [Fact]
    public async Task A_form_shows_what_it_took_and_holds_nothing_else_of_the_older_case()
    {
        await using var gateway = await Asked();
        var said = InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", LoopbackOperator.CaseId);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("taken from RQ-XA-2026-000001", said.Output, StringComparison.Ordinal);
        Assert.Contains(Provision, said.Output, StringComparison.Ordinal);
        var form = Read(said.Output);
        Assert.Equal(["kind", "legalBasis", "offence", "requestedAuthority"], form.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["maxPenaltyMonths", "provision", "scope", "title"], form["offence"]![0]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("XB-CP", form["requestedAuthority"]!.GetValue<string>());
        foreach (var word in new[] { "Marseille", "2026-02-01", "Jean Untel", "203.0.113", "Girl", "FIR" })
            Assert.DoesNotContain(word, said.Output, StringComparison.Ordinal);
        // A program that reads the form learns from the notes beside it what was filled in.
        var plain = InThisProcess.Run(gateway, "request", "new", "LEGAL_INFORMATION", "--plain", "--like", LoopbackOperator.CaseId);
        Assert.Equal(["kind", "legalBasis", "offence", "requestedAuthority"], Read(plain.Output).Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Contains("RQ-XA-2026-000001, look at each: requestedAuthority, offence, legalBasis", plain.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_a_covert_measure_nor_of_what_another_State_wrote_is_taken_over()
    {
        await using var gateway = await Asked();
        gateway.Service.Case.Kind = "COVERT_MEASURE";
        var covert = InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", LoopbackOperator.CaseId);
        Assert.NotEqual(0, covert.Exit);
        Assert.DoesNotContain(Provision, covert.Output + covert.Error, StringComparison.Ordinal);
        (gateway.Service.Case.Kind, gateway.Service.Case.Side) = ("STORED_TRAFFIC_DATA", "REQUESTED");
        Assert.NotEqual(0, InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", LoopbackOperator.CaseId).Exit);
        Assert.NotEqual(0, InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", "the last one").Exit);
    }

    [Fact]
    public async Task The_last_request_to_an_authority_is_the_newest_of_ours_that_hides_nothing()
    {
        await using var gateway = await Asked();
        CaseView View(string side, string peer, string kind, string id) => new() { CaseId = id, Side = side, PeerAuthority = peer, Kind = kind };
        gateway.Service.Cases.AddRange([
            View("REQUESTING", "XB-CP", "COVERT_MEASURE", "XA-00000000000000000000000000000001"), View("REQUESTED", "XB-CP", "STORED_TRAFFIC_DATA", "XB-00000000000000000000000000000002"),
            View("REQUESTING", "XC-CA", "STORED_TRAFFIC_DATA", "XA-00000000000000000000000000000003"), View("REQUESTING", "XB-CP", "EMERGENCY_DISCLOSURE", LoopbackOperator.CaseId),
        ]);
        var said = InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", "XB-CP");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains(Provision, said.Output, StringComparison.Ordinal);
        var none = InThisProcess.Run(gateway, "request", "new", "STORED_TRAFFIC_DATA", "--form", "--like", "XD-CA");
        Assert.Equal(1, none.Exit);
        Assert.Contains("no request of ours to XD-CA is open to you", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y")]
    [InlineData("")]
    public void Question_by_question_each_is_shown_and_taken_by_who_says_so(string answer)
    {
        var older = new RequestLike("RQ-XA-2026-000001", new JsonObject
        {
            ["offence"] = new JsonArray(new JsonObject { ["title"] = "Fraud", ["provision"] = Provision, ["maxPenaltyMonths"] = 120, ["scope"] = "SERIOUS_CRIME" }),
            ["sentence"] = "a member that this kind has not",
        });
        var output = new StringWriter();
        // The other questions are skipped.
        var fields = new RequestWizard(new StringReader(answer + string.Concat(Enumerable.Repeat("\n", 200))), output).Ask(RequestKinds.Of(RequestKind.PRESERVE_DATA), older)!;
        Assert.Contains(Provision, output.ToString(), StringComparison.Ordinal);
        Assert.True(output.ToString().IndexOf(Provision, StringComparison.Ordinal) < output.ToString().IndexOf("Take this offence over?", StringComparison.Ordinal));
        Assert.DoesNotContain("a member that this kind has not", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(answer == "y", fields.ContainsKey("offence"));
        Assert.Equal(answer != "y", output.ToString().Contains("offence[0].title: ", StringComparison.Ordinal));
    }

    private static JsonObject Read(string form) => FieldsFile.Parse(form);

    private static async Task<LoopbackGateway> Asked()
    {
        var gateway = await LoopbackGateway.StartAsync();
        var fields = SampleRequest.Fields("emergency-disclosure.json");
        fields["offence"] = new JsonArray(new JsonObject { ["title"] = "Fraud", ["provision"] = Provision, ["maxPenaltyMonths"] = 120, ["scope"] = "SERIOUS_CRIME", ["place"] = "Marseille", ["from"] = "2026-02-01" });
        gateway.Service.Opened = new OpenMessageReply
        {
            Message = new MessageView { Message = LoopbackOperator.RequestMessage, CaseId = LoopbackOperator.CaseId, Direction = "OUT", About = "REQUEST" },
            Parts = { new PartView { Role = "request", Name = "request.cms", Content = SampleRequest.Signed(gateway, fields, "RQ-XA-2026-000001", "CENTRAL_AUTHORITY_MLA", "CONTACT_POINT_24_7") } },
        };
        gateway.Service.Case.Side = "REQUESTING";
        return gateway;
    }
}
