using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>Several authorities behind one gateway: queues of their own, copies, hand-over, and what a person of another authority may not do.</summary>
public sealed class DesksTests
{
    [Fact]
    public async Task What_the_contact_point_sends_is_copied_to_the_central_authority_which_reads_and_takes_over_but_does_not_act_before()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var lawyer = states.Asking.Client(states.Lawyer);
        var view = await lawyer.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
        Assert.Equal([("XA-CP", "DESK"), ("XA-CA", "COPY")], view.Desks.Select(d => (d.Authority, d.Part)).OrderByDescending(d => d.Part));
        Assert.Empty((await lawyer.ListCasesAsync(new ListCasesRequest { Desk = "own" })).Cases);
        Assert.Single((await states.Asking.Client(states.DutyOfficer).ListCasesAsync(new ListCasesRequest { Desk = "own" })).Cases);

        var withdrawal = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "WITHDRAWN", ["text"] = "Not needed any more." };
        var problem = Assert.Single((await lawyer.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = withdrawal.ToJsonString() })).Problems);
        Assert.Equal(("T802", "lawyer works for XA-CA; the case lies with XA-CP. It can be handed over ('gatewayctl request handover')."), (problem.Code, problem.Detail));

        await Refused.By(() => lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-CA" }).ResponseAsync, "T806");
        await Refused.By(() => lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-PO", Reason = "they conduct the case" }).ResponseAsync, "T802");
        await lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-CA", Reason = "formal request follows" });
        await TwoStates.Act(states.Asking, states.Lawyer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        // The contact point keeps a copy, and does not act any more.
        Assert.Equal("COPY", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Desks.Single(d => d.Authority == "XA-CP").Part);
        await Refused.By(() => states.Asking.Client(states.DutyOfficer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-CP", Reason = "back" }).ResponseAsync, "T802");
    }

    [Fact]
    public async Task A_case_of_the_central_authority_is_open_to_its_prosecutors_and_not_to_the_contact_point()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var officer = await states.Asked.AddUser("officer", "XB-PO", "COMPETENT_AUTHORITY");
        var contact = await states.Asked.AddUser("contact", "XB-CP", "CONTACT_POINT_24_7");
        Assert.Single((await states.Asked.Client(officer).ListCasesAsync(new ListCasesRequest())).Cases);
        Assert.Empty((await states.Asked.Client(contact).ListCasesAsync(new ListCasesRequest())).Cases);
        await Refused.By(() => states.Asked.Client(contact).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message }).ResponseAsync, "T804");
        await Refused.By(() => states.Asked.Client(contact).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId }).ResponseAsync, "T804");
        var acknowledged = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "ACKNOWLEDGED", ["reference"] = "1", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(1)) };
        Assert.Equal("T804", Assert.Single((await states.Asked.Client(contact).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = acknowledged.ToJsonString() })).Problems).Code);

        // A task opens it; taking the task back closes it again.
        var lawyer = states.Asked.Client(states.AskedLawyer);
        await lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Part = "TASK", Reason = "night duty" });
        Assert.Empty((await states.Asked.Client(contact).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = acknowledged.ToJsonString() })).Problems);
        await lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Part = "NONE", Reason = "day again" });
        Assert.Empty((await states.Asked.Client(contact).ListCasesAsync(new ListCasesRequest())).Cases);
        await Refused.By(() => lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CP", Part = "NONE", Reason = "again" }).ResponseAsync, "T805");
        await Refused.By(() => lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-CA", Reason = "to myself" }).ResponseAsync, "T805");
        await Refused.By(() => lawyer.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-NOBODY", Reason = "who" }).ResponseAsync, "T806");
    }

    [Fact]
    public async Task A_laboratory_sees_only_what_it_was_tasked_with_or_attached()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var technician = await states.Asked.AddUser("technician", "XB-LAB", "FORENSIC_LAB");
        Assert.Empty((await states.Asked.Client(technician).ListCasesAsync(new ListCasesRequest())).Cases);
        await states.Asked.Client(states.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XB-LAB", Part = "TASK", Reason = "imaging of the disk" });
        Assert.Single((await states.Asked.Client(technician).ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task Who_has_a_copy_or_a_task_neither_erases_nor_holds_and_the_central_authority_of_the_holder_does()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        await states.Settled(sent.CaseId, 5);
        var (duty, lawyer) = (states.Asking.Client(states.DutyOfficer), states.Asking.Client(states.Lawyer));
        var prosecutor = states.Asking.Client(await states.Asking.AddUser("prosecutor", "XA-PO", "COMPETENT_AUTHORITY"));
        async Task<IReadOnlyList<string>> Problems(Operator.OperatorClient client) => [.. (await client.ComposeAsync(new ComposeRequest
        {
            Type = "erasureDecision",
            FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["decision"] = "PROPOSE", ["reason"] = "ORDERED", ["legalBasis"] = "order 7/2026" }.ToJsonString(),
        })).Problems.Select(p => p.Code)];

        // By the copy of the central authority, then by one of its own, then by a task beside the desk.
        foreach (var part in new[] { "", "COPY", "TASK" })
        {
            if (part.Length > 0)
                await duty.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-PO", Part = part, Reason = "they conduct the case" });
            Assert.Equal(sent.CaseId, (await prosecutor.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).CaseId);
            Assert.Equal(["T802"], await Problems(prosecutor));
            await Refused.By(() => prosecutor.HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal pending" }).ResponseAsync, "T802");
        }
        // The central authority answers for its contact point; what it set, a copy does not lift.
        await lawyer.HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal pending" });
        await Refused.By(() => prosecutor.UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal decided" }).ResponseAsync, "T802");
        Assert.Equal(["T550"], await Problems(lawyer));
        await lawyer.UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal decided" });
        Assert.Empty(await Problems(lawyer));
        // Who holds the case may, and who held it no more.
        await duty.HandOverCaseAsync(new HandOverCaseRequest { CaseId = sent.CaseId, To = "XA-PO", Reason = "theirs" });
        Assert.Empty(await Problems(prosecutor));
        var competent = states.Asking.Client(await states.Asking.AddUser("officer", "XA-CP", "COMPETENT_AUTHORITY"));
        Assert.Equal(["T802"], await Problems(competent));
    }

    [Fact]
    public async Task A_list_goes_on_where_the_page_before_ended()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.DutyOfficer);
        var sent = new List<string>();
        for (var i = 0; i < 5; i++)
            sent.Add((await states.SendPreserve()).CaseId);
        var listed = new List<string>();
        var before = "";
        do
        {
            var page = await client.ListCasesAsync(new ListCasesRequest { Limit = 2, Before = before });
            Assert.InRange(page.Cases.Count, 0, 2);
            listed.AddRange(page.Cases.Select(c => c.CaseId));
            before = page.Next;
        }
        while (before.Length > 0);
        Assert.Equal(sent.Order(), listed.Order());
        Assert.Equal(listed.Count, listed.Distinct().Count());
        await Refused.By(() => client.ListCasesAsync(new ListCasesRequest { Before = "yesterday" }).ResponseAsync, "T806");
    }
}
