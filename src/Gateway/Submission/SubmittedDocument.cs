using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>A document whose signature is the user's own: only <see cref="Open"/> makes one.</summary>
internal sealed class SubmittedDocument
{
    private SubmittedDocument(User user, SignedDocument signed)
    {
        User = user;
        Signed = signed;
    }

    /// <summary>Who signed: for a system account, the person it acts for.</summary>
    public User User { get; }

    public SignedDocument Signed { get; }

    public ReadOnlyMemory<byte> Content => Signed.Content;

    /// <summary>Checks the mark and that it is by the signing certificate registered for this user, valid now.</summary>
    public static Outcome<SubmittedDocument> Open(User signer, ReadOnlyMemory<byte> der, DateTimeOffset now)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return refusal;
        if (signer.Signing is not { } certificate)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"no signing certificate is registered for {signer.Name}");
        if (signed.Signer.Sha256 != certificate.Sha256)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the document is not signed with the certificate registered for {signer.Name}");
        if (!certificate.ValidAt(now) || !certificate.ValidAt(signed.SigningTime))
            return new Refusal(RefusalCode.MarkSignerNotValid, $"the signing certificate of {signer.Name} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}");
        return new SubmittedDocument(signer, signed);
    }
}
