using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Peers;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Paper;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>A case is clocked and judged by the card that was in force when it was delivered, whatever card comes later; a verifier chooses by the same rule.</summary>
public sealed class CardChangeTests
{
    [Fact]
    public async Task A_card_with_shorter_terms_changes_nothing_for_an_old_case_on_either_side_nor_for_the_verifier()
    {
        await using var states = await TwoStates.Start();
        var old = await states.SendPreserve();
        await states.Settled(old.CaseId, 3);
        await Look(states);
        var before = await Decide(states.Asked, states.AskedLawyer, old.CaseId);
        Later(states, TimeSpan.FromHours(1));
        await NewCard(states);
        // Something happens, so that the case is reckoned anew.
        await TwoStates.Act(states.Asked, states.AskedLawyer, old.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = before.Due });
        await states.Settled(old.CaseId, 6);
        await Look(states);
        foreach (var (state, person) in Sides(states))
        {
            var now = await Decide(state, person, old.CaseId);
            Assert.Equal((before.Due, before.Basis), (now.Due, now.Basis));
        }

        // One that came under the new card has its term, and its gateway tells what passed.
        var young = await states.SendPreserve();
        await states.Settled(young.CaseId, 3);
        await Look(states);
        foreach (var (state, person) in Sides(states))
            Assert.StartsWith("1 HOURS in the profile of XB", (await Decide(state, person, young.CaseId)).Basis, StringComparison.Ordinal);
        Later(states, TimeSpan.FromHours(3));
        await Look(states);
        await states.Settled(young.CaseId, 6);
        foreach (var (id, missed) in new[] { (old.CaseId, false), (young.CaseId, true) })
        {
            Assert.Equal(missed ? "MISSED" : "RUNNING", (await Decide(states.Asked, states.AskedLawyer, id)).State);
            var report = await Verified(states, id);
            Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
            Assert.Equal((await Decide(states.Asked, states.AskedLawyer, id)).Due, DocumentWriter.FormatTime(Assert.Single(report.Deadlines, d => d.What == "first decision").Due));
            Assert.Equal(missed, report.Findings.Any(f => f.Code == FindingCode.DeadlineMissed && f.Text.StartsWith("the first decision", StringComparison.Ordinal)));
        }
    }

    // Ids are unique to their sender: another State, or another case, may have a message of the same id.
    [Fact]
    public async Task Only_the_requested_State_dates_the_arrival_and_only_in_the_case()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        foreach (var state in new[] { states.Asking, states.Asked })
        {
            var database = state.Get<Database>();
            var delivered = database.Read(s => new { At = CaseCards.Delivered(s, CaseRow.Find(s, sent.CaseId)!) }).At;
            Assert.NotNull(delivered);
            await database.Write(Lane.Bulk, s =>
            {
                foreach (var (chain, issuer) in new[] { (Ids.NewCase("XB"), "XB"), (sent.CaseId, "XC"), (sent.CaseId, "XA") })
                {
                    s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der) VALUES ($1, $2, 99, $3, 'ContentConsignment', $4, NULL, $5, $6)",
                        chain, issuer, Digest.Of("a receipt"u8), sent.Message, delivered.Value.AddDays(-9), Array.Empty<byte>());
                }
            });
            Assert.Equal(delivered, database.Read(s => new { At = CaseCards.Delivered(s, CaseRow.Find(s, sent.CaseId)!) }).At);
        }
    }

    [Fact]
    public async Task A_ground_of_refusal_is_judged_by_the_card_of_the_case_on_both_sides()
    {
        await using var states = await TwoStates.Start();
        var old = await states.SendPreserve();
        await states.Settled(old.CaseId, 3);
        Later(states, TimeSpan.FromHours(1));
        await NewCard(states);
        var young = await states.SendPreserve();
        foreach (var sent in new[] { old, young })
        {
            await states.Settled(sent.CaseId, 3);
            await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(9)) });
            await states.Settled(sent.CaseId, 6);
        }
        JsonObject Refusal() => new()
        {
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-DUAL", ["provision"] = "section 12 of the act", ["reasons"] = "The conduct is no offence here." }),
            ["consultationWaivedReason"] = "The ground cannot be removed by consultation.",
            ["finality"] = "FINAL",
        };
        Task<ComposeReply> Compose(string id)
        {
            var fields = Refusal();
            (fields["case"], fields["kind"]) = (id, "REFUSED");
            return states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() }).ResponseAsync;
        }
        Assert.Contains("RF-DUAL is no ground", Assert.Single((await Compose(old.CaseId)).Problems).Detail, StringComparison.Ordinal);
        // The other side takes it by the same card.
        await TwoStates.Act(states.Asked, states.AskedLawyer, young.CaseId, "REFUSED", Refusal());
        await states.Settled(young.CaseId, 9);
        Assert.Equal("REFUSED", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = young.CaseId })).State);
    }

    [Fact]
    public async Task The_profile_of_a_case_that_came_in_is_shown_as_it_was_too()
    {
        await using var states = await TwoStates.Start();
        var old = await states.SendPreserve();
        await states.Settled(old.CaseId, 3);
        Later(states, TimeSpan.FromHours(1));
        await NewCard(states);
        foreach (var (state, person) in Sides(states))
        {
            Assert.Equal(1ul, (await state.Client(person).ShowProfileAsync(new ShowProfileRequest { CaseId = old.CaseId })).Version);
            Assert.Equal(2ul, (await state.Client(person).ShowProfileAsync(new ShowProfileRequest { State = "XB" })).Version);
        }
    }

    [Fact]
    public async Task On_paper_the_description_counts_under_which_the_case_was_opened()
    {
        await using var paper = await OnPaper.Start();
        var old = await paper.Send();
        var second = JsonNode.Parse(OnPaper.Description())!;
        second["Profile"]!["Deadlines"] = new JsonArray(Term("PRESERVE_DATA"));
        await paper.Describe(paper.State.Administrator, second.ToJsonString());
        await paper.Describe(paper.State.Deputy, second.ToJsonString());
        var young = await paper.Send();
        await paper.Record(OnPaper.Left(old, "an envelope"u8.ToArray(), Digest.Of("a certificate"u8)));
        await paper.Record(OnPaper.Left(young, "another envelope"u8.ToArray(), Digest.Of("another certificate"u8)));
        await paper.State.Get<ClockLoop>().LookAtAll();
        async Task<string> Basis(string id) => (await Decide(paper.State, paper.Officer, id)).Basis;
        Assert.DoesNotContain("1 HOURS", await Basis(old.CaseId), StringComparison.Ordinal);
        Assert.Contains("1 HOURS in the profile of XC", await Basis(young.CaseId), StringComparison.Ordinal);
    }

    private static JsonObject Term(string kind) => new() { ["Kind"] = kind, ["Urgency"] = "URGENT", ["Amount"] = 1, ["Unit"] = "HOURS" };

    private static (TestState, TestPerson)[] Sides(TwoStates states) => [(states.Asked, states.AskedLawyer), (states.Asking, states.DutyOfficer)];

    private static void Later(TwoStates states, TimeSpan by) => states.Asked.Clock.Offset += by;

    private static async Task Look(TwoStates states)
    {
        await states.Asked.Get<ClockLoop>().LookAtAll();
        await states.Asking.Get<ClockLoop>().LookAtAll();
    }

    // XB's second card, in force at home and taken over by its peer.
    private static async Task NewCard(TwoStates states)
    {
        states.Asked.Configure(json => json["Profile"] = new JsonObject { ["DualCriminality"] = "ALWAYS", ["Deadlines"] = new JsonArray(Term("PRESERVE_DATA")) });
        var card = states.Asked.IssueCard(states.Asked.Card);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => PeerRows.StoreOwn(s, card, states.Asked.Clock.GetUtcNow()));
        states.Asked.Get<PeerDirectory>().Reload();
        await states.Asking.Get<TakeCard>().Run(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) }, states.Asking.Get<PeerDirectory>().ByState("XB")!);
        Assert.Equal(2, states.Asking.Get<PeerDirectory>().CardOf("XB")!.Version);
    }

    private static async Task<DeadlineView> Decide(TestState state, TestPerson person, string caseId)
        => Assert.Single((await state.Client(person).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, Rule = "DECIDE" })).Deadlines);

    private static async Task<BundleReport> Verified(TwoStates states, string caseId)
    {
        var bundle = new MemoryStream();
        var auditor = await states.Asking.AddUser($"auditor-{caseId[3..11]}", "XA-CA", "AUDITOR");
        using var call = states.Asking.Client(auditor).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return BundleCheck.Run(bundle, []);
    }
}
