using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Tests.Custody;

namespace Gateway.Protocol.Tests.Evidence;

/// <summary>Invented items and manifests.</summary>
internal static class Samples
{
    public const string ItemId = "00112233445566778899aabbccddeeff";
    public const string Case = "XA-0123456789abcdef0123456789abcdef";
    public const string Request = "fedcba9876543210fedcba9876543210";

    /// <summary>Bytes that differ at every place and compress badly, the same for the same length.</summary>
    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        using var aes = Aes.Create();
        aes.Key = new byte[16];
        aes.EncryptCbc(new byte[length], new byte[16]).AsSpan(0, length).CopyTo(bytes);
        return bytes;
    }

    /// <summary>Encrypts an item and makes its manifest.</summary>
    public static async Task<(Manifest Manifest, List<byte[]> Chunks)> Encrypt(byte[] content, ItemKey key, params string[] additional)
    {
        using var encryptor = new ItemEncryptor(key, ItemId, DigestSet.Create(additional).Value);
        var chunks = new List<byte[]>();
        await foreach (var chunk in encryptor.EncryptAsync(new MemoryStream(content)))
            using (chunk)
                chunks.Add(chunk.Bytes.ToArray());
        return (Manifest(encryptor.Complete()), chunks);
    }

    /// <summary>The manifest of an item.</summary>
    public static Manifest Manifest(EncryptedItem item)
    {
        var acquired = new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.FromMinutes(330));
        var sha256 = Digest.TryParse(item.Digests[0].Value, out var digest) ? digest : default;
        return new Manifest
        {
            ItemId = ItemId,
            Case = Case,
            Request = Request,
            ExhibitNumber = "EX-2026-17/3",
            RootExhibitNumber = "EX-2026-17",
            Derivation = Derivation.FORENSIC_IMAGE,
            Description = "Image of the boot disk of a file server",
            SourceType = SourceType.COMPUTER_STORAGE,
            Device = new SourceDevice("Example ST-1000", "S1-000-417", ["WWN 5000c500a1b2c3d4"]),
            AcquisitionType = AcquisitionType.PHYSICAL_IMAGE,
            AcquiredFrom = acquired,
            AcquiredTo = acquired.AddHours(2),
            AcquiredPlace = "Laboratory room 4, Capital, XA",
            MethodDescription = "Bit by bit image behind a write blocker",
            SopReference = "SOP-12 rev. 3",
            WriteBlocker = new WriteBlocker(true, "Example WB-2", "1.9"),
            Tools = [new ForensicTool("Imager", "Example", "4.2", "imaging")],
            Examiner = new Examiner("A. Examiner", "senior examiner", "State Forensic Laboratory"),
            Format = ItemFormat.RAW,
            MediaType = "application/octet-stream",
            FileName = "disk-1.dd",
            SizeBytes = item.SizeBytes,
            Digests = item.Digests,
            Chunks = item.Chunks,
            TreeRoot = item.TreeRoot,
            KeyCommitment = item.KeyCommitment,
            Certificate = new CustodianCertificate("B. Custodian", "Example Ltd", "1 Example Street, Capital", CustodianRelation.OPERATED,
                [CustodianStatement.LAWFUL_CONTROL, CustodianStatement.WORKING_PROPERLY], "Capital", acquired.AddHours(3), new Examiner("C. Expert", "expert", "Institute")),
            Sensitivity = [Sensitivity.NONE],
            LawfulBasis = new LawfulBasis("Code of Criminal Procedure", "art. 166", "order 12/2026"),
            Custody =
            [
                CustodySamples.Earlier(CustodyKind.ACQUIRED, acquired.AddHours(2), "Capital", new Actor("A. Examiner", "XA-LAB-1"), "imaging under order 12/2026", null, sha256),
                CustodyEntry.Attached(acquired.AddHours(4), "Capital", new Actor("A. Examiner", "XA-LAB-1"), "answer to the request", sha256, Request, CustodyEntry.CertificateOf(null)) with { HashBefore = sha256 },
            ],
            Time = acquired.AddHours(4).ToUniversalTime(),
        };
    }
}
