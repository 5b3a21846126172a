using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Parts;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Custody;
using Gateway.Protocol.Tests.Marks;
using Gateway.Protocol.Tests.MerkleLog;
using Gateway.Protocol.Tests.Records;
using Gateway.Protocol.Tests.Requests;
using Xunit;
using Samples = Gateway.Protocol.Tests.Evidence.Samples;

namespace Gateway.Protocol.Tests.Documents;

/// <summary>docs/schemas says what the code does. To write the files anew: GATEWAY_WRITE_SCHEMAS=1 dotnet test.</summary>
public class DocumentSchemaTests
{
    private static readonly string Folder = Path.Combine(RequestSamples.Root, "docs", "schemas");
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };
    // Their schemas are compared by Gateway.Recognition.Tests.
    private static readonly string[] OfRecognition = ["trustList", "recognitionAgreement", "recognitionReport"];
    private static readonly DateTimeOffset Now = RequestSamples.Now;
    private static readonly Digest Some = Digest.Of("some"u8);
    private static readonly Party Asking = Party.Of("XA-CA");
    private static readonly Party Asked = Party.Of("XB-CA");

    public static TheoryData<string> Types => [.. DocumentSchemas.All.Keys];

    public static TheoryData<string> Written => [.. RequestKinds.All.Select(row => $"request {row.Kind}"), .. CustodyRules.All.Select(rule => $"custodyEvent {rule.Kind}"), .. DocumentSchemas.All.Keys.Where(type => type is not ("request" or "custodyEvent"))];

    [Theory]
    [MemberData(nameof(Types))]
    public void The_committed_schema_is_that_of_the_code(string type)
    {
        var path = Path.Combine(Folder, type + ".schema.json");
        var expected = DocumentSchemas.File(type).ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_SCHEMAS") == "1")
            File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }

    [Fact]
    public void Every_committed_schema_belongs_to_a_type_and_is_json()
        => Assert.All(Directory.GetFiles(Folder, "*.json"), path =>
        {
            Assert.NotNull(JsonNode.Parse(File.ReadAllText(path)));
            Assert.Contains(Path.GetFileName(path).Replace(".schema.json", "", StringComparison.Ordinal), DocumentSchemas.All.Keys.Concat(OfRecognition));
        });

    [Theory]
    [MemberData(nameof(Written))]
    public async Task What_the_code_writes_fits_the_schema_and_nothing_near_it_does(string sample)
    {
        var type = sample.Split(' ')[0];
        var schema = DocumentSchemas.File(type);
        var text = Encoding.UTF8.GetString(await Write(sample))[..^1];
        Assert.Null(SchemaCheck.Violation(JsonNode.Parse(text), type is "request" or "custodyEvent" ? Choice(schema, sample) : schema, root: schema));
        Assert.Null(SchemaCheck.Violation(JsonNode.Parse(text), schema));

        var required = (type is "request" or "custodyEvent" ? Choice(schema, sample) : schema)["required"]!.AsArray().Select(name => name!.GetValue<string>()).ToArray();
        Assert.All(required, name =>
        {
            var poorer = JsonNode.Parse(text)!.AsObject();
            poorer.Remove(name);
            Assert.NotNull(SchemaCheck.Violation(poorer, schema));
            Assert.True(Refused(type, poorer), $"{name} is required by the schema, but not by the code");
        });
        var richer = JsonNode.Parse(text)!.AsObject();
        richer["surprise"] = 1;
        Assert.NotNull(SchemaCheck.Violation(richer, schema));
        Assert.True(Refused(type, richer));
        var moved = JsonNode.Parse(text)!.AsObject();
        var second = moved.Skip(2).First();
        moved.Remove(second.Key);
        moved[second.Key] = second.Value?.DeepClone();
        Assert.NotNull(SchemaCheck.Violation(moved, schema));
        Assert.True(Refused(type, moved));
    }

    [Fact]
    public void The_sample_intake_form_makes_a_manifest()
    {
        using var form = JsonDocument.Parse(File.ReadAllText(Path.Combine(RequestSamples.Root, "deploy", "samples", "intake.json")));
        var context = new ManifestContext(Samples.ItemId, Samples.Case, Samples.Request, "XB-LAB", "Kim Sample", "Birk, XB", "server.dd", Now.ToOffset(TimeSpan.FromHours(1)));
        Assert.Empty(ManifestComposer.Check(form.RootElement, context).Problems);
    }

    private static JsonObject Choice(JsonObject schema, string sample)
        => schema["oneOf"]!.AsArray().Select(choice => choice!.AsObject()).Single(choice => choice["title"]!.GetValue<string>() == sample.Split(' ')[1]);

    private static bool Refused(string type, JsonObject document)
    {
        var bytes = Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
        static bool No<T>(Outcome<T> outcome) => !outcome.Succeeded;
        return type switch
        {
            "request" => Request.Read(bytes) is var read && (!read.Succeeded || RequestRules.Check(read.Value, RequestSamples.ContextOf(Sample(read.Value.Kind))).Count > 0),
            "act" => No(Act.Read(bytes)),
            "stamp" => No(Stamp.Read(bytes)),
            "cover" => No(Cover.Read(bytes)),
            "receipt" => No(Receipt.Read(bytes)),
            "peerCard" => No(PeerCard.Read(bytes)),
            "manifest" => No(Manifest.Read(bytes)),
            "partProof" => No(PartProof.Read(bytes)),
            "fileEntry" => No(FileEntry.Read(bytes)),
            "keyGrant" => No(KeyGrant.Read(bytes)),
            "release" => No(Release.Read(bytes)),
            "loss" => No(Loss.Read(bytes)),
            "shipment" => No(Shipment.Read(bytes)),
            "handOver" => No(HandOver.Read(bytes)),
            "grantRequest" => No(GrantRequest.Read(bytes)),
            "custodyEvent" => No(CustodyEvent.Read(bytes)),
            "custodianCertificate" or "copyingRecord" or "labReport" => No(RecordDocument.Read(bytes)),
            "paperRecord" => No(PaperRecord.Read(bytes)),
            "paperRequest" => No(PaperRequest.Read(bytes)),
            "treatyApproval" => No(TreatyApproval.Read(bytes)),
            "erasureDecision" => No(ErasureDecision.Read(bytes)),
            "erasure" => No(Erasure.Read(bytes)),
            _ => throw new InvalidOperationException(type),
        };
    }

    private static string Sample(RequestKind kind) => RequestSamples.Of(kind);

    private static async Task<byte[]> Write(string sample)
    {
        using var key = ItemKey.New();
        var manifest = (await Samples.Encrypt([1, 2, 3], key, "SHA512")).Manifest;
        return sample switch
        {
            _ when sample.StartsWith("request ", StringComparison.Ordinal) => RequestSamples.Document(Sample(Enum.Parse<RequestKind>(sample["request ".Length..]))),
            _ when sample.StartsWith("custodyEvent ", StringComparison.Ordinal) => CustodySamples.Document(Enum.Parse<CustodyKind>(sample["custodyEvent ".Length..])),
            "custodianCertificate" or "copyingRecord" or "labReport" => RecordSamples.Document(RecordForms.Find(sample)!),
            "act" => Acts.ActTests.Sample.Write(),
            "stamp" => new Stamp("XA-CA", "Registry", "2026/4711", Now, Some).Write(),
            "cover" => new Cover(Samples.Request, Samples.Case, "P256-A256GCM-SHA256", Now, Asking, Asked, CoverAbout.REQUEST, null,
                [Part.Of(PartRole.request, "request.cms", "application/cms", [1, 2, 3])]).Write(),
            "receipt" => new Receipt(ReceiptEvent.RelayAcceptance, Asked, Asking, ReceiptChannel.@case, Samples.Case, 1, null, 1, Some,
                new ReceiptSubject(Samples.Request, Some), [], Now, false, Samples.ItemId).Write(),
            "peerCard" => new PeerCard("XA", 1, Now, Now.AddYears(1), [TestIdentity.P256.Certificate],
                [new CardAuthority("XA-CA", "Central Authority", ["CENTRAL_AUTHORITY_MLA"], "https://gateway.xa.example:8443", [TestIdentity.P256.Certificate], [], [], [], []) { Names = [new Term("fr", "Autorité centrale")] }],
                ["P256-A256GCM-SHA256"], 1, RequestSamples.Profile with
                {
                    MinOffenceMonths = 12,
                    MaxWindowDays = 365,
                    SpecialDocuments = [new KindDocuments(RequestKind.EXTRADITION, ["TEXT_OF_LAW"])],
                    RequiresTimeStamp = true,
                    ChannelsAllowed = [new KindChannels(RequestKind.SUBSCRIBER_INFO, [Channel.LEGAL_ASSISTANCE])],
                    MaxItemMiB = 1024,
                    DeMinimisNote = "Below 500 units we do not act.",
                },
                new CardLog([new NoteSigner("log", NoteAlgorithm.Ed25519).PublicKey], [new NoteSigner("witness", NoteAlgorithm.Cosignature).PublicKey], [TestIdentity.P256.Certificate])
                {
                    Renewal = LogRenewal.Of(new LogName("XA", 2026, 2), SignedNote.Compose(new Checkpoint("gateway-log/XA/2026", 0, TreeHash.Empty).Write(), [new NoteSignature("gateway-log/XA/2026", 1, new byte[64])]).Bytes, "a key was stolen").Value,
                }).Write(),
            "manifest" => (manifest with
            {
                MediaType = FileTree.MediaType,
                Files = new FileTree(2, 1, Some, 0, 3),
                Recorded = [new RecordedDigest("disk.dd.md5", DigestScope.FILE, "MD5", new string('0', 32), false)],
            }).Write(),
            "partProof" => new PartProof(Samples.ItemId, Some, [new ChunkProof(3, new byte[32], [Some])], null).Write(),
            "fileEntry" => new FileEntry(Samples.ItemId, 3, "album/b.bin", FileKind.FILE, 7, Now, Some, 1536, null, [new UnreadRange(0, 4)], null, new byte[FileEntry.SaltBytes]).Write(),
            "keyGrant" => new KeyGrant(Samples.ItemId, Some, new byte[32], "XB-CA", Now).Write(),
            "release" => new Release(Samples.Request, Samples.ItemId, Some, Samples.Case, "XB-CA", Role.CENTRAL_AUTHORITY_MLA, ReleaseDecision.PROPOSE, "order 12/2026", Now).Write(),
            "loss" => new Loss(Samples.Request, Samples.ItemId, Some, Samples.Case, "XB-PO", Role.COMPETENT_AUTHORITY, LossWhat.PARCEL, Some, "never arrived", Now).Write(),
            "shipment" => new Shipment(Samples.Request, Samples.ItemId, Some, Samples.Case, "XB-CA", "Courier Ltd", "B-004711", "SSD, Example X1, serial 12345", null, Now).Write(),
            "handOver" => new HandOver(Samples.ItemId, Some, Samples.Case, HandOverOutcome.AGREED, manifest.Digests, Now).Write(),
            "grantRequest" => new GrantRequest(Samples.ItemId, "examination", [1, 2, 3], Now).Write(),
            "treatyApproval" => new TreatyApproval(Samples.ItemId, "XB-CA", [new ApprovedProvision("UNCC 42", Some)], "the official text", Now).Write(),
            "erasureDecision" => new ErasureDecision(Samples.ItemId, Samples.Case, "XB-CA", ErasureStep.PROPOSE, ErasureReason.RETENTION_ENDED, "retention rule 4", Now).Write(),
            "paperRecord" => Paper.PaperRecordTests.Sent.Write(),
            "paperRequest" => Paper.PaperRequestTests.Sample.Write(),
            "erasure" => Erasures.ErasureTests.Sample.Write(),
            _ => throw new InvalidOperationException(sample),
        };
    }
}
