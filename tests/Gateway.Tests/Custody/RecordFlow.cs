using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Evidence;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Custody;

/// <summary>Records as tests make, bring, send and look for them.</summary>
internal static class RecordFlow
{
    /// <summary>Proposed by one officer, approved by another.</summary>
    public static async Task Released(EvidenceFlow flow, TestItem item)
    {
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
    }

    /// <summary>An item that was released and that the other side has whole.</summary>
    public static async Task<TestItem> Arrived(EvidenceFlow flow)
    {
        var item = await flow.Attached(1000);
        await Released(flow, item);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        return item;
    }

    /// <summary>What waits for an officer of the other side.</summary>
    public static IReadOnlyList<WaitingRecord> Waiting(EvidenceFlow flow, TestItem item)
        => flow.States.Asking.Client(flow.States.Lawyer).FetchCustody(new FetchCustodyRequest { Item = item.Id }).Waiting;

    public static byte[] Report(TestItem item, EvidenceFlow flow, string member, string value) => Report(item, flow, fields => fields[member] = value);

    public static byte[] Report(TestItem item, EvidenceFlow flow, Action<JsonObject>? change = null)
    {
        var fields = new JsonObject
        {
            ["item"] = item.Id,
            ["case"] = flow.Sent.CaseId,
            ["exhibitNumber"] = "EX-2026-17/3",
            ["reportNumber"] = "LR-1",
            ["requestReference"] = "RQ-1",
            ["questions"] = new JsonArray("Is the mailbox on the disk?"),
            ["itemsReceived"] = new JsonArray(new JsonObject { ["exhibitNumber"] = "EX-2026-17", ["sealIntact"] = true, ["condition"] = "good" }),
            ["method"] = "read with a forensic suite",
            ["sopReference"] = "SOP 4",
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Suite", ["vendor"] = "Example", ["version"] = "4", ["purpose"] = "analysis" }),
            ["results"] = new JsonArray(new JsonObject { ["question"] = 1, ["answer"] = "yes" }),
            ["limitations"] = "none",
            ["from"] = "2026-03-01T09:00:00+01:00",
            ["to"] = "2026-03-01T10:00:00+01:00",
            ["examiner"] = new JsonObject { ["name"] = "A. Examiner", ["post"] = "examiner", ["organisation"] = "laboratory" },
            ["reviewer"] = new JsonObject { ["name"] = "B. Reviewer", ["post"] = "examiner", ["organisation"] = "laboratory" },
        };
        change?.Invoke(fields);
        using var document = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.LabReport, document.RootElement);
        return composed.Document ?? throw new InvalidOperationException(string.Join("; ", composed.Problems));
    }

    /// <summary>A certificate in two parts, by persons of these names.</summary>
    public static byte[] Certificate(TestItem item, EvidenceFlow flow, string certifier, string expert)
    {
        JsonArray Digests() => [new JsonObject { ["algorithm"] = "SHA256", ["value"] = Digest.Of(item.Content).ToString() }];
        var fields = new JsonObject
        {
            ["item"] = item.Id,
            ["case"] = flow.Sent.CaseId,
            ["exhibitNumber"] = "EX-2026-17/3",
            ["rendering"] = "IN_BSA_63_4",
            ["certifier"] = new JsonObject { ["name"] = certifier, ["relation"] = "administrator", ["organisation"] = "Example Ltd", ["address"] = "Birk" },
            ["sourceType"] = "SERVER",
            ["control"] = new JsonArray("MANAGED"),
            ["statements"] = new JsonArray("LAWFUL_CONTROL", "REGULAR_USE", "WORKING_PROPERLY"),
            ["copying"] = "block by block",
            ["digests"] = Digests(),
            ["time"] = "2026-03-01T09:00:00+01:00",
            ["place"] = "Birk",
            ["expert"] = new JsonObject { ["name"] = expert, ["post"] = "examiner", ["organisation"] = "laboratory", ["digests"] = Digests(), ["time"] = "2026-03-01T09:30:00+01:00", ["place"] = "Birk" },
        };
        using var document = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.CustodianCertificate, document.RootElement);
        return composed.Document ?? throw new InvalidOperationException(string.Join("; ", composed.Problems));
    }

    // Its own local rule asks for nobody.
    public static byte[] Copying(TestItem item, EvidenceFlow flow, params string[] roles)
    {
        var digest = Digest.Of("disk"u8).ToString();
        var fields = new JsonObject
        {
            ["item"] = item.Id,
            ["case"] = flow.Sent.CaseId,
            ["exhibitNumber"] = "EX-2026-17/3",
            ["place"] = "Birk, room 2",
            ["from"] = "2026-03-01T09:00:00+01:00",
            ["to"] = "2026-03-01T11:00:00+01:00",
            ["author"] = new JsonObject { ["name"] = "Kim", ["post"] = "investigator", ["organisation"] = "Police of XB" },
            ["participants"] = new JsonArray([.. roles.Select((role, i) => new JsonObject { ["name"] = $"Person {i}", ["role"] = role, ["signature"] = "SIGNED" })]),
            ["localRule"] = new JsonObject { ["state"] = "XB", ["provision"] = "none", ["roles"] = new JsonArray("SPECIALIST"), ["witnesses"] = 0 },
            ["technicalMeans"] = new JsonArray(new JsonObject { ["name"] = "Imager", ["purpose"] = "copying" }),
            ["objects"] = new JsonArray("a disk"),
            ["actions"] = new JsonArray("copied"),
            ["results"] = "one image",
            ["sourceHashBefore"] = digest,
            ["sourceHashAfter"] = digest,
            ["copyHash"] = digest,
            ["medium"] = new JsonObject { ["description"] = "a disk", ["handedTo"] = "laboratory" },
            ["rightsExplained"] = true,
        };
        using var form = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.CopyingRecord, form.RootElement);
        Assert.Empty(composed.Problems);
        return composed.Document!;
    }

    public static byte[] Signed(EvidenceFlow flow, TestPerson person, byte[] document)
    {
        using var signer = person.Signing.Signer();
        return SignedDocument.Sign(document, signer, flow.States.Asked.Clock.GetUtcNow());
    }

    public static async Task<AddRecordReply> Add(EvidenceFlow flow, TestPerson person, TestItem item, params byte[][] signatures)
        => await flow.States.Asked.Client(person).AddRecordAsync(new AddRecordRequest { Item = item.Id, Signatures = { signatures.Select(ByteString.CopyFrom) } });

    public static async Task<List<KeptRecord>> Records(TestState state, TestPerson person, TestItem item)
        => [.. (await state.Client(person).FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Records.Select(der => KeptRecord.Read(der.ToByteArray()).Value)];

    public static async Task<List<KeptRecord>> Come(EvidenceFlow flow, TestItem item, int count)
    {
        List<KeptRecord> found = [];
        for (var i = 0; i < 2400 && found.Count < count; i++)
        {
            found = await Records(flow.States.Asking, flow.States.Lawyer, item);
            await Task.Delay(50);
        }
        Assert.Equal(count, found.Count);
        return found;
    }

    // The code with which the other side rejected it; empty when it took it.
    public static async Task<string> Sent(EvidenceFlow flow, params byte[][] records)
    {
        var message = await Queued(flow, records);
        MessageView? view = null;
        await Eventually.Holds(() => (view = Look()) is { State: "DELIVERED" or "REJECTED" }, () => view?.State ?? "not there");
        return view!.Refusal?.Code ?? "";

        MessageView? Look() => flow.States.Asked.Client(flow.First).ListMessages(new ListMessagesRequest { CaseId = flow.Sent.CaseId, Limit = 50 }).Messages.FirstOrDefault(m => m.Message == message);
    }

    public static async Task<string> Queued(EvidenceFlow flow, params byte[][] records)
    {
        var asked = flow.States.Asked;
        var row = asked.Get<Database>().Read(s => CaseRow.Find(s, flow.Sent.CaseId))!;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.CUSTODY, "CUSTODY", row.Urgency, row.RequestMessage,
            [.. records.Select((der, i) => Part.Of(PartRole.custody, $"record-{i + 1}.cms", "application/pkcs7-mime", der))]);
        Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        return message.Id;
    }
}
