using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Export;

/// <summary>What is withheld from a bundle stands nowhere in it: not beside the message that carried it, and not inside another one.</summary>
public sealed class WithholdingTests
{
    [Fact]
    public async Task A_message_is_withheld_with_all_that_it_carried_and_a_part_of_one_cannot_be()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, officer) = (flow.States.Asked, flow.First);
        var item = await flow.Attached(1000);
        await TwoStates.Submit(asked, flow.Technician, "custodyEvent", new JsonObject { ["item"] = item.Id, ["event"] = "STORED", ["place"] = "Birk, room 4", ["reason"] = "as ordered", ["hashNotApplicable"] = "sealed", ["storagePlace"] = "safe 3", ["accessClass"] = "B" });
        await flow.Decide(officer, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(asked, officer, item, "CONSIGNED");
        var (manifest, sha256) = await flow.ManifestOf(flow.States.Lawyer, item);
        var covers = Covers(asked, flow.Sent.CaseId);
        var evidence = covers.Single(c => c.Cover.About == CoverAbout.EVIDENCE);
        var release = evidence.Cover.Parts.First(p => p.Role == PartRole.release);

        // The seal is over the whole message: who names a part is told which message it lies in.
        foreach (var part in (Digest[])[sha256, release.Sha256])
        {
            var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Export(flow, part));
            Assert.Contains(evidence.Sha256.ToString(), refused.Status.Detail, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Export(flow, Digest.Of("x"u8)));

        var words = Encoding.UTF8.GetBytes(manifest.Description);
        var whole = await Export(flow);
        Assert.Contains(Entries(whole), e => e.Content.AsSpan().IndexOf(words) >= 0);
        // Whatever of it travelled later lies in messages of its own.
        var withheld = covers.Where(c => c.Cover.Parts.Any(p => evidence.Cover.Parts.Any(q => q.Sha256 == p.Sha256))).Select(c => c.Sha256).ToArray();
        var bundle = await Export(flow, withheld);
        Assert.All(Entries(bundle), e => Assert.True(e.Content.AsSpan().IndexOf(words) < 0, e.Name));
        Assert.DoesNotContain(Entries(bundle), e => e.Name.StartsWith("evidence/", StringComparison.Ordinal) || evidence.Cover.Parts.Any(p => e.Name.Contains(p.Sha256.ToString(), StringComparison.Ordinal) && e.Name.StartsWith("documents/", StringComparison.Ordinal)));
        var stated = CaseFile.Read(Entries(bundle).Single(e => e.Name == "case.json").Content).Value;
        Assert.Superset(withheld.Append(sha256).ToHashSet(), stated.Withheld.ToHashSet());
        var report = BundleCheck.Run(new MemoryStream(bundle), []);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
    }

    [Fact]
    public async Task Beside_a_message_that_cannot_be_read_nothing_is_withheld_alone()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, caseId) = (flow.States.Asked, flow.Sent.CaseId);
        var request = Covers(asked, caseId).First();
        var unreadable = Digest.Of("another form"u8);
        var (database, keys) = (asked.Get<Database>(), asked.Get<CaseKeys>());
        await database.Write(Lane.Ordinary, s => s.Run("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
            SELECT $1, direction, sender, recipient, case_id, about, kind, urgency, $2, state, created, $3 FROM messages WHERE cover_sha256 = $4
            """, "unreadable", unreadable, keys.Seal(caseId, "message:unreadable", "another form"u8), request.Sha256));

        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Export(flow, request.Sha256));
        Assert.Contains($"withhold {unreadable} too", refused.Status.Detail, StringComparison.Ordinal);
        var stated = CaseFile.Read(Entries(await Export(flow, request.Sha256, unreadable)).Single(e => e.Name == "case.json").Content).Value;
        Assert.Superset(new HashSet<Digest> { request.Sha256, unreadable }, stated.Withheld.ToHashSet());
    }

    private static List<(Digest Sha256, Cover Cover)> Covers(TestState state, string caseId) => state.Get<Database>().Read(s => s.Query("SELECT id, cover_sha256, body FROM messages WHERE case_id = $1 AND body IS NOT NULL",
        r => (r.Digest(1), Cover.Read(SignedDocument.Open(state.Get<CaseKeys>().Open(caseId, $"message:{r.GetString(0)}", r.GetFieldValue<byte[]>(2))).Value.Content).Value), caseId));

    private static async Task<byte[]> Export(EvidenceFlow flow, params Digest[] withhold)
    {
        var bundle = new MemoryStream();
        var request = new ExportCaseRequest { CaseId = flow.Sent.CaseId };
        request.Withhold.AddRange(withhold.Select(d => d.ToString()));
        using var call = flow.States.Asked.Client(flow.States.AskedLawyer).ExportCase(request);
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        return bundle.ToArray();
    }

    private static List<(string Name, byte[] Content)> Entries(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        return [.. zip.Entries.Select(entry =>
        {
            using var content = entry.Open();
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return (entry.FullName, bytes.ToArray());
        })];
    }
}
