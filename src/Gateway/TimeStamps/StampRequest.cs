using System.Security.Cryptography;
using Gateway.Protocol.Refusals;

namespace Gateway.TimeStamps;

/// <summary>
/// Has one signed request stamped for a State that asks for it (its profile, <c>requiresTimeStamp</c>): the authorities of the configuration are asked in their order, the first good answer counts.
/// The token is over the request as signed, CMS and all: <c>openssl ts -verify -data request.cms</c> checks it, and no signature has to be written anew.
/// </summary>
internal sealed class StampRequest(AskAuthority ask, TimeStampOptions options, TimeProvider clock)
{
    private static readonly TimeSpan InAnEmergency = TimeSpan.FromSeconds(5);

    /// <summary>Whether there is anybody to ask.</summary>
    public bool Possible => options.Authorities.Count > 0;

    /// <summary>The reply as it came, after it was verified.</summary>
    /// <param name="signed">The request as signed, DER.</param>
    /// <param name="state">The State that asks for it, for the refusal.</param>
    /// <param name="emergency">All of them together have a few seconds, since it leaves without.</param>
    public async Task<Outcome<byte[]>> Run(ReadOnlyMemory<byte> signed, string state, bool emergency)
    {
        using var patience = new CancellationTokenSource(emergency ? InAnEmergency : Timeout.InfiniteTimeSpan, clock);
        var failures = new List<string>();
        try
        {
            foreach (var authority in options.Authorities)
            {
                if ((await One(authority, signed, patience.Token)).TryGet(out var reply, out var refusal))
                    return reply;
                failures.Add(refusal.Detail);
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            failures.Add($"none answered within {InAnEmergency.TotalSeconds:0} seconds");
        }
        return new Refusal(RefusalCode.RequestTimeStamp, $"{state} takes a request only with a time-stamp (RFC 3161) over its signature; {(failures.Count == 0 ? "this gateway asks no time-stamp authority" : string.Join("; ", failures))}");
    }

    private async Task<Outcome<byte[]>> One(TimeStampAuthorityOptions authority, ReadOnlyMemory<byte> signed, CancellationToken patience)
    {
        try
        {
            // Before anybody is asked: what cannot be judged then is worth nothing.
            var trust = TimeStampCheck.Trust(authority);
            var request = TimeStampRequest.New(signed.Span, authority.Policy.Length == 0 ? null : authority.Policy);
            return (await ask.Run(authority, request, patience)).TryGet(out var reply, out var refusal)
                && TimeStampCheck.Open(authority, trust, request, signed, reply, clock.GetUtcNow()).TryGet(out _, out refusal) ? reply : refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            // A certificate that cannot be read keeps nobody from asking the others, and no emergency from leaving.
            return new Refusal(RefusalCode.RequestTimeStamp, $"{authority.Name}: {e.Message}");
        }
    }
}
