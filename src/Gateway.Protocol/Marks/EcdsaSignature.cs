using System.Formats.Asn1;

namespace Gateway.Protocol.Marks;

/// <summary>
/// ECDSA signatures from their DER form (RFC 3279 §2.2.3) to r ‖ s. The library's own DER decoding accepts r and s without their leading zero (measured with
/// the Wycheproof vectors), so the strict reading is done here.
/// </summary>
internal static class EcdsaSignature
{
    /// <summary>Writes r ‖ s; false unless the DER is strict and 1 ≤ r, s &lt; n.</summary>
    public static bool TryRead(ReadOnlySpan<byte> der, NamedCurve curve, Span<byte> rs)
    {
        if (DerScan.Check(der, 3) is not null)
            return false;
        try
        {
            var outer = new DerReader(der);
            var sequence = outer.Sequence();
            var r = sequence.Integer();
            var s = sequence.Integer();
            return sequence.IsEmpty && Fits(r, curve, rs[..curve.FieldBytes]) && Fits(s, curve, rs[curve.FieldBytes..]);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool Fits(ReadOnlySpan<byte> integer, NamedCurve curve, Span<byte> fixedLength)
    {
        if (integer[0] >= 0x80)
            return false; // negative
        if (integer[0] == 0)
            integer = integer[1..]; // sign octet, or zero itself
        if (integer.IsEmpty || integer.Length > fixedLength.Length)
            return false;
        fixedLength.Clear();
        integer.CopyTo(fixedLength[^integer.Length..]);
        return fixedLength.SequenceCompareTo(curve.Order) < 0;
    }
}
