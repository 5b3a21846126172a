using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Benchmarks.Harness;
using Gateway.Protocol.Digests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;

namespace Gateway.Benchmarks.Recognise;

/// <summary>
/// A CAdES-B file with a chain of three certificates and a revocation list of each authority, made by openssl with fresh keys. openssl's own <c>cms</c> command cannot
/// sign with SM2: that file is put together here around a signature of openssl's.
/// </summary>
internal sealed class SignedSample
{
    private static readonly string[] s_gost = ["-engine", "gost"];

    private readonly string _folder;
    private readonly Kind _kind;

    private SignedSample(Kind kind, string folder) => (_kind, _folder) = (kind, folder);

    /// <summary>How openssl names an algorithm.</summary>
    public sealed record Kind(string Name, string Figure, string[] Generate, string Digest, bool Engine = false, string? Distinguished = null);

    public static IReadOnlyList<Kind> Kinds { get; } =
    [
        new("CAdES-B, P-256", "p256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "sha256"),
        new("CAdES-B, RSA-3072", "rsa3072", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"], "sha256"),
        new("CAdES-B, GOST-256", "gost256", ["-algorithm", "gost2012_256", "-pkeyopt", "paramset:A"], "md_gost12_256", Engine: true),
        new("CAdES-B, SM2", "sm2", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"], "sm3", Distinguished: "1234567812345678"),
    ];

    public string Document => At("signed.p7m");

    public string Root => At("root.crt");

    public IReadOnlyList<string> RevocationLists => [At("root.crl"), At("sub.crl")];

    /// <summary>Null when openssl cannot make it here (no GOST engine).</summary>
    public static async Task<SignedSample?> Make(Kind kind, string folder)
    {
        Directory.CreateDirectory(folder);
        var sample = new SignedSample(kind, folder);
        try
        {
            await sample.Keys();
            await sample.Sign();
            return sample;
        }
        catch (MeasurementFailedException e) when (kind.Engine)
        {
            Report.Step($"{kind.Name} is left out: {e.Message.Split('\n')[0]}");
            return null;
        }
    }

    /// <summary>The arguments with which openssl verifies the same file with the same material.</summary>
    public string[] VerifyArguments => ["cms", "-verify", "-in", Document, "-inform", "DER", "-CAfile", At("trust.pem"), "-crl_check_all", "-purpose", "any", "-cades", "-out", "/dev/null", .. Engine];

    private string[] Engine => _kind.Engine ? s_gost : [];

    private string[] Identity(string option) => _kind.Distinguished is { } id ? [option, $"distid:{id}"] : [];

    private string At(string name) => Path.Combine(_folder, name);

    private async Task Keys()
    {
        await File.WriteAllTextAsync(At("openssl.cnf"), """
            [req]
            distinguished_name = dn
            [dn]
            [authority]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash
            [person]
            basicConstraints = critical,CA:FALSE
            keyUsage = critical,digitalSignature,nonRepudiation
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            [ca]
            default_ca = any
            [any]
            database = index.txt
            default_crl_days = 30
            crl_extensions = crl
            [crl]
            authorityKeyIdentifier = keyid
            """.Replace("index.txt", At("index.txt"), StringComparison.Ordinal));
        await File.WriteAllTextAsync(At("index.txt"), "");
        foreach (var name in (string[])["root", "sub", "person"])
            await OpenSsl(["genpkey", .. _kind.Generate, "-out", At($"{name}.key"), .. Engine]);
        await OpenSsl(["req", "-x509", "-new", "-key", At("root.key"), "-subj", "/C=XA/O=Measured/CN=Root", "-days", "3650", $"-{_kind.Digest}", "-config", At("openssl.cnf"), "-extensions", "authority", "-out", Root, .. Identity("-sigopt"), .. Engine]);
        await Issue("sub", "/C=XA/O=Measured/CN=Issuer", "root", "authority");
        await Issue("person", "/C=XA/O=Measured/CN=Person", "sub", "person");
        foreach (var name in (string[])["root", "sub"])
        {
            await OpenSsl(["ca", "-gencrl", "-config", At("openssl.cnf"), "-keyfile", At($"{name}.key"), "-cert", At($"{name}.crt"), "-md", _kind.Digest, "-crldays", "30", "-out", At($"{name}.crl"), .. Identity("-sigopt"), .. Engine]);
        }
        await File.WriteAllTextAsync(At("trust.pem"), string.Concat(((string[])["root.crt", "root.crl", "sub.crl"]).Select(f => File.ReadAllText(At(f)))));
    }

    private async Task Issue(string name, string subject, string issuer, string extensions)
    {
        await OpenSsl(["req", "-new", "-key", At($"{name}.key"), "-subj", subject, $"-{_kind.Digest}", "-config", At("openssl.cnf"), "-out", At($"{name}.csr"), .. Identity("-sigopt"), .. Engine]);
        await OpenSsl(["x509", "-req", "-in", At($"{name}.csr"), "-CA", At($"{issuer}.crt"), "-CAkey", At($"{issuer}.key"), "-CAcreateserial", "-days", "1000", $"-{_kind.Digest}", "-extfile", At("openssl.cnf"),
            "-extensions", extensions, "-out", At($"{name}.crt"), .. Identity("-sigopt"), .. Identity("-vfyopt"), .. Engine]);
    }

    private async Task Sign()
    {
        await File.WriteAllBytesAsync(At("content"), RandomNumberGenerator.GetBytes(4096));
        if (_kind.Distinguished is null)
            await OpenSsl(["cms", "-sign", "-cades", "-binary", "-nodetach", "-nosmimecap", "-in", At("content"), "-signer", At("person.crt"), "-inkey", At("person.key"), "-certfile", At("sub.crt"), "-md", _kind.Digest, "-outform", "DER", "-out", Document, .. Engine]);
        else
            await Assemble(_kind.Distinguished);
    }

    // RFC 5652 with SM3 (1.2.156.10197.1.401) and SM2 with SM3 (1.2.156.10197.1.501).
    private async Task Assemble(string distinguished)
    {
        var content = await File.ReadAllBytesAsync(At("content"));
        var (person, sub) = (Certificate.ReadPem(await File.ReadAllTextAsync(At("person.crt"))).Value, Certificate.ReadPem(await File.ReadAllTextAsync(At("sub.crt"))).Value);
        var attributes = Attributes(person, content);
        await File.WriteAllBytesAsync(At("attributes"), attributes);
        await OpenSsl(["pkeyutl", "-sign", "-inkey", At("person.key"), "-rawin", "-digest", "sm3", "-pkeyopt", $"distid:{distinguished}", "-in", At("attributes"), "-out", At("signature")]);
        var w = new AsnWriter(AsnEncodingRules.DER);
        using (w.PushSequence())
        {
            w.WriteObjectIdentifier("1.2.840.113549.1.7.2");
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (w.PushSequence())
            {
                w.WriteInteger(1);
                using (w.PushSetOf())
                    Identifier(w, "1.2.156.10197.1.401");
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier("1.2.840.113549.1.7.1");
                    using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                        w.WriteOctetString(content);
                }
                using (w.PushSetOf(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    w.WriteEncodedValue(person.Der.Span);
                    w.WriteEncodedValue(sub.Der.Span);
                }
                using (w.PushSetOf())
                using (w.PushSequence())
                {
                    w.WriteInteger(1);
                    using (w.PushSequence())
                    {
                        w.WriteEncodedValue(person.IssuerDer.Span);
                        w.WriteInteger(person.Serial.Span);
                    }
                    Identifier(w, "1.2.156.10197.1.401");
                    w.WriteEncodedValue([0xa0, .. attributes[1..]]);
                    Identifier(w, "1.2.156.10197.1.501");
                    w.WriteOctetString(await File.ReadAllBytesAsync(At("signature")));
                }
            }
        }
        await File.WriteAllBytesAsync(Document, w.Encode());
    }

    private static byte[] Attributes(Certificate person, byte[] content)
    {
        var w = new AsnWriter(AsnEncodingRules.DER);
        using (w.PushSetOf())
        {
            Attribute(w, "1.2.840.113549.1.9.3", v => v.WriteObjectIdentifier("1.2.840.113549.1.7.1"));
            Attribute(w, "1.2.840.113549.1.9.4", v => v.WriteOctetString(Sm3.Hash(content)));
            Attribute(w, "1.2.840.113549.1.9.5", v => v.WriteUtcTime(person.NotBefore.AddMinutes(1)));
            Attribute(w, "1.2.840.113549.1.9.16.2.47", v =>
            {
                using (v.PushSequence())
                using (v.PushSequence())
                using (v.PushSequence())
                    v.WriteOctetString(person.Sha256.ToArray());
            });
        }
        return w.Encode();
    }

    private static void Attribute(AsnWriter w, string oid, Action<AsnWriter> value)
    {
        using (w.PushSequence())
        {
            w.WriteObjectIdentifier(oid);
            using (w.PushSetOf())
                value(w);
        }
    }

    private static void Identifier(AsnWriter w, string oid)
    {
        using (w.PushSequence())
            w.WriteObjectIdentifier(oid);
    }

    private static Task OpenSsl(IEnumerable<string> arguments) => Programs.Must(Programs.Find("openssl") ?? throw new MeasurementFailedException("openssl is not installed"), arguments);
}
