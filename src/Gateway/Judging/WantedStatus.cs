using System.Threading.Channels;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Validation;

namespace Gateway.Judging;

/// <summary>A certificate whose revocation status a judgement lacked, with its issuer.</summary>
internal sealed record WantedCertificate(string State, ReadOnlyMemory<byte> Certificate, ReadOnlyMemory<byte> Issuer);

/// <summary>
/// What judgements lacked and a responder of the configuration may know. A judgement never waits for the network: the answer serves the next one. In memory and bounded; what is lost is asked
/// for again by the next judgement.
/// </summary>
internal sealed class WantedStatus(JudgingOptions options)
{
    private const int Waiting = 256;

    private readonly Channel<WantedCertificate> _wanted = Channel.CreateBounded<WantedCertificate>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public ChannelReader<WantedCertificate> Reader => _wanted.Reader;

    /// <summary>Notes the certificates of a judgement that were undecided for want of status.</summary>
    public void Note(string state, Judgement judgement)
    {
        if (!options.Sources.Any(s => s.Kind == TrustSource.Ocsp && s.State == state))
            return;
        foreach (var signature in judgement.Verdict.Signatures.Where(s => s.Findings.Any(Lacks)))
        {
            foreach (var (certificate, issuer) in signature.Chain.Zip(signature.Chain.Skip(1)))
                _wanted.Writer.TryWrite(new WantedCertificate(state, certificate.Encoded, issuer.Encoded));
        }
    }

    private static bool Lacks(Finding finding) => finding.Key is FindingKey.RevocationStatusMissing or FindingKey.RevocationStatusStale or FindingKey.RevocationStatusUnusable or FindingKey.DeltaListRefused or FindingKey.IndirectListRefused or FindingKey.RevocationStatusUnknown;
}
