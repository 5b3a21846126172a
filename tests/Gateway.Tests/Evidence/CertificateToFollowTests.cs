using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Custody;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>An item that left in an emergency without a certificate: somebody must remember what was promised.</summary>
public sealed class CertificateToFollowTests
{
    [Fact]
    public async Task A_certificate_that_was_to_follow_stands_on_the_board_until_it_is_brought_and_is_told_when_it_is_late()
    {
        await using var flow = await EvidenceFlow.Start();
        var due = flow.States.Asked.Clock.GetUtcNow().AddHours(5);
        var (item, other) = (await TestItem.Make(1000), await flow.Attached(500));
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item, m => m with { Certificate = null, CertificateExemption = new CertificateExemption(ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW, due) }));
        var (watch, alarms) = (flow.States.Asked.Get<WatchCertificates>(), flow.States.Asked.Get<Alarms>());
        // What has not left was promised to nobody.
        await watch.Look();
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW);
        await Set(flow, "items", item.Id, "SENT");
        await watch.Look();
        Assert.Contains("is to follow", Assert.Single(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW && a.Subject == item.Id).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(alarms.All, a => a.Subject == other.Id);
        Assert.Equal(0, Told(flow, item));

        flow.States.Asked.Clock.Offset += TimeSpan.FromHours(6);
        await watch.Look();
        await watch.Look();
        Assert.Contains("is late", Assert.Single(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW).Text, StringComparison.Ordinal);
        Assert.Equal(1, Told(flow, item));

        // Where the case has ended nothing can follow.
        var state = flow.States.Asked.Get<Database>().Read(s => s.One("SELECT state FROM cases WHERE id = $1", r => r.GetString(0), flow.Sent.CaseId))!;
        await Set(flow, "cases", flow.Sent.CaseId, "COMPLETED");
        await watch.Look();
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW);
        await Set(flow, "cases", flow.Sent.CaseId, state);
        await Set(flow, "items", item.Id, "ATTACHED");

        // Another record is none.
        await RecordFlow.Add(flow, flow.Technician, item, RecordFlow.Signed(flow, flow.Technician, RecordFlow.Report(item, flow)));
        await Set(flow, "items", item.Id, "SENT");
        await watch.Look();
        Assert.Contains(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW);
        await Set(flow, "items", item.Id, "ATTACHED");
        var certificate = RecordFlow.Certificate(item, flow, "technician", "Second-Officer");
        await RecordFlow.Add(flow, flow.Technician, item, RecordFlow.Signed(flow, flow.Technician, certificate), RecordFlow.Signed(flow, flow.Second, certificate));
        await Set(flow, "items", item.Id, "SENT");
        await watch.Look();
        Assert.DoesNotContain(alarms.All, a => a.Code == AlarmCode.CERTIFICATE_TO_FOLLOW);
    }

    private static Task Set(EvidenceFlow flow, string table, string id, string state)
        => flow.States.Asked.Get<Database>().Write(Lane.Bulk, s => s.RunOne($"UPDATE {table} SET state = $1 WHERE id = $2", state, id));

    private static long Told(EvidenceFlow flow, TestItem item)
        => flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'item.certificateOverdue' AND subject = $1", item.Id));
}
