using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Paper;

/// <summary>
/// What a file that came holds. It may be an envelope to a key of the case's own authority, or a signed object: made by another gateway, or with openssl. What it holds is kept beside it, so that it
/// can be read; a sealed message must be of this case, and who sealed it is judged by the card of its State when there is one.
/// </summary>
/// <param name="Beside">The parts to keep beside the file.</param>
/// <param name="Cover">The sealed message in it; null: it is none.</param>
internal sealed record SealedReply(IReadOnlyList<Part> Beside, Cover? Cover)
{
    private const string CmsType = "application/pkcs7-mime";

    /// <summary>Opens a file, or says that it is for somebody else.</summary>
    public static Outcome<SealedReply> Open(Part file, string ownAuthority, string peerState, string caseId, KeyRing keys, PeerDirectory peers)
    {
        // DER begins with a SEQUENCE; what people scan, write or print never does.
        if (file.Content is not [0x30, ..])
            return new SealedReply([], null);
        var parts = new List<Part>();
        ReadOnlyMemory<byte> content = file.Content;
        // Only the keys of the authority whose case it is: an officer of one authority never opens by such a file what was meant for another one.
        if (Envelope.Open(content, [.. keys.Encryption(ownAuthority)]).TryGet(out var opened, out var refusal))
        {
            content = opened;
            parts.Add(Part.Of(PartRole.attachment, $"{Short(file.Name)}.opened", SignedDocument.Open(content).Succeeded ? CmsType : "application/octet-stream", opened));
        }
        else if (refusal.Code is RefusalCode.EnvelopeUnreadable or RefusalCode.EnvelopeNotForUs or RefusalCode.EnvelopeSuite)
            return refusal with { Path = "files" };
        if (!SignedDocument.Open(content).TryGet(out var seal, out _) || !Cover.Read(seal.Content).TryGet(out var cover, out _))
            return new SealedReply(parts, null);
        return Judge(cover, seal, ownAuthority, peerState, caseId, peers) is { } wrong ? wrong : new SealedReply(parts, cover);
    }

    // A sealed message for somebody else, of another State or another case is no reply in this case, whoever brings it.
    private static Refusal? Judge(Cover cover, SignedDocument seal, string ownAuthority, string peerState, string caseId, PeerDirectory peers)
    {
        if (cover.Recipient.Authority != ownAuthority)
            return new Refusal(RefusalCode.CoverAddressedElsewhere, $"the sealed cover names {cover.Recipient.Authority}", "files");
        if (cover.Sender.State != peerState)
            return new Refusal(RefusalCode.CoverRouting, $"the sealed cover is of {cover.Sender.Authority}; the case is with {peerState}", "files");
        if (cover.Case != caseId)
            return new Refusal(RefusalCode.CoverRouting, $"the sealed cover is of the case {cover.Case}, not of {caseId}; import it there", "files");
        if (!seal.Signer.ValidAt(seal.SigningTime))
            return new Refusal(RefusalCode.MarkSignerNotValid, $"the seal certificate was not valid at {seal.SigningTime:u}", "files");
        if (peers.ByState(cover.Sender.State) is { } peer && peer.Card.Card.Find(cover.Sender.Authority)?.Seal.Any(c => c.Sha256 == seal.Signer.Sha256) != true)
            // No connection stands beside a file that somebody brought, so a retired seal, which a thief could date back, does not count here.
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the seal is not one of {cover.Sender.Authority}'s in its card", "files");
        return null;
    }

    private static string Short(string name) => name.Length <= 200 ? name : name[..200];
}
