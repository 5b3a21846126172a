using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Tests.Infrastructure;
using Gateway.TimeStamps;

namespace Gateway.Tests.TimeStamps;

/// <summary>A time-stamp authority: <c>openssl ts -reply</c> behind a small HTTP front. It can be taken down, and its answers can be bent.</summary>
internal sealed class TestAuthority : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tsa-").FullName;
    private readonly HttpListener _http = new();
    private readonly Task _serving;
    private readonly int _port = TestState.FreePort();

    public TestAuthority(string policy = "1.3.6.1.4.1.99999.1")
    {
        Make("tsa", Make("root", null));
        Make("stranger", Make("other-root", null));
        Root = Path.Combine(_folder, "root.crt");
        foreach (var name in new[] { "tsa", "stranger" })
            WriteConfiguration(name, policy);
        _http.Prefixes.Add($"http://127.0.0.1:{_port}/");
        _http.Start();
        _serving = Task.Run(Serve);
    }

    public string Url => $"http://127.0.0.1:{_port}/";

    public string Root { get; }

    public string RootPem => File.ReadAllText(Root);

    /// <summary>Which key answers: <c>tsa</c>, or <c>stranger</c>: the same names under another root.</summary>
    public string Signs { get; set; } = "tsa";

    /// <summary>Answers nothing but an error.</summary>
    public bool Down { get; set; }

    /// <summary>Changes the reply before it is sent.</summary>
    public Func<byte[], byte[]> Bend { get; set; } = reply => reply;

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    public TimeStampAuthorityOptions Options(string name = "tsa-1", string policy = "") => new() { Name = name, Url = Url, Roots = [Root], Policy = policy };

    /// <summary>Whether <c>openssl ts -verify</c> accepts a stored reply over these bytes.</summary>
    public bool Verifies(byte[] content, byte[] reply)
    {
        var (data, answer) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "answer.tsr"));
        File.WriteAllBytes(data, content);
        File.WriteAllBytes(answer, reply);
        return Run("ts", "-verify", "-data", data, "-in", answer, "-CAfile", Root) == 0;
    }

    /// <summary>The reply to a request, as <c>openssl</c> makes it.</summary>
    public byte[] Reply(byte[] request)
    {
        var (query, reply) = (Path.Combine(_folder, "query.tsq"), Path.Combine(_folder, "reply.tsr"));
        File.WriteAllBytes(query, request);
        if (Run("ts", "-reply", "-config", Path.Combine(_folder, $"{Signs}.cnf"), "-queryfile", query, "-out", reply) != 0)
            throw new InvalidOperationException("openssl ts -reply failed");
        return File.ReadAllBytes(reply);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Stop();
        await _serving;
        _http.Close();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task Serve()
    {
        while (_http.IsListening)
        {
            try
            {
                var context = await _http.GetContextAsync();
                Answer(context);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        Asked++;
        using var body = new MemoryStream();
        context.Request.InputStream.CopyTo(body);
        using var response = context.Response;
        if (Down || context.Request.ContentType != "application/timestamp-query")
        {
            response.StatusCode = 503;
            return;
        }
        var reply = Bend(Reply(body.ToArray()));
        response.ContentType = "application/timestamp-reply";
        response.OutputStream.Write(reply);
    }

    private void WriteConfiguration(string name, string policy)
    {
        File.WriteAllText(Path.Combine(_folder, $"{name}.serial"), "01\n");
        File.WriteAllText(Path.Combine(_folder, $"{name}.cnf"), $"""
            [tsa]
            default_tsa = config
            [config]
            serial = {_folder}/{name}.serial
            signer_cert = {_folder}/{name}.crt
            signer_key = {_folder}/{name}.key
            default_policy = {policy}
            other_policies = 1.3.6.1.4.1.99999.2
            digests = sha256
            signer_digest = sha256
            accuracy = secs:1
            ess_cert_id_alg = sha256
            """);
    }

    private TestIdentity Make(string name, TestIdentity? issuer)
    {
        var isAuthority = issuer is null;
        var now = TimeProvider.System.GetUtcNow();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name.Replace("other-", "", StringComparison.Ordinal).Replace("stranger", "tsa", StringComparison.Ordinal)}, O=Time, C=XA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(isAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (!isAuthority)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.8")], critical: true));
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer.X509, true, false));
        using var certificate = issuer is null
            ? request.CreateSelfSigned(now.AddDays(-2), now.AddYears(5))
            : request.Create(issuer.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.Key), now.AddDays(-1), now.AddYears(2), RandomNumberGenerator.GetBytes(16));
        var made = new TestIdentity(issuer is null ? X509CertificateLoader.LoadCertificate(certificate.RawData) : certificate.CopyWithPrivateKey(key), key);
        File.WriteAllText(Path.Combine(_folder, $"{name}.crt"), made.CertificatePem);
        File.WriteAllText(Path.Combine(_folder, $"{name}.key"), made.KeyPem);
        return made;
    }

    private static int Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
