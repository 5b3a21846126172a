namespace Gateway.Recognition.Algorithms;

/// <summary>
/// A signature algorithm for which the framework has no type. It is computed in managed code, everywhere; where <see cref="SecondOpinion"/> is on, libcrypto computes it
/// too, and only what both call valid is valid.
/// </summary>
internal abstract class NationalScheme(PublicKey key) : SignatureScheme
{
    public PublicKey Key => key;

    /// <summary>Whether the signature was made over these octets with the key that belongs to this one. Managed code; never throws because of its input.</summary>
    public abstract bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>What libcrypto says of the same; null when it cannot say (no library, no engine for GOST).</summary>
    public abstract bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>What the two ways said when they differed; null otherwise.</summary>
    public string? Dispute { get; private set; }

    public sealed override SignatureCheck Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = Verifies(message, signature);
        // Two implementations that differ over one signature: one of them is wrong, so nothing is known.
        if (SecondOpinion.IsOn && VerifiesNatively(message, signature) is { } second && second != valid)
        {
            Dispute = SecondOpinion.Tell(Name, valid, second);
            return SignatureCheck.NotAvailable;
        }
        return valid ? SignatureCheck.Valid : SignatureCheck.NotValid;
    }
}
