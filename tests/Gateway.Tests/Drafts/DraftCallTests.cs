using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Drafts;

/// <summary>Calls about a draft whose answer was lost: the same bytes under the same key give the same answer, and nothing is done twice.</summary>
public sealed class DraftCallTests
{
    [Fact]
    public async Task A_review_a_signature_and_a_drop_that_come_again_are_answered_the_same_and_done_once()
    {
        await using var states = await TwoStates.Start();
        var (asking, client) = (states.Asking, states.Asking.Client(states.Lawyer));
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var reviewer = asking.Client(second);
        var draft = await Keep(states);

        var comment = new ReviewDraftRequest { Draft = draft.Draft, Version = 1, Comment = "Name the second server too.", IdempotencyKey = "c" };
        Assert.Equal(await reviewer.ReviewDraftAsync(comment), await reviewer.ReviewDraftAsync(comment));
        await Refused.By(() => reviewer.ReviewDraftAsync(new ReviewDraftRequest(comment) { Approve = true }).ResponseAsync, "T803");
        await Refused.By(() => reviewer.ReviewDraftAsync(new ReviewDraftRequest(comment) { IdempotencyKey = new string('x', 65) }).ResponseAsync, "T806");
        Assert.Equal(["KEPT", "COMMENTED"], await Steps(states, draft));
        // Several at once: one of them writes.
        var approve = new ReviewDraftRequest { Draft = draft.Draft, Version = 1, Approve = true, IdempotencyKey = "a" };
        Assert.Single((await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => reviewer.ReviewDraftAsync(approve).ResponseAsync))).Distinct());
        var further = new ReviewDraftRequest { Draft = draft.Draft, Version = 1, Comment = "Good now.", IdempotencyKey = "f" };
        Assert.Single((await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => reviewer.ReviewDraftAsync(further).ResponseAsync))).Distinct());
        Assert.Equal(["KEPT", "COMMENTED", "APPROVED", "COMMENTED"], await Steps(states, draft));

        var sign = new SignDraftRequest { Draft = draft.Draft, Version = 1, SignedDocument = await Signed(states, draft), IdempotencyKey = "s" };
        var signed = await client.SignDraftAsync(sign);
        Assert.Equal(("SIGNED", states.Lawyer.Name), (signed.State, signed.Signer));
        Assert.Equal(signed, await client.SignDraftAsync(sign));
        Assert.Equal(["KEPT", "COMMENTED", "APPROVED", "COMMENTED", "SIGNED"], await Steps(states, draft));

        // A key stands for one verb: the same bytes elsewhere are another call.
        var drop = new DropDraftRequest { Draft = draft.Draft, IdempotencyKey = "d" };
        var dropped = await client.DropDraftAsync(drop);
        Assert.Equal("DROPPED", dropped.State);
        asking.Clock.Offset += TimeSpan.FromMinutes(1);
        Assert.Equal(dropped, await client.DropDraftAsync(drop));
        await Refused.By(() => client.DropDraftAsync(new DropDraftRequest(drop) { IdempotencyKey = "another" }).ResponseAsync, "T804");
        // What was taken before the draft was given up is answered with what became of it.
        Assert.Equal("DROPPED", (await client.SignDraftAsync(sign)).State);
        Assert.Equal("DROPPED", (await reviewer.ReviewDraftAsync(approve)).State);
        Assert.Empty(asking.Get<CaseKeys>().Named("draft:"));
    }

    [Fact]
    public async Task A_drop_that_was_stopped_before_the_key_went_destroys_it_when_it_comes_again()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.Lawyer);
        var draft = await Keep(states);
        var drop = new DropDraftRequest { Draft = draft.Draft, IdempotencyKey = "d" };
        await client.DropDraftAsync(drop);
        var keys = states.Asking.Get<CaseKeys>();
        await keys.Ensure($"draft:{draft.Draft}", Lane.Ordinary);
        await client.DropDraftAsync(drop);
        Assert.Empty(keys.Named("draft:"));
    }

    [Fact]
    public async Task Without_a_key_every_call_is_one_of_its_own_and_one_key_belongs_to_one_person_and_one_verb()
    {
        await using var states = await TwoStates.Start();
        var second = states.Asking.Client(await states.Asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA"));
        var draft = await Keep(states);
        var comment = new ReviewDraftRequest { Draft = draft.Draft, Comment = "Once more." };
        await second.ReviewDraftAsync(comment);
        await second.ReviewDraftAsync(comment);
        var keyed = new ReviewDraftRequest(comment) { IdempotencyKey = "k" };
        await second.ReviewDraftAsync(keyed);
        await states.Asking.Client(states.Lawyer).ReviewDraftAsync(keyed);
        Assert.Equal(["KEPT", "COMMENTED", "COMMENTED", "COMMENTED", "COMMENTED"], await Steps(states, draft));
        await Refused.By(() => second.DropDraftAsync(new DropDraftRequest { Draft = draft.Draft, IdempotencyKey = "k" }).ResponseAsync, "T803");
        Assert.Equal("DRAFT", (await second.ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft })).State);
    }

    private static async Task<DraftView> Keep(TwoStates states)
    {
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields.Remove("requestingAuthority");
        return await states.Asking.Client(states.Lawyer).KeepDraftAsync(new KeepDraftRequest { FieldsJson = fields.ToJsonString() });
    }

    private static async Task<ByteString> Signed(TwoStates states, DraftView draft)
    {
        var fields = JsonNode.Parse(draft.FieldsJson)!.AsObject();
        fields["requestingAuthority"] = draft.Authority;
        var composed = await states.Asking.Client(states.Lawyer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        Assert.Empty(composed.Problems);
        using var signer = states.Lawyer.Signing.Signer();
        return ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow()));
    }

    private static async Task<IEnumerable<string>> Steps(TwoStates states, DraftView draft)
        => (await states.Asking.Client(states.Lawyer).ShowDraftAsync(new ShowDraftRequest { Draft = draft.Draft })).Steps.Select(s => s.Step);
}
