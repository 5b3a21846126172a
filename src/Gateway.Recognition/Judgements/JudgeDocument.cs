using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Containers;
using Gateway.Recognition.Reports;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Judgements;

/// <summary>What was found: the technical verdict, for each signature the decision of law, and the report that tells both.</summary>
public sealed record Judgement(Verdict Verdict, IReadOnlyList<SignatureJudgement> Signatures, RecognitionReport Report);

/// <summary>One signature's part of it.</summary>
/// <param name="Verdict">The technical verdict.</param>
/// <param name="Trust">The list entry that the path ends at.</param>
/// <param name="Recognition">The decision of law.</param>
/// <param name="Findings">What the lists add to the engine's findings.</param>
public sealed record SignatureJudgement(SignatureVerdict Verdict, (TrustList List, TrustedService Service)? Trust, RecognitionDecision Recognition, IReadOnlyList<Finding> Findings);

/// <summary>
/// Judges one document: the engine says what is so, the lists who is believed, the agreements what it is worth. Pure: the same input gives the same judgement.
/// </summary>
public static class JudgeDocument
{
    /// <summary>The judgement. Never throws because of the document.</summary>
    public static Judgement Of(JudgementInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var agreements = input.Agreements.Select(a => a.Agreement).ToList();
        var verdict = RecogniseFile.Of(new RecognitionInput
        {
            Document = input.Document,
            Content = input.Content is { } content ? new SignedContent(content) : null,
            At = input.At,
            Trust = new TrustAnchors([.. input.Anchors, .. input.Lists.SelectMany(l => ListAnchors.Of(l, agreements))]),
            Material = input.Material,
            Policy = input.Policy,
            Proofs = input.Proofs,
        });
        var signatures = verdict.Signatures.Select(s => Judge(s, input, agreements)).ToList();
        return new Judgement(verdict, signatures, MakeReport.Of(input, verdict, signatures));
    }

    private static SignatureJudgement Judge(SignatureVerdict signature, JudgementInput input, List<Agreement> agreements)
    {
        var at = signature.BestSignatureTime ?? input.At;
        var anchor = signature.Chain.LastOrDefault(c => c.IsAnchor);
        var trust = anchor is not null && Digest.TryParse(anchor.Sha256, out var sha256) ? ListAnchors.Find(input.Lists, sha256, input.Use ?? MarkUse.SIGNATURE, at) : null;
        return new SignatureJudgement(signature, trust, Recognise(signature, trust, input, agreements, at), [.. AboutLists(signature, trust, input)]);
    }

    private static RecognitionDecision Recognise(SignatureVerdict signature, (TrustList List, TrustedService Service)? trust, JudgementInput input, List<Agreement> agreements, DateTimeOffset at)
    {
        if (input.Use is not { } use || input.Peer is not { } peer)
            return new(RecognitionAnswer.UNDETERMINED, "RECOGNITION_NOT_ASKED");
        if (signature.Indication == Indication.Failed)
            return new(RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_FAILED");
        if (signature.Indication != Indication.Passed)
            return new(RecognitionAnswer.UNDETERMINED, "RECOGNITION_OPEN");
        // A list that binds a service to one authority says who seals; a person's service is bound to none.
        bool? named = use is MarkUse.SEAL or MarkUse.STAMP && input.Authority is { } expected && trust?.Service.Authority is { } bound ? bound == expected : null;
        if (use == MarkUse.SIGNATURE && trust is { List.Kind: TrustListKind.CARD } && !IsForPersons(signature))
            named = false;
        var facts = new RecognitionFacts(use, peer, input.Kind, at, trust?.Service, trust?.List, SignerPolicies.Of(signature), signature.Algorithms.Where(a => a.Use == "SIGNATURE").Max(a => a.KeyBits) ?? 0, named);
        // What the card names was compared by two persons, and holds until the lawyer says more about this kind of mark.
        if (named != false && trust is { List.Kind: TrustListKind.CARD } card && card.List.Territory == peer && card.Service.At(at)?.Uses.Contains(use) == true
            && !agreements.Any(a => a.Direction == Direction.OURS && a.Peer == peer && a.Rules.Any(r => r.Object == use)))
            return new(RecognitionAnswer.RECOGNISED, "RECOGNITION_BY_CARD");
        return Decide.On(facts, agreements);
    }

    // RFC 5280 §4.2.1.3: nonRepudiation is what tells a signing certificate from one that only authenticates.
    private static bool IsForPersons(SignatureVerdict signature)
        => signature.Signer is { } signer && Certificate.Read(signer.Encoded).TryGet(out var certificate, out _) && (certificate.KeyUsage is not { } usage || (usage & X509KeyUsageFlags.NonRepudiation) != 0);

    private static IEnumerable<Finding> AboutLists(SignatureVerdict signature, (TrustList List, TrustedService Service)? trust, JudgementInput input)
    {
        if (trust is { } found && found.List.ExpiredAt(input.At))
            yield return new(FindingKey.TrustListExpired, Severity.Warning, null, $"list {found.List.Sequence} of {found.List.Territory} was to be replaced by {found.List.NextUpdate:u}", found.List.Sha256.ToString());
        if (signature.Findings.Any(f => f.Key == FindingKey.AnchorOutsideItsTime))
            yield return new(FindingKey.ServiceNotGranted, Severity.Information, null, "");
        if (trust is not null || signature.Findings.All(f => f.Key != FindingKey.NoPathToAnchor))
            yield break;
        if (NotGranted(signature, input) is { } service)
        {
            yield return new(FindingKey.ServiceNotGranted, Severity.Information, null, $"{service.Name}: {service.At(input.At)?.Status ?? "not yet listed"}");
            yield break;
        }
        var state = input.Peer ?? Last(signature)?.Country ?? signature.Signer?.Country;
        if (input.Lists.Count == 0 && input.Anchors.Count == 0 || state is not null && input.Anchors.Count == 0 && input.Lists.All(l => l.Territory != state))
            yield return new(FindingKey.TrustListUnavailable, Severity.Information, null, state is null ? "no list and no anchor was given" : $"no list of {state} is at hand");
        else if (input.Lists.FirstOrDefault(l => l.Territory == state) is { } list)
            yield return new(FindingKey.NotListed, Severity.Information, null, $"list {list.Sequence} of {list.Territory} does not name it", list.Sha256.ToString());
    }

    private static CertificateSummary? Last(SignatureVerdict signature) => signature.Chain is [.., var last] ? last : signature.Signer;

    /// <summary>A service that is listed under the name of the missing issuer, and was never granted when it counts.</summary>
    private static TrustedService? NotGranted(SignatureVerdict signature, JudgementInput input)
        => Last(signature) is { } last && Certificate.Read(last.Encoded).TryGet(out var certificate, out _)
            ? input.Lists.SelectMany(l => l.Services).FirstOrDefault(s => s.Certificates.Any(c => Certificate.Read(c).TryGet(out var listed, out _) && listed.SubjectDer.Span.SequenceEqual(certificate.IssuerDer.Span)))
            : null;
}
