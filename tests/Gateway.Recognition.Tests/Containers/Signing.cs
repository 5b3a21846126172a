using Gateway.Recognition.Certificates;
using Gateway.Recognition.Containers;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Tests.Algorithms;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>A signer whose root is trusted, made by openssl for the tests of one class: what is unspoilt passes, so that each test sees what its own damage does.</summary>
public sealed class Signing : IDisposable
{
    private readonly OpenSslCommand _openssl = new();

    public Signing()
    {
        _openssl.Run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.crt", "-days", "3650", "-subj", "/C=XA/CN=Root",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
        _openssl.Run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "signer.key", "-out", "signer.csr", "-subj", "/C=XA/CN=Signer");
        _openssl.Write("ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"u8);
        _openssl.Run("x509", "-req", "-in", "signer.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial", "-days", "365", "-extfile", "ext", "-out", "signer.crt");
        Root = NationalSamples.FromPem(File.ReadAllText(Path.Combine(_openssl.Folder, "root.crt")));
    }

    public byte[] Root { get; }

    /// <summary>A detached CAdES-B signature.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content, params string[] more)
    {
        _openssl.Write("content", content);
        _openssl.Run(["cms", "-sign", "-binary", "-nosmimecap", "-md", "sha256", "-in", "content", "-signer", "signer.crt", "-inkey", "signer.key", "-outform", "DER", "-out", "signature", .. more.Length == 0 ? ["-cades"] : more]);
        return _openssl.Read("signature");
    }

    public Verdict Judge(ReadOnlyMemory<byte> file) => RecogniseFile.Of(Input(file, Root));

    public static RecognitionInput Input(ReadOnlyMemory<byte> file, params byte[][] anchors) => new()
    {
        Document = file,
        At = TimeProvider.System.GetUtcNow().AddMinutes(1),
        Trust = new TrustAnchors([.. anchors.Select(a => new TrustAnchor { Certificate = a, Label = "test" })]),
        Policy = ValidationPolicy.Default with { RequireRevocation = false },
    };

    public void Dispose() => _openssl.Dispose();

    /// <summary>What was found, in one line, for messages of failed tests.</summary>
    public static string Told(Verdict verdict) => $"{verdict.Indication}: {string.Join(" | ", verdict.Findings)} || {string.Join(" || ", verdict.Signatures.Select(s => $"{s.Indication} {string.Join(" | ", s.Findings)}"))} || {string.Join(" || ", verdict.TimeStamps.Select(t => $"TST {t.Indication} {string.Join(" | ", t.Findings)}"))}";
}
