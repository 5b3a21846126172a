using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// The one place that knows which signature algorithms there are. Each family looks at the request and says null (not mine), a scheme bound to the checked key, or why not.
/// </summary>
internal static class SignatureAlgorithms
{
    private static readonly Func<SchemeRequest, SchemeChoice?>[] Families =
    [
        RsaPkcs1.Match,
        RsaPss.Match,
        Ecdsa.Match,
        Gost.Match,
        Sm2.Match,
        Ed25519Scheme.Match,
        Ed448.Match,
    ];

    public static SchemeChoice Find(SchemeRequest request)
    {
        try
        {
            foreach (var family in Families)
            {
                if (family(request) is { } choice)
                    return choice;
            }
        }
        catch (AsnContentException e)
        {
            return SchemeChoice.KeyRefused($"the key or its parameters cannot be read: {e.Message}");
        }

        return SchemeChoice.NotAvailable($"signature algorithm {request.Algorithm.Oid} with a key {request.Key.Algorithm.Oid} is not known here");
    }

    public static (SignatureCheck Check, SignatureScheme? Scheme, string Detail) Verify(SchemeRequest request, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var choice = Find(request);
        if (choice.Scheme is null)
            return (choice.Problem, null, choice.Detail);
        try
        {
            var check = choice.Scheme.Verify(message, signature);
            return (check, choice.Scheme, (choice.Scheme as NationalScheme)?.Dispute ?? choice.Scheme.Name);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // The library lacks the curve or the digest: not a word about the signature.
            return (SignatureCheck.NotAvailable, choice.Scheme, $"{choice.Scheme.Name}: {e.Message}");
        }
    }
}
