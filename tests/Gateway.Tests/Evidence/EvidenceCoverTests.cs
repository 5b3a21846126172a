using Gateway.Cases;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What the receiver of an announcement does not take, although the other State sealed it: each rule is asked again on arrival, and nothing of the item is there afterwards.</summary>
public sealed class EvidenceCoverTests
{
    [Fact]
    public async Task An_announcement_that_a_rule_forbids_is_rejected_on_arrival_with_its_code()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, now) = (flow.States.Asked, flow.States.Asked.Clock.GetUtcNow());
        var item = await TestItem.Make(2000);
        var good = flow.SignedManifest(item);
        byte[] Manifested(Func<Manifest, Manifest> change) => flow.SignedManifest(item, change);
        byte[] Released(TestPerson person, ReleaseDecision decision, byte[]? of = null, string authority = "XB-PO", string? id = null, string? conditions = null, string? terms = null, Role role = Role.COMPETENT_AUTHORITY, DateTimeOffset? at = null)
        {
            using var signer = person.Signing.Signer();
            var release = new Release(id ?? item.Id, item.Id, Digest.Of(of ?? good), flow.Sent.CaseId, authority, role, decision, "order 12/2026", at ?? now, conditions, decision == ReleaseDecision.ALONE ? "Court of Birk" : null, terms);
            return SignedDocument.Sign(release.Write(), signer, now);
        }
        Part[] Two(byte[] manifest) =>
            [Of(PartRole.manifest, manifest), Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE, manifest)), Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, manifest))];
        var (proposal, approval) = (Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE)), Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE)));
        var md5 = Manifested(m => m with { Digests = [new ItemDigest("MD5", new string('a', 32))] });
        var bare = Manifested(m => m with { Certificate = null });
        var elsewhere = Manifested(m => m with { Request = Ids.New() });
        var future = Manifested(m => m with { AcquiredTo = m.Time.AddHours(1) });
        var ahead = Manifested(m => m with { Time = now.AddHours(1) });
        var several = Manifested(m => m with { Chunks = m.Chunks + 1 });

        foreach (var (code, parts) in new (string, Part[])[]
        {
            ("V035", [proposal, approval]),
            ("V035", [.. Two(good), Of(PartRole.manifest, Manifested(m => m with { Description = "another" }))]),
            ("V034", Two(md5)),
            ("V036", Two(bare)),
            ("V045", Two(future)),
            ("V045", Two(ahead)),
            ("V045", [Of(PartRole.manifest, good), proposal, Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, at: now.AddHours(1)))]),
            ("T110", Two(several)),
            ("T705", Two(elsewhere)),
            ("T705", [Of(PartRole.manifest, good), Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE, bare)), approval]),
            ("V038", [Of(PartRole.manifest, good), Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE)), Of(PartRole.release, Released(flow.Technician, ReleaseDecision.APPROVE, authority: "XB-LAB"))]),
            ("V038", [Of(PartRole.manifest, good), proposal, Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, role: Role.CENTRAL_AUTHORITY_MLA))]),
            ("V038", [Of(PartRole.manifest, good), Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE, role: Role.FORENSIC_LAB)), approval]),
            ("V038", [Of(PartRole.manifest, good), proposal, Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, authority: "XB-CP", role: Role.CONTACT_POINT_24_7))]),
            ("V039", [Of(PartRole.manifest, good), proposal, Of(PartRole.release, Released(flow.First, ReleaseDecision.APPROVE))]),
            ("V039", [Of(PartRole.manifest, good), proposal]),
            ("T744", [Of(PartRole.manifest, good), Of(PartRole.release, Released(flow.First, ReleaseDecision.PROPOSE, terms: "COURT_USE_ONLY")), approval]),
            ("T744", [Of(PartRole.manifest, good), proposal, Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, conditions: "none"))]),
            ("T744", [Of(PartRole.manifest, good), proposal, approval, Of(PartRole.release, Released(flow.Second, ReleaseDecision.APPROVE, terms: "COURT_USE_ONLY"))]),
            ("T740", [Of(PartRole.manifest, good), Of(PartRole.release, Released(flow.First, ReleaseDecision.ALONE))]),
        })
            Assert.Equal((code, parts.Length), (await Sent(flow, parts), parts.Length));
        Assert.Empty((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items);

        // The same with nothing wrong: what was rejected was rejected for its fault.
        Assert.Equal("", await Sent(flow, Two(good)));
        Assert.Equal("RECEIVING", Assert.Single((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items).State);
    }

    [Fact]
    public async Task A_manifest_that_lies_about_size_count_commitment_digest_or_certificate_is_refused_to_the_laboratory()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make((2 * Chunk.PlainBytes) + 9);
        await Refused.By(() => flow.Attach(item, 0, 3, flow.SignedManifest(item, m => m with { SizeBytes = m.SizeBytes - 1 })), "T705");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { SizeBytes = m.SizeBytes + Chunk.PlainBytes, Chunks = m.Chunks + 1 })), "T708");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { Chunks = m.Chunks + 1 })), "T110");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { KeyCommitment = Digest.Of("another"u8) })), "T706");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { Digests = [new ItemDigest("SHA256", Digest.Of("another"u8).ToString())] })), "V033");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { Digests = [new ItemDigest("SHA1", new string('a', 40))] })), "V034");
        await Refused.By(() => flow.Attach(item, 3, 3, flow.SignedManifest(item, m => m with { Certificate = null })), "V036");
        Assert.Equal("ATTACHED", (await flow.Attach(item, 3, 3, flow.SignedManifest(item)))[^1].Committed.State);
    }

    internal static Part Of(PartRole role, byte[] der) => Part.Of(role, $"{role}.cms", "application/pkcs7-mime", der);

    // The code with which the other side rejected it; empty when it took it.
    internal static async Task<string> Sent(EvidenceFlow flow, IReadOnlyList<Part> parts)
    {
        var asked = flow.States.Asked;
        var row = asked.Get<Database>().Read(s => CaseRow.Find(s, flow.Sent.CaseId))!;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.EVIDENCE, "MANIFEST", row.Urgency, row.RequestMessage, parts);
        Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        MessageView? view = null;
        await Eventually.Holds(() => (view = Look()) is { State: "DELIVERED" or "REJECTED" }, () => view?.State ?? "not there");
        return view!.Refusal?.Code ?? "";

        MessageView? Look() => asked.Client(flow.First).ListMessages(new ListMessagesRequest { CaseId = row.Id, Limit = 50 }).Messages.FirstOrDefault(m => m.Message == message.Id);
    }
}
