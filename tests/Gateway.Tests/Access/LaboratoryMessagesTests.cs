using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>Which messages a laboratory is shown before it was tasked with anything or attached anything.</summary>
public sealed class LaboratoryMessagesTests
{
    [Fact]
    public async Task A_laboratory_that_names_a_case_of_the_authority_above_it_sees_which_request_it_is_and_otherwise_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        // The laboratory is below the prosecution office, and that below the central authority, with which the case lies.
        var technician = await states.Asked.AddUser("technician", "XB-LAB", "FORENSIC_LAB");
        var laboratory = states.Asked.Client(technician);

        Assert.Empty((await laboratory.ListMessagesAsync(new ListMessagesRequest())).Messages);
        Assert.Empty((await laboratory.ListMessagesAsync(new ListMessagesRequest { Direction = "IN", Limit = 100 })).Messages);
        var request = Assert.Single((await laboratory.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN", Limit = 100 })).Messages);
        Assert.Equal((sent.Message, "REQUEST", "PRESERVE_DATA"), (request.Message, request.About, request.Kind));
        // Which request, not what it says.
        await Refused.By(() => laboratory.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message }).ResponseAsync, "T802");
        Assert.Empty((await laboratory.ListMessagesAsync(new ListMessagesRequest { CaseId = "XA-00000000000000000000000000000000" })).Messages);

        // A case of another authority than those above it stays hidden, named or not.
        await states.Asked.Client(states.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Reason = "they conduct the case" });
        await states.Asked.Client(await states.Asked.AddUser("contact", "XB-CP", "CONTACT_POINT_24_7")).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CA", Part = "NONE", Reason = "no copy" });
        Assert.Empty((await laboratory.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages);
    }

    [Fact]
    public async Task Whoever_is_also_an_officer_sees_the_list_without_naming_a_case()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var both = await states.Asked.AddUser("examiner", "XB-PO", "FORENSIC_LAB", "COMPETENT_AUTHORITY");
        Assert.Single((await states.Asked.Client(both).ListMessagesAsync(new ListMessagesRequest())).Messages, m => m.Message == sent.Message);
    }
}
