using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>The laboratory's upload and the two officers' decisions: first what is refused, then what goes through.</summary>
public sealed class AttachAndReleaseTests
{
    [Fact]
    public async Task A_manifest_or_grant_that_does_not_fit_what_is_stored_is_refused_and_may_be_corrected()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make((2 * Chunk.PlainBytes) + 9);
        await Refused.By(() => flow.Attach(item, 0, 2, flow.SignedManifest(item)), "T708");
        await Refused.By(() => flow.Attach(item, 2, 3, flow.SignedManifest(item, m => m with { TreeRoot = Digest.Of("other"u8) })), "T701");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { Request = Ids.New() })), "T705");
        using var other = ItemKey.New();
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item), granted: other), "T706");
        var acks = await flow.Attach(item, 3, 3, flow.SignedManifest(item));
        Assert.Equal(3UL, Assert.Single(acks[0].Stored).To);
        Assert.Equal("ATTACHED", acks[^1].Committed.State);
        // The answer was lost: the same item again is told that it is done.
        Assert.Equal("ATTACHED", Assert.Single(await flow.Attach(item, 0, 0, null)).Committed.State);
    }

    [Fact]
    public async Task Chunks_out_of_order_too_long_or_of_another_person_are_refused()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make(3 * Chunk.PlainBytes);
        await Refused.By(() => flow.Attach(item, 1, 2, null), "T806");
        var client = flow.States.Asked.Client(flow.Technician);
        await Refused.By(() => Send(client, flow, item, new byte[Chunk.StoredBytes + 1]), "T806");
        await Refused.By(() => Send(client, flow, item, new byte[Chunk.Overhead - 1]), "T806");
        var colleague = await flow.States.Asked.AddUser("colleague", "XB-LAB", "FORENSIC_LAB");
        await Refused.By(() => Send(flow.States.Asked.Client(colleague), flow, item, item.Chunks[0]), "V031");
        await Refused.By(() => Send(flow.States.Asked.Client(flow.States.AskedLawyer), flow, item, item.Chunks[0]), "T802");
    }

    [Fact]
    public async Task A_chunk_may_be_made_anew_as_long_as_nothing_is_committed()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make((3 * Chunk.PlainBytes) + 1);
        var draft = await TestItem.Make(3 * Chunk.PlainBytes);
        // The laboratory lost its journal after two chunks that the gateway had: it begins before them.
        await Refused.By(() => Send(flow.States.Asked.Client(flow.Technician), flow, item, draft.Chunks[0], draft.Chunks[1]), "T708");
        var acks = await flow.Attach(item, 0, 4, flow.SignedManifest(item));
        Assert.Equal(2UL, Assert.Single(acks[0].Stored).To);
        Assert.Equal("ATTACHED", acks[^1].Committed.State);
    }

    [Fact]
    public async Task A_laboratory_releases_nothing_and_nobody_approves_his_own_proposal()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        Assert.Equal(["V038"], await flow.Problems(flow.Technician, item, "PROPOSE"));
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "APPROVE"));
        await flow.Decide(flow.First, item, "PROPOSE");
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "PROPOSE"));
        Assert.Equal(["V038"], await flow.Problems(flow.Technician, item, "APPROVE"));
        Assert.Equal(["V039"], await flow.Problems(flow.First, item, "APPROVE"));
        await Refused.By(() => ApprovalComposedForAnother(flow, item), "V039");
        await flow.Decide(flow.Second, item, "REJECT");
        await flow.Reaches(flow.States.Asked, flow.First, item, "ATTACHED");
        Assert.Equal(["V043"], await flow.Problems(flow.Second, item, "APPROVE"));
    }

    [Fact]
    public async Task An_officer_decides_in_a_role_that_is_held_here_and_that_the_card_gives_to_the_authority()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        Assert.Equal(["T802"], await flow.Problems(flow.First, item, "PROPOSE", ("role", "CENTRAL_AUTHORITY_MLA")));
        Assert.Equal(["T110"], await flow.Problems(flow.First, item, "PROPOSE", ("role", "JUDGE")));
        // By our own card the laboratory is nothing but a laboratory, whatever a person of it may be here.
        var lent = await flow.States.Asked.AddUser("lent-officer", "XB-LAB", "COMPETENT_AUTHORITY");
        Assert.Equal(["V038"], await flow.Problems(lent, item, "PROPOSE"));
        var both = await flow.States.Asked.AddUser("two-roles", "XB-PO", "CENTRAL_AUTHORITY_MLA", "COMPETENT_AUTHORITY");
        Assert.Equal(["V038"], await flow.Problems(both, item, "PROPOSE", ("role", "CENTRAL_AUTHORITY_MLA")));
        await flow.Decide(both, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        Assert.Equal(["two-roles (COMPETENT_AUTHORITY)", "second-officer (COMPETENT_AUTHORITY)"], Assert.Single((await flow.States.Asked.Client(flow.First).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items).Approvers);
    }

    [Fact]
    public async Task What_the_papers_would_be_refused_for_is_said_before_the_first_chunk()
    {
        await using var flow = await EvidenceFlow.Start();
        var client = flow.States.Asked.Client(flow.Technician);
        var item = await TestItem.Make(1000);
        var authority = Certificate.Read(flow.States.Asked.Get<Gateway.Keys.KeyRing>().Evidence("XB-CA")[0].Certificate.Der).Value;
        var now = flow.States.Asked.Clock.GetUtcNow();

        await Refused.By(() => Begin(b => b.Request = Ids.New()), "T705");
        await Refused.By(() => Begin(b => b.SignerSha256 = ByteString.CopyFrom(Digest.Of("renewed"u8).ToArray())), "T210");
        await Refused.By(() => Begin(b => b.Papers = Papers(flow.SignedManifest(item, m => m with { Request = Ids.New() }))), "T705");
        await Refused.By(() => Begin(b => b.Papers = Papers(flow.SignedManifest(item), granted: ItemKey.New())), "T706");
        using (var colleague = flow.First.Signing.Signer())
        {
            var other = SignedDocument.Sign(item.Manifest(flow.Sent.CaseId, flow.Sent.Message).Write(), colleague, now);
            await Refused.By(() => Begin(b => b.Papers = Papers(other)), "T210");
        }
        // Nothing speaks against these; the chunks are still to come.
        await Refused.By(() => Begin(b => b.Papers = Papers(flow.SignedManifest(item))), "T708");
        await Refused.By(() => Begin(b => (b.Request, b.SignerSha256) = (flow.Sent.Message, ByteString.CopyFrom(flow.Technician.Signing.Certificate.Sha256.ToArray()))), "T708");

        AttachCommit Papers(byte[] manifest, ItemKey? granted = null)
            => new() { Manifest = ByteString.CopyFrom(manifest), Grant = ByteString.CopyFrom(item.Grant(manifest, authority, now, granted)) };

        async Task Begin(Action<AttachBegin> given)
        {
            var begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId };
            given(begin);
            using var call = client.AttachEvidence();
            await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin });
            Assert.True(await call.ResponseStream.MoveNext(default));
            await call.RequestStream.CompleteAsync();
            while (await call.ResponseStream.MoveNext(default))
            {
            }
        }
    }

    // The document is the second officer's, the signature the first's: what counts is who signs.
    private static async Task ApprovalComposedForAnother(EvidenceFlow flow, TestItem item)
    {
        var manifest = await flow.States.Asked.Client(flow.First).FetchManifestAsync(new FetchManifestRequest { Item = item.Id });
        var fields = $$"""{"itemId":"{{item.Id}}","manifestSha256":"{{Digest.Of(manifest.Manifest.Span)}}","case":"{{flow.Sent.CaseId}}","decision":"APPROVE","legalBasis":"order"}""";
        var composed = await flow.States.Asked.Client(flow.Second).ComposeAsync(new ComposeRequest { Type = "release", FieldsJson = fields });
        using var signer = flow.First.Signing.Signer();
        var signed = SignedDocument.Sign(composed.Document.Span, signer, flow.States.Asked.Clock.GetUtcNow());
        await flow.States.Asked.Client(flow.First).SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() });
    }

    private static async Task Send(Operator.OperatorClient client, EvidenceFlow flow, TestItem item, params byte[][] chunks)
    {
        using var call = client.AttachEvidence();
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId } });
        if (await call.ResponseStream.MoveNext(default))
        {
            for (var i = 0; i < chunks.Length; i++)
                await call.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)i, Data = ByteString.CopyFrom(chunks[i]) } });
            await call.RequestStream.CompleteAsync();
        }
        while (await call.ResponseStream.MoveNext(default))
        {
        }
    }
}
