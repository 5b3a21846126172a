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

    /// <summary>The second person who looked at it and sends it; null when the signer does.</summary>
    public Approver? Approved { get; init; }

    public ReadOnlyMemory<byte> Content => Signed.Content;

    /// <summary>Checks the mark and that it is by the signing certificate registered for this user, valid now.</summary>
    public static Outcome<SubmittedDocument> Open(User signer, ReadOnlyMemory<byte> der, DateTimeOffset now, Approver? approved = null)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return refusal;
        if (signer.Signing is not { } certificate)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"no signing certificate is registered for {signer.Name}");
        if (signed.Signer.Sha256 != certificate.Sha256)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the document is not signed with the certificate registered for {signer.Name}");
        if (!certificate.ValidAt(now) || !certificate.ValidAt(signed.SigningTime))
            return new Refusal(RefusalCode.MarkSignerNotValid, $"the signing certificate of {signer.Name} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}");
        return new SubmittedDocument(signer, signed) { Approved = approved };
    }
}

/// <summary>Who approves what another person signed.</summary>
/// <param name="User">The person.</param>
/// <param name="Mark">The classification that the own State gives it; may be empty. It is never sent.</param>
internal sealed record Approver(User User, string Mark);
