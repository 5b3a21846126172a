using Gateway.Tests.Flow;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>Whom a case is handed to hears of it, without its content; whom not, does not.</summary>
public sealed class HandoverNoticeTests
{
    [Fact]
    public async Task The_authority_that_a_case_is_handed_to_hears_of_it_and_no_other()
    {
        await using var states = await TwoStates.Start();
        var contact = await states.Asked.AddUser("contact", "XB-CP", "CONTACT_POINT_24_7");
        var other = await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        using var screen = new Screen(states.Asked, contact, "desk");
        using var elsewhere = new Screen(states.Asked, other, "desk");
        await screen.Next("STARTED");
        await elsewhere.Next("STARTED");
        await states.Asked.Client(states.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Part = "TASK", Reason = "night duty: Robin Example" });
        var notice = await screen.Next("HANDOVER");
        Assert.Equal((sent.CaseId, "TASK", "PRESERVE_DATA", "XA-CP"), (notice.CaseId, notice.Standing, notice.Kind, notice.FromAuthority));
        Assert.DoesNotContain("Robin", notice.ToString(), StringComparison.Ordinal);
        Assert.Equal(("", ""), (notice.What, notice.Message));
        // Taken back: nothing is left to do.
        await states.Asked.Client(states.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Part = "NONE", Reason = "day again" });
        Assert.False(await elsewhere.Hears("HANDOVER"));
        Assert.False(await screen.Hears("HANDOVER"));
    }
}
