using System.Security.Cryptography.X509Certificates;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

namespace Gateway.Judging;

/// <summary>Which of the three marks.</summary>
internal enum Mark
{
    SIGNATURE,
    STAMP,
    SEAL,
}

/// <summary>What was found about one mark. No refusal means PASSED.</summary>
internal sealed record MarkVerdict(Mark Mark, string Signer, DateTimeOffset SignedAt, Refusal? Refusal, string Sentence)
{
    /// <summary>PASSED, or the refusal's code.</summary>
    public string Verdict => Refusal?.Code.Text() ?? "PASSED";

    /// <summary>Could not be decided: never "good", never "bad".</summary>
    public bool IsUndetermined => Refusal?.Code is RefusalCode.SignatureUndetermined or RefusalCode.NoRecognitionAgreement;
}

/// <summary>
/// Judges the marks affixed inside a cover against the sending State's card, at the time of signing: a person's signature must
/// come from a certificate that one of the card's person authorities issued; a stamp from one of the authority's stamp certificates.
/// </summary>
internal static class JudgeMarks
{
    /// <summary>A person's signature over a document of the sending State.</summary>
    public static MarkVerdict Signature(SignedDocument signed, PeerCard card)
    {
        var signer = signed.Signer;
        var name = signer.CommonName ?? signer.Subject;
        if (card.PersonAuthorities.FirstOrDefault(a => a.IsAuthority && signer.IssuedBy(a)) is not { } issuer)
            return new(Mark.SIGNATURE, name, signed.SigningTime, new Refusal(RefusalCode.SignatureUndetermined, $"Signature could not be decided: no authority in the card of {card.State} issued the certificate of {name}. An officer of the addressee decides."),
                $"The signature fits the document, but the card of {card.State} names no authority that issued this person's certificate.");
        if (!signer.ValidAt(signed.SigningTime) || !issuer.ValidAt(signed.SigningTime))
            return new(Mark.SIGNATURE, name, signed.SigningTime, new Refusal(RefusalCode.SignerRevokedOrExpired, $"Certificate {Serial(signer)} was not valid at {signed.SigningTime:u}."),
                $"The certificate of {name} was not valid when it signed.");
        if (signer.UnknownCriticalExtensions.Count > 0)
            return new(Mark.SIGNATURE, name, signed.SigningTime, new Refusal(RefusalCode.SignatureUndetermined, $"Signature could not be decided: the certificate of {name} has a critical extension that is not understood. An officer of the addressee decides."),
                $"The certificate of {name} sets a condition that is not understood here ({string.Join(", ", signer.UnknownCriticalExtensions)}).");
        // A key does one thing: the certificate of a TLS client, a seal or a stamp is no person's signature, whoever issued it.
        return IsForPersons(signer) && !card.Authorities.Any(a => a.Tls.Concat(a.Seal).Concat(a.Stamp).Any(c => c.SpkiSha256 == signer.SpkiSha256))
            ? new(Mark.SIGNATURE, name, signed.SigningTime, null, $"Signature of {name}, certified by {issuer.CommonName ?? issuer.Subject} of {card.State}, fits the document.")
            : new(Mark.SIGNATURE, name, signed.SigningTime, new Refusal(RefusalCode.SignatureInvalid, $"The certificate of {name} is not for signatures of persons."), $"The certificate of {name} is not for signatures of persons.");
    }

    /// <summary>
    /// The same; where the card does not explain the signer, the State's trusted list and the agreements with it are asked; where it does, revocation status at hand. What they say is added to
    /// what was judged on this <paramref name="occasion"/>.
    /// </summary>
    public static MarkVerdict Signature(SignedDocument signed, SignedCard card, JudgeFiles files, Occasion occasion)
    {
        var verdict = Signature(signed, card.Card);
        var file = verdict.Refusal is null ? files.Against(signed, card, occasion) : verdict.Refusal.Code == RefusalCode.SignatureUndetermined ? files.Signature(signed, card, occasion) : null;
        if (file is null)
            return verdict;
        occasion.Judged.Add(file);
        var signature = file.Judgement.Signatures.Count > 0 ? file.Judgement.Report.Signatures[0] : null;
        return verdict with
        {
            Refusal = file.Refusal,
            Sentence = signature is null ? verdict.Sentence : $"Signature of {verdict.Signer}: {signature.Indication}, {signature.Recognition.Decision}. {signature.Recognition.Text}",
        };
    }

    /// <summary>RFC 5280 §4.2.1.3: nonRepudiation (contentCommitment) is what tells a signing certificate from one that only authenticates.</summary>
    private static bool IsForPersons(Certificate certificate)
        => certificate.KeyUsage is not { } usage || (usage & X509KeyUsageFlags.NonRepudiation) != 0;

    /// <summary>The registry's stamp over <paramref name="stamped"/> (the signed document, DER); <paramref name="retired"/>: what the card names no more.</summary>
    public static MarkVerdict Stamp(Part part, Digest stamped, CardAuthority authority, RetiredMarks retired)
    {
        var opened = SignedDocument.Open(part.Content);
        if (!opened.TryGet(out var signed, out var refusal))
            return Failed("", default, refusal, "The stamp is not a readable mark.");
        var name = signed.Signer.CommonName ?? signed.Signer.Subject;
        if (!Protocol.Acts.Stamp.Read(signed.Content).TryGet(out var stamp, out refusal))
            return Failed(name, signed.SigningTime, refusal, "The stamp's document cannot be read.");
        if (stamp.RequestSha256 != stamped || stamp.Authority != authority.Id)
            return Failed(name, signed.SigningTime, new(RefusalCode.SignatureInvalid, "The stamp belongs to another document."), "The stamp belongs to another document.");
        // The time that the stamp states and the one of its signature must both be of the time in which a card named the certificate.
        if (authority.Stamp.All(c => c.Sha256 != signed.Signer.Sha256)
            && !(retired.Covers(authority.Id, signed.Signer.Sha256, stamp: true, signed.SigningTime) && retired.Covers(authority.Id, signed.Signer.Sha256, stamp: true, stamp.Time)))
            return Failed(name, signed.SigningTime, new(RefusalCode.SignatureInvalid, $"The stamp is not one of {authority.Id}'s."), $"The stamp is not by a registry that the card names for {authority.Id}.");
        return signed.Signer.ValidAt(signed.SigningTime)
            ? new(Mark.STAMP, name, signed.SigningTime, null, $"Stamp {stamp.Number} of {stamp.Office}.")
            : Failed(name, signed.SigningTime, new(RefusalCode.SignerRevokedOrExpired, $"Certificate {Serial(signed.Signer)} was not valid at {signed.SigningTime:u}."), "The stamp certificate was not valid when it stamped.");
    }

    /// <summary>An act that a gateway did by itself: sealed by the authority, in the place of a person's signature.</summary>
    public static MarkVerdict Automatic(SignedDocument signed, CardAuthority authority, RetiredMarks retired)
    {
        var name = signed.Signer.CommonName ?? signed.Signer.Subject;
        if (authority.Seal.All(c => c.Sha256 != signed.Signer.Sha256) && !retired.Covers(authority.Id, signed.Signer.Sha256, stamp: false, signed.SigningTime))
            return new(Mark.SEAL, name, signed.SigningTime, new Refusal(RefusalCode.SignatureInvalid, $"An act that no person did must be sealed by {authority.Id}."), $"The seal is not one of {authority.Id}'s.");
        return signed.Signer.ValidAt(signed.SigningTime)
            ? new(Mark.SEAL, name, signed.SigningTime, null, $"Stated by the gateway of {authority.Name} itself; no person signed it.")
            : new(Mark.SEAL, name, signed.SigningTime, new Refusal(RefusalCode.SignerRevokedOrExpired, $"Certificate {Serial(signed.Signer)} was not valid at {signed.SigningTime:u}."), "The seal certificate was not valid when it sealed.");
    }

    /// <summary>The verdict on a seal that <c>OpenedMessage</c> has verified.</summary>
    public static MarkVerdict Seal(SignedDocument seal, CardAuthority authority)
        => new(Mark.SEAL, seal.Signer.CommonName ?? seal.Signer.Subject, seal.SigningTime, null, $"Seal of {authority.Name} ({authority.Id}), as its State's card names it.");

    private static MarkVerdict Failed(string signer, DateTimeOffset at, Refusal refusal, string sentence) => new(Mark.STAMP, signer, at, refusal, sentence);

    private static string Serial(Certificate certificate) => Convert.ToHexStringLower(certificate.Serial.Span);
}
