using Gateway.Protocol.Bundles;

namespace Gateway.Verifier.Tests;

/// <summary>What deploy/verify.sh makes of the bundle of each finding that breaks one (docs/errors.md has the same table).</summary>
internal static class VerifyShCodes
{
    /// <summary>By what it says then.</summary>
    public static IReadOnlyDictionary<FindingCode, string> Found { get; } = new Dictionary<FindingCode, string>
    {
        [FindingCode.NotABundle] = "is not a ZIP",
        [FindingCode.ContainerDamaged] = "is not a ZIP",
        [FindingCode.NameRefused] = "names twice, links, or names that leave the folder",
        [FindingCode.NameTwice] = "names twice, links, or names that leave the folder",
        [FindingCode.NotAFile] = "names twice, links, or names that leave the folder",
        [FindingCode.EncodingRefused] = "the ZIP is damaged",
        [FindingCode.FileDamaged] = "the ZIP is damaged",
        [FindingCode.ManifestMissing] = "MANIFEST.sha256, MANIFEST.cms, case.json, trust/ or receipts/ is missing",
        [FindingCode.ManifestMalformed] = "files differ from MANIFEST.sha256",
        [FindingCode.FileNotListed] = "there are files that MANIFEST.sha256 does not list",
        [FindingCode.FileMissing] = "files differ from MANIFEST.sha256",
        [FindingCode.FileChanged] = "files differ from MANIFEST.sha256",
        [FindingCode.ManifestSealBroken] = "the seal is over another MANIFEST.sha256",
        [FindingCode.ManifestSealerUnknown] = "MANIFEST.cms is not sealed by",
        [FindingCode.CaseFileUnreadable] = "MANIFEST.cms is not sealed by",
        [FindingCode.CaseFileDiffers] = "case.json states another number of",
        [FindingCode.LogRangeDiffers] = "case.json states another part of",
        [FindingCode.ReceiptMarkBroken] = "seal of receipts/",
        [FindingCode.ReceiptUnreadable] = "stands where another receipt belongs",
        [FindingCode.ReceiptMisplaced] = "stands where another receipt belongs",
        [FindingCode.ReceiptMissing] = "stands where another receipt belongs",
        [FindingCode.ChainBroken] = "names another receipt before it",
        [FindingCode.PeerHeadUnknown] = "names another receipts/",
        [FindingCode.PeerHeadBackwards] = "knows fewer receipts of",
        [FindingCode.ClosingDiffers] = "follows the receipt with which",
        [FindingCode.SealNotValid] = "was not valid then, or no card of",
        [FindingCode.DocumentMisnamed] = "has another digest",
        [FindingCode.DocumentMarkBroken] = "is signed by nobody in the cards",
        [FindingCode.DocumentUnreadable] = "is signed by nobody in the cards",
        [FindingCode.DocumentMissing] = "which is neither here nor withheld",
        [FindingCode.SignerNotValid] = "the signature on the part",
        [FindingCode.EvidenceIncomplete] = "is not under evidence/",
        [FindingCode.ContentDiffers] = "has another digest than its manifest states",
        [FindingCode.CustodyChainBroken] = "does not follow the one before it",
        [FindingCode.CustodyTailMissing] = "are stated to end at",
        [FindingCode.CardBroken] = "is no card of",
        [FindingCode.CardMissing] = "has no card",
        [FindingCode.AnchorContradicts] = "is signed by the key",
        [FindingCode.TrustFileDiffers] = "holds a certificate that no card of",
        [FindingCode.CheckpointBroken] = "is not signed by the log of",
        [FindingCode.LogKeyUnknown] = "is not signed by the log of",
        [FindingCode.LogKeyNotInForce] = "or a signature on it does not hold",
        [FindingCode.CosignatureInFuture] = "or a signature on it does not hold",
        [FindingCode.LogForked] = "have different roots",
        [FindingCode.LogOrder] = "it was logged in another order",
        [FindingCode.ProofBroken] = "does not prove",
        [FindingCode.ProofMissing] = "it counts as never logged",
        [FindingCode.GrowthBroken] = "the log was not only added to",
        [FindingCode.LogPastEnd] = "carries nothing",
        [FindingCode.ReceiptForked] = "issued two receipts",
        [FindingCode.ErasureBroken] = "is no erasure that a State sealed",
    };

    /// <summary>By the reason why it does not look.</summary>
    public static IReadOnlyDictionary<FindingCode, string> Left { get; } = new Dictionary<FindingCode, string>
    {
        [FindingCode.LimitExceeded] = "it has limits of its own, 200,000 files and 4 GiB, and gives no verdict beyond",
        [FindingCode.SealNotListed] = "a seal of any authority of the State counts",
        [FindingCode.CoverContradicts] = "that a message and what is inside or about it agree is a rule of content",
        [FindingCode.PartBroken] = "which parts a message needs is a rule of content; each that is there has its digest and its signature",
        [FindingCode.StampDiffers] = "the stamp has its signature; what it was put on is a rule of content",
        [FindingCode.ReceiptLacking] = "which receipt must stand before another is a rule of content; the chain has no gap",
        [FindingCode.EvidenceManifestDiffers] = "which case a manifest is of is a rule of content; it is one that was sent",
        [FindingCode.ReleaseLacking] = "who may release is a rule of content",
        [FindingCode.HandOverDiffers] = "what a hand-over states is content",
        [FindingCode.CustodyOutOfOrder] = "what a manifest tells of custody is content",
        [FindingCode.CustodyHashDiffers] = "what a manifest tells of custody is content",
        [FindingCode.ReleaseTermsDiffer] = "what a release allows is content",
        [FindingCode.LossDiffers] = "who may give up an item is a rule of content",
        [FindingCode.CustodySigner] = "who may sign which event is a rule of content; the signature is checked",
        [FindingCode.RecordDiffers] = "what a record states is content",
        [FindingCode.CertifierDiffers] = "who may sign a record is a rule of content",
        [FindingCode.PolicyDiffers] = "it takes no key from the policy in the bundle, only names of witnesses",
        [FindingCode.PolicyNotMet] = "it takes no policy of yours",
        [FindingCode.TimeStampBroken] = "time-stamps are left to gateway-verify",
        [FindingCode.ErasureDiffers] = "what an erasure states is content; it is sealed and stands in the log",
        [FindingCode.VerdictUnreadable] = "verdicts on foreign signatures are left to gateway-verify",
        [FindingCode.VerdictDiffers] = "verdicts on foreign signatures are left to gateway-verify",
        [FindingCode.VerdictMaterialChanged] = "what verdicts rest on is nobody's card here: left with the verdicts",
    };

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<FindingCode> Broken { get; } = [.. Enum.GetValues<FindingCode>().Where(code => Finding.SeverityOf(code) == Severity.Broken).Order()];

    /// <summary>Whether it ended as the table says.</summary>
    public static bool Holds(FindingCode code, int exit, string output)
        => Found.TryGetValue(code, out var words) ? exit == 1 && output.Contains(words, StringComparison.Ordinal) : Left.ContainsKey(code) && exit is 0 or 3;
}
