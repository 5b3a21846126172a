using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Of a request that came on paper, the State that asks stands on every sheet, with the number of its description and the day on which its letter came.</summary>
[Collection(nameof(InThisProcess))]
public sealed class PaperAskerTests
{
    private const string Phone = "+999 3 555 0147";

    [Fact]
    public async Task The_order_sheet_names_who_asks_and_when_the_letter_came_not_who_entered_it_and_when()
    {
        await using var gateway = await Registered();
        var said = InThisProcess.Run(gateway, "request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--order-sheet");
        Assert.True(said.Exit == 0, said.Error);
        var sheet = said.Output.Split('\n');
        Assert.Contains("XC-CP Contact point of XC", Assert.Single(sheet, line => line.StartsWith("from ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("2026-02-27T08:00:00.000Z", Assert.Single(sheet, line => line.StartsWith("received ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Single(sheet, line => line.Contains(Phone, StringComparison.Ordinal));
        Assert.DoesNotContain("XB-CP", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_number_to_call_back_is_that_of_the_description_which_two_administrators_brought()
    {
        await using var gateway = await Registered();
        gateway.Service.Case.PeerAuthority = "XC-CP";
        var said = InThisProcess.Run(gateway, "request", "callback", LoopbackOperator.CaseId);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains(Phone, said.Output, StringComparison.Ordinal);
        // The other one was brought by one person and waits for the second.
        Assert.DoesNotContain("666", said.Output, StringComparison.Ordinal);

        var shown = InThisProcess.Run(gateway, "request", "show", LoopbackOperator.RequestMessage, "--purpose", "taking it", "--lang", "en");
        Assert.Contains($"{Phone} (", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_description_that_one_administrator_alone_brought_gives_no_number()
    {
        await using var gateway = await Registered();
        gateway.Service.PaperStates[0].InForce.Clear();
        gateway.Service.Case.PeerAuthority = "XC-CP";
        var said = InThisProcess.Run(gateway, "request", "callback", LoopbackOperator.CaseId);
        Assert.DoesNotContain("555", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("666", said.Output, StringComparison.Ordinal);
        Assert.Contains("names no number", said.Error, StringComparison.Ordinal);
    }

    private static async Task<LoopbackGateway> Registered()
    {
        var gateway = await LoopbackGateway.StartAsync();
        var fields = SampleRequest.Fields("preserve-data.json");
        fields["requestingAuthority"] = "XC-CP";
        var signed = SampleRequest.Signed(gateway, fields, "RQ-XC-2026-000012", "CONTACT_POINT_24_7");
        var record = new PaperRequest
        {
            Id = Ids.New(), Case = LoopbackOperator.CaseId.Replace("XA-", "XC-", StringComparison.Ordinal), Authority = "XB-CP", From = "XC-CP", Channel = PaperChannel.POST, At = DateTimeOffset.Parse("2026-02-27T08:00:00Z", CultureInfo.InvariantCulture),
            Person = "K. Registrar", CheckedBy = "J. Officer", Check = "rang back", Request = Digest.Of(signed.Span), Files = [new PaperFile("letter.pdf", "application/pdf", 7, Digest.Of("letter"u8))], Time = TimeProvider.System.GetUtcNow(),
        };
        gateway.Service.Opened = new OpenMessageReply
        {
            Message = new MessageView { Message = LoopbackOperator.RequestMessage, CaseId = record.Case, Direction = "OUT", About = "PAPER", Kind = "PRESERVE_DATA", Urgency = "URGENT", Sender = "XB-CP", Recipient = "XC-CP", State = "KEPT", Time = "2026-03-05T10:00:00.000Z" },
            Parts = { new PartView { Role = "paper", Name = "paper.cms", Content = SampleRequest.Signed(gateway, record.Write()) }, new PartView { Role = "request", Name = "request.cms", Content = signed } },
        };
        gateway.Service.PaperStates.Add(new PaperStateView
        {
            State = "XC", Status = "PROPOSED",
            Authorities = { new AuthorityView { Authority = "XC-CP", Name = "Contact point of XC", CallBackPhone = "+999 3 666 0000" } },
            Addresses = { "elsewhere" },
            InForce = { new AuthorityView { Authority = "XC-CP", Name = "Contact point of XC", CallBackPhone = Phone, Address = "12 Harbour Road, Cedar, XC" } },
        });
        return gateway;
    }
}
