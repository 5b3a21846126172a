using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Drafts;

/// <summary>A request that four people write, review, sign and send; what each may not do alone; and that nothing of it stands in clear.</summary>
public sealed class DraftTests
{
    [Fact]
    public async Task One_writes_another_approves_a_third_signs_and_a_fourth_sends()
    {
        await using var states = await Start("""{ "Kinds": ["PRESERVE_DATA"], "Marks": ["OPEN", "RESTRICTED"], "MarksToApprove": ["RESTRICTED"] }""");
        var asking = states.Asking;
        var officer = await asking.AddUser("officer", "XA-PO", "COMPETENT_AUTHORITY");
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var third = await asking.AddUser("third-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");

        // A request of this kind does not leave past the draft.
        await Refused.By(() => states.SendPreserve(), "T807");

        var fields = Fields(states);
        fields.Remove("factsSummary");
        var draft = await asking.Client(officer).KeepDraftAsync(new KeepDraftRequest { FieldsJson = fields.ToJsonString() });
        Assert.Equal(("XA-CA", "DRAFT", 1ul), (draft.Authority, draft.State, draft.Version));
        Assert.Contains(draft.Problems, p => p.Path == "factsSummary");
        Assert.Contains(draft.Problems, p => p is { Code: "T807", Path: "mark" });
        Assert.Empty((await asking.Client(states.DutyOfficer).ListDraftsAsync(new ListDraftsRequest())).Drafts);
        await Refused.By(() => asking.Client(states.DutyOfficer).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft }).ResponseAsync, "T804");

        draft = await asking.Client(officer).KeepDraftAsync(new KeepDraftRequest { Draft = draft.Draft, Version = 1, FieldsJson = Fields(states).ToJsonString(), Mark = "RESTRICTED" });
        Assert.Equal((2ul, "RESTRICTED", true), (draft.Version, draft.Mark, draft.NeedsApproval));
        Assert.Empty(draft.Problems);
        await Refused.By(() => asking.Client(officer).KeepDraftAsync(new KeepDraftRequest { Draft = draft.Draft, Version = 1, FieldsJson = Fields(states).ToJsonString() }).ResponseAsync, "T805");

        // A body that drafts neither approves nor sends; nobody approves what he wrote.
        await Refused.By(() => Review(asking, officer, draft, approve: true), "T802");
        await Review(asking, second, draft, approve: false, "Name the second server too.");
        await Sign(asking, second, draft);
        await Refused.By(() => asking.Client(third).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft }).ResponseAsync, "T807");
        Assert.Equal(("SIGNED", third.Name), ((await Review(asking, third, draft, approve: true)).State, (await asking.Client(third).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft })).Reviewer));
        await Refused.By(() => asking.Client(officer).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft }).ResponseAsync, "T802");
        AssertNothingInClear(asking, "Name the second server too.", Fields(states)["factsSummary"]!.GetValue<string>());

        var sent = await asking.Client(states.Lawyer).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft });
        Assert.False(sent.Duplicate);
        await Arrived(states, sent.CaseId);
        Assert.Equal("RESTRICTED", (await asking.Client(states.Lawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Mark);
        var again = await asking.Client(states.Lawyer).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft });
        Assert.Equal((true, sent.CaseId), (again.Duplicate, again.CaseId));
        // Who did what stays, the words are gone with their key.
        var after = await asking.Client(states.Lawyer).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft });
        Assert.Equal(("SENT", ""), (after.State, after.FieldsJson));
        Assert.Equal(["KEPT", "KEPT", "COMMENTED", "SIGNED", "APPROVED", "SENT"], after.Steps.Select(s => s.Step));
        Assert.All(after.Steps, s => Assert.Equal("", s.Comment));
        Assert.DoesNotContain($"draft:{draft.Draft}", asking.Get<CaseKeys>().Cases());
    }

    [Fact]
    public async Task A_change_takes_signature_and_approval_away_and_something_else_than_the_draft_is_not_signed()
    {
        await using var states = await Start("""{ "Kinds": ["PRESERVE_DATA"] }""");
        var asking = states.Asking;
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var draft = await asking.Client(states.Lawyer).KeepDraftAsync(new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString() });
        await Refused.By(() => Review(asking, states.Lawyer, draft, approve: true), "V039");
        await Review(asking, second, draft, approve: true);
        await Sign(asking, states.Lawyer, draft);
        var changed = Fields(states);
        changed["preserveDays"] = 90;
        draft = await asking.Client(states.Lawyer).KeepDraftAsync(new KeepDraftRequest { Draft = draft.Draft, FieldsJson = changed.ToJsonString() });
        Assert.Equal(("DRAFT", "", true), (draft.State, draft.Signer, draft.NeedsApproval));
        await Refused.By(() => asking.Client(states.Lawyer).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft }).ResponseAsync, "T805");
        // The 60 days of the first version, signed under the second.
        await Refused.By(() => Sign(asking, states.Lawyer, draft, Fields(states)), "T805");
        await Sign(asking, states.Lawyer, draft);
        await Refused.By(() => asking.Client(states.Lawyer).SendDraftAsync(new SendDraftRequest { Draft = draft.Draft }).ResponseAsync, "T807");
    }

    [Fact]
    public async Task A_draft_of_a_measure_is_open_to_its_list_and_its_author_only()
    {
        await using var states = await TwoStates.Start();
        var asking = states.Asking;
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var fields = TwoStates.SampleFields("covert-measure.json");
        fields["needToKnow"] = new JsonArray(new JsonObject { ["authority"] = "XA-CA", ["person"] = "lawyer" }, new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
        var draft = await asking.Client(states.Lawyer).KeepDraftAsync(new KeepDraftRequest { FieldsJson = fields.ToJsonString() });
        Assert.Empty((await asking.Client(second).ListDraftsAsync(new ListDraftsRequest())).Drafts);
        await Refused.By(() => asking.Client(second).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft }).ResponseAsync, "T804");
        Assert.Single((await asking.Client(states.Lawyer).ListDraftsAsync(new ListDraftsRequest())).Drafts);
        await asking.Client(states.Lawyer).DropDraftAsync(new DropDraftRequest { Draft = draft.Draft });
        Assert.Empty((await asking.Client(states.Lawyer).ListDraftsAsync(new ListDraftsRequest())).Drafts);
        await Refused.By(() => asking.Client(states.Lawyer).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft }).ResponseAsync, "T804");
    }

    [Fact]
    public async Task What_is_no_draft_is_said()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.Lawyer);
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = "{" }).ResponseAsync, "T102");
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = "{}" }).ResponseAsync, "V001");
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = """{"kind":"PRESERVE_DATA","requestingAuthority":"XA-CP"}""" }).ResponseAsync, "T802");
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = """{"kind":"PRESERVE_DATA"}""", Mark = "SECRET" }).ResponseAsync, "T806");
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { Draft = Ids.New(), FieldsJson = """{"kind":"PRESERVE_DATA"}""" }).ResponseAsync, "T804");
        await Refused.By(() => states.Asking.Client(states.Asking.Administrator).ListDraftsAsync(new ListDraftsRequest()).ResponseAsync, "T802");
    }

    [Fact]
    public async Task The_same_call_under_the_same_key_keeps_one_draft_and_another_call_is_refused()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.Lawyer);
        var call = new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString(), IdempotencyKey = "first" };
        var draft = await client.KeepDraftAsync(call);
        Assert.Equal((draft.Draft, 1ul), Seen(await client.KeepDraftAsync(call)));
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = """{"kind":"PRESERVE_DATA"}""", IdempotencyKey = "first" }).ResponseAsync, "T803");
        await Refused.By(() => client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = call.FieldsJson, IdempotencyKey = new string('x', 65) }).ResponseAsync, "T806");
        // The version that the first call found is gone when it comes again: it is no conflict, it was taken.
        var change = new KeepDraftRequest { Draft = draft.Draft, Version = 1, FieldsJson = call.FieldsJson, IdempotencyKey = "second" };
        await client.KeepDraftAsync(change);
        Assert.Equal((draft.Draft, 2ul), Seen(await client.KeepDraftAsync(change)));
        // Both at once, several times: one of them may lose the race, and says the same all the same.
        var at = new KeepDraftRequest { FieldsJson = call.FieldsJson, IdempotencyKey = "third" };
        Assert.Single((await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.KeepDraftAsync(at).ResponseAsync))).Select(Seen).Distinct());
        Assert.Equal(2, (await client.ListDraftsAsync(new ListDraftsRequest())).Drafts.Count);
        Assert.Equal(2, states.Asking.Get<CaseKeys>().Named("draft:").Count);
        // A key belongs to who used it.
        var second = await states.Asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        Assert.NotEqual(draft.Draft, (await states.Asking.Client(second).KeepDraftAsync(call)).Draft);
    }

    [Fact]
    public async Task A_key_that_a_stop_left_behind_goes_at_the_next_start_and_those_of_open_drafts_stay()
    {
        await using var states = await TwoStates.Start();
        var asking = states.Asking;
        var client = asking.Client(states.Lawyer);
        var open = await client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString() });
        var dropped = await client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString() });
        await client.DropDraftAsync(new DropDraftRequest { Draft = dropped.Draft });
        var sent = await client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString() });
        await Sign(asking, states.Lawyer, sent);
        await Eventually.Holds(() => asking.Get<LedgerGate>().Standing != LedgerStanding.COMPARING, () => asking.Get<LedgerGate>().Why);
        await client.SendDraftAsync(new SendDraftRequest { Draft = sent.Draft });
        var keys = asking.Get<CaseKeys>();
        Assert.Equal([$"draft:{open.Draft}"], keys.Named("draft:"));

        // As if the process had been killed between the transaction and the key.
        await keys.Ensure($"draft:{dropped.Draft}", Lane.Ordinary);
        await keys.Ensure($"draft:{sent.Draft}", Lane.Ordinary);
        Assert.True((await client.SendDraftAsync(new SendDraftRequest { Draft = sent.Draft })).Duplicate);
        Assert.DoesNotContain($"draft:{sent.Draft}", keys.Named("draft:"));
        await keys.Ensure($"draft:{sent.Draft}", Lane.Ordinary);
        await asking.Stop();
        await asking.Start();
        Assert.Equal([$"draft:{open.Draft}"], asking.Get<CaseKeys>().Named("draft:"));
        Assert.NotEqual("", (await asking.Client(states.Lawyer).ShowDraftAsync(new ShowDraftRequest { Draft = open.Draft })).FieldsJson);
    }

    [Fact]
    public async Task A_file_that_the_signed_request_does_not_name_does_not_go_with_it()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.Lawyer);
        var draft = await client.KeepDraftAsync(new KeepDraftRequest { FieldsJson = Fields(states).ToJsonString() });
        await Sign(states.Asking, states.Lawyer, draft);
        var request = new SendDraftRequest { Draft = draft.Draft };
        request.Attachments.Add(new Attachment { Name = "more.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8("and arrest him") });
        Assert.Equal("attachments", (await Refused.By(() => client.SendDraftAsync(request).ResponseAsync, "T806")).Path);
        Assert.Equal("SIGNED", (await client.ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft })).State);
        Assert.Empty((await client.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    private static (string, ulong) Seen(DraftView view) => (view.Draft, view.Version);

    private static Task<TwoStates> Start(string approval) => TwoStates.Start(configure: json => json["Approval"] = JsonNode.Parse(approval));

    private static JsonObject Fields(TwoStates states)
    {
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields.Remove("requestingAuthority");
        return fields;
    }

    private static async Task<DraftView> Review(TestState state, TestPerson person, DraftView draft, bool approve, string comment = "")
        => await state.Client(person).ReviewDraftAsync(new ReviewDraftRequest { Draft = draft.Draft, Version = draft.Version, Approve = approve, Comment = comment });

    private static async Task<DraftView> Sign(TestState state, TestPerson person, DraftView draft, JsonObject? other = null)
    {
        var client = state.Client(person);
        var fields = other ?? JsonNode.Parse(draft.FieldsJson)!.AsObject();
        fields["requestingAuthority"] = draft.Authority;
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        Assert.Empty(composed.Problems);
        using var signer = person.Signing.Signer();
        return await client.SignDraftAsync(new SignDraftRequest { Draft = draft.Draft, Version = draft.Version, SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, state.Clock.GetUtcNow())) });
    }

    private static async Task Arrived(TwoStates states, string caseId)
    {
        for (var i = 0; i < 2400; i++)
        {
            if ((await states.Asked.Client(states.AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases.Any(c => c.CaseId == caseId))
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"{caseId} did not arrive");
    }

    private static void AssertNothingInClear(TestState state, params string[] words)
    {
        foreach (var file in Directory.EnumerateFiles(state.DataFolder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("gateway.lock", StringComparison.Ordinal)))
        {
            // The gateway goes on meanwhile, and empties its write-ahead log now and then.
            using var content = new MemoryStream();
            using (var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
                stream.CopyTo(content);
            var bytes = content.ToArray();
            Assert.All(words, word => Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) < 0, $"{word} stands in {file}"));
        }
    }
}
