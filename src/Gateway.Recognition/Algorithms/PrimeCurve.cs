using System.Globalization;
using System.Numerics;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// The curves y² = x³ + ax + b that are taken, by name only: explicit parameters from outside never reach a library.
/// Numbers of FIPS 186-4 D.1.2 and RFC 5639 §3. The cofactor of each is 1: on the curve is in the group.
/// </summary>
internal sealed class PrimeCurve
{
    private static readonly Dictionary<string, PrimeCurve> Known = new PrimeCurve[]
    {
        new("P-256", "1.2.840.10045.3.1.7", 256,
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            null,
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        new("P-384", "1.3.132.0.34", 384,
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            null,
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
        new("P-521", "1.3.132.0.35", 521,
            "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            null,
            "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"),
        new("brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7", 256,
            "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
            "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
            "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
            "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
        new("brainpoolP320r1", "1.3.36.3.3.2.8.1.1.9", 320,
            "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
            "3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
            "520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
            "d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311"),
        new("brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11", 384,
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
            "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
            "4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"),
        new("brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13", 512,
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
            "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
            "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"),
        new("brainpoolP256t1", "1.3.36.3.3.2.8.1.1.8", 256,
            "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
            null,
            "662c61c430d84ea4fe66a7733d0b76b7bf93ebc4af2f49256ae58101fee92b04",
            "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
        new("brainpoolP384t1", "1.3.36.3.3.2.8.1.1.12", 384,
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
            null,
            "7f519eada7bda81bd826dba647910f8c4b9346ed8ccdc64e4b1abd11756dce1d2074aa263b88805ced70355a33b471ee",
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"),
        new("brainpoolP512t1", "1.3.36.3.3.2.8.1.1.14", 512,
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
            null,
            "7cbbbcf9441cfab76e1890e46884eae321f70c0bcb4981527897504bec3e36a62bcdfa2304976540f6450085f2dae145c22553b465763689180ea2571867423e",
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"),
        new("P-224", "1.3.132.0.33", 224,
            "ffffffffffffffffffffffffffffffff000000000000000000000001",
            null,
            "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
            "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d"),
    }.ToDictionary(c => c.Oid, StringComparer.Ordinal);

    private readonly BigInteger _p;
    private readonly BigInteger _a;
    private readonly BigInteger _b;

    private PrimeCurve(string name, string oid, int bits, string p, string? a, string b, string n)
    {
        (Name, Oid, Bits) = (name, oid, bits);
        (_p, _b, N) = (Number(p), Number(b), Number(n));
        // Most curves have a = -3.
        _a = a is null ? _p - 3 : Number(a);
    }

    public string Name { get; }

    public string Oid { get; }

    public int Bits { get; }

    /// <summary>Octets of a coordinate.</summary>
    public int FieldBytes => (Bits + 7) / 8;

    /// <summary>Order of the group.</summary>
    public BigInteger N { get; }

    /// <summary>Octets of r and of s.</summary>
    public int OrderBytes => ((int)N.GetBitLength() + 7) / 8;

    public static PrimeCurve? Find(string oid) => Known.GetValueOrDefault(oid);

    /// <summary>x and y, each of <see cref="FieldBytes"/>, of a point that is compressed or not (SEC 1 §2.3.4); null when it is none or not on the curve.</summary>
    public byte[]? Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length == 1 + 2 * FieldBytes && encoded[0] == 4)
        {
            var (x, y) = (Positive(encoded.Slice(1, FieldBytes)), Positive(encoded[(1 + FieldBytes)..]));
            return x < _p && y < _p && (y * y - RightSide(x)) % _p == BigInteger.Zero ? encoded[1..].ToArray() : null;
        }

        if (encoded.Length != 1 + FieldBytes || encoded[0] is not (2 or 3))
            return null;
        var abscissa = Positive(encoded[1..]);
        // Every p but that of P-224 is 3 modulo 4, so that a root is one power away.
        if (abscissa >= _p || _p % 4 != 3)
            return null;
        var right = RightSide(abscissa);
        var root = BigInteger.ModPow(right, (_p + 1) / 4, _p);
        if ((root * root - right) % _p != BigInteger.Zero)
            return null;
        if (root.IsEven != (encoded[0] == 2))
            root = _p - root;
        var point = new byte[2 * FieldBytes];
        encoded[1..].CopyTo(point);
        var ordinate = root.ToByteArray(isUnsigned: true, isBigEndian: true);
        ordinate.CopyTo(point, point.Length - ordinate.Length);
        return point;
    }

    private BigInteger RightSide(BigInteger x) => (x * x * x + _a * x + _b) % _p;

    private static BigInteger Positive(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
