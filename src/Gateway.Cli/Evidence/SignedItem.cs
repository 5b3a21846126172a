using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;

namespace Gateway.Cli.Evidence;

/// <summary>The papers of an item that was read to its end: the technician's manifest, and the item's key for the authority's evidence certificate.</summary>
internal sealed record SignedItem(SignedDocument Manifest, ReadOnlyMemory<byte> Grant)
{
    public static SignedItem Make(AttachedItem item, ItemKey itemKey, Intake intake, EncryptedItem encrypted, SourceFindings findings, Technician technician, Certificate authority, DateTimeOffset now)
    {
        var manifest = SignedDocument.Sign(intake.For(item, encrypted, findings, technician.Actor, now), technician.Signer, now);
        var key = itemKey.ToArray();
        var grant = new KeyGrant(item.ItemId, Digest.Of(manifest), key, technician.Actor.Authority, now).Write();
        var envelope = Envelope.Encrypt(grant, authority);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(grant);
        return new SignedItem(SignedDocument.Open(manifest).OrStop(), envelope);
    }
}

/// <summary>Who packs or attaches, and with which key.</summary>
internal sealed record Technician(Actor Actor, Signer Signer);
