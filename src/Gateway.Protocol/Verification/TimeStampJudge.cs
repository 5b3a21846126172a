namespace Gateway.Protocol.Verification;

/// <summary>
/// Judges a reply of a time-stamp authority (RFC 3161) over some bytes. The engine that judges foreign signatures lies above this library; whoever runs
/// <see cref="BundleCheck"/> gives it. Called by several threads; never throws because of what it is given.
/// </summary>
/// <param name="reply">TimeStampResp or the token in it, from anybody.</param>
/// <param name="stamped">The bytes that it should stamp.</param>
public delegate TimeStampJudgement TimeStampJudge(ReadOnlyMemory<byte> reply, ReadOnlyMemory<byte> stamped);

/// <summary>What a <see cref="TimeStampJudge"/> found.</summary>
/// <param name="Time">The time that the authority states; null when the token cannot be read.</param>
/// <param name="Authority">Its name in its certificate; untrusted text.</param>
/// <param name="Broken">What no further material can mend: other bytes, a signature that does not hold, no token at all; null when there is no such thing.</param>
/// <param name="Unconfirmed">Why nothing from outside confirms the authority; null when it is confirmed.</param>
public sealed record TimeStampJudgement(DateTimeOffset? Time, string? Authority, string? Broken, string? Unconfirmed);
