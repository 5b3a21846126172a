using System.Text.Json.Nodes;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Tests.Infrastructure;

namespace Gateway.Tests.Evidence;

/// <summary>An invented item, encrypted as a lab would: chunks, leaves, manifest.</summary>
internal sealed class TestItem
{
    private TestItem(string id, byte[] content, ItemKey key, List<byte[]> chunks, List<Digest> leaves, EncryptedItem encrypted)
        => (Id, Content, Key, Chunks, Leaves, Encrypted) = (id, content, key, chunks, leaves, encrypted);

    public string Id { get; }

    public byte[] Content { get; }

    public ItemKey Key { get; }

    public IReadOnlyList<byte[]> Chunks { get; }

    public IReadOnlyList<Digest> Leaves { get; }

    public EncryptedItem Encrypted { get; }

    public byte[] LeafList => [.. Leaves.SelectMany(l => l.ToArray())];

    public static async Task<TestItem> Make(int bytes)
    {
        var content = new byte[bytes];
        for (var i = 0; i < bytes; i += 97)
            content[i] = (byte)(i * 31 >> 7);
        var (id, key) = (Ids.New(), ItemKey.New());
        using var encryptor = new ItemEncryptor(key, id, DigestSet.Create([]).Value);
        var (chunks, leaves) = (new List<byte[]>(), new List<Digest>());
        await foreach (var chunk in encryptor.EncryptAsync(new MemoryStream(content)))
        {
            using (chunk)
            {
                chunks.Add(chunk.Bytes.ToArray());
                leaves.Add(chunk.Leaf);
            }
        }
        return new TestItem(id, content, key, chunks, leaves, encryptor.Complete());
    }

    public Manifest Manifest(string caseId, string request)
    {
        var acquired = new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.FromMinutes(330));
        var sha256 = new Digest(Convert.FromHexString(Encrypted.Digests[0].Value));
        return new Manifest
        {
            ItemId = Id,
            Case = caseId,
            Request = request,
            ExhibitNumber = "EX-2026-17/3",
            RootExhibitNumber = "EX-2026-17",
            Derivation = Derivation.FORENSIC_IMAGE,
            Description = "Image of the boot disk of a file server",
            SourceType = SourceType.COMPUTER_STORAGE,
            AcquisitionType = AcquisitionType.PHYSICAL_IMAGE,
            AcquiredFrom = acquired,
            AcquiredTo = acquired.AddHours(2),
            AcquiredPlace = "Laboratory room 4, Capital, XB",
            MethodDescription = "Bit by bit image behind a write blocker",
            WriteBlocker = new WriteBlocker(true, "Example WB-2", "1.9"),
            Tools = [new ForensicTool("Imager", "Example", "4.2", "imaging")],
            Examiner = new Examiner("A. Examiner", "senior examiner", "State Forensic Laboratory"),
            Format = ItemFormat.RAW,
            MediaType = "application/octet-stream",
            FileName = "disk-1.dd",
            SizeBytes = Encrypted.SizeBytes,
            Digests = Encrypted.Digests,
            Chunks = Encrypted.Chunks,
            TreeRoot = Encrypted.TreeRoot,
            KeyCommitment = Encrypted.KeyCommitment,
            CertificateExemption = null,
            Certificate = new CustodianCertificate("B. Custodian", "Example Ltd", "1 Example Street, Capital", CustodianRelation.OPERATED,
                [CustodianStatement.LAWFUL_CONTROL, CustodianStatement.WORKING_PROPERLY], "Capital", acquired.AddHours(3), new Examiner("C. Expert", "expert", "Institute")),
            Sensitivity = [Sensitivity.NONE],
            LawfulBasis = new LawfulBasis("Code of Criminal Procedure", "art. 166", "order 12/2026"),
            Custody =
            [
                new CustodyEntry(CustodyKind.ACQUIRED, acquired.AddHours(2), "Capital", new Actor("A. Examiner", "XB-LAB"), "imaging under order 12/2026", null, sha256) { Members = Acquired(sha256) },
                CustodyEntry.Attached(acquired.AddHours(4), "Capital", new Actor("A. Examiner", "XB-LAB"), "answer to the request", sha256, request, CustodyEntry.CertificateOf(null)) with { HashBefore = sha256 },
            ],
            Time = acquired.AddHours(4).ToUniversalTime(),
        };
    }

    private static JsonElement Acquired(Digest copy) => JsonSerializer.SerializeToElement(new JsonObject
    {
        ["tools"] = new JsonArray(new JsonObject { ["name"] = "Imager", ["version"] = "4.2" }),
        ["method"] = "bit by bit image",
        ["writeBlocker"] = new JsonObject { ["used"] = true },
        ["sourceHashBefore"] = copy.ToString(),
        ["sourceHashAfter"] = copy.ToString(),
        ["copyHash"] = copy.ToString(),
    });

    /// <summary>A grant of <paramref name="key"/> (this item's own unless another is given).</summary>
    public byte[] Grant(byte[] manifest, Certificate authority, DateTimeOffset now, ItemKey? key = null)
        => Envelope.Encrypt(new KeyGrant(Id, Digest.Of(manifest), (key ?? Key).ToArray(), "XB-CA", now).Write(), authority);
}
