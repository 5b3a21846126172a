using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;

namespace Gateway.Cli.Connection;

/// <summary>
/// Recognises the gateway. The file named by the context holds its very certificate, or the root that issued it; the machine's
/// own list of trusted roots plays no part.
/// </summary>
internal sealed class ServerPin(IReadOnlyList<Certificate> pinned, TimeProvider clock)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Why the last certificate was not accepted, for the message to the person.</summary>
    public string? Problem { get; private set; }

    public static ServerPin FromFile(string path, TimeProvider clock)
    {
        if (!File.Exists(path))
            throw StopException.Incomplete($"the server certificate {path} does not exist");
        var pem = File.ReadAllText(path);
        var pinned = new List<Certificate>();
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label] == "CERTIFICATE")
                pinned.Add(Certificate.ReadPem(pem[fields.Location]).OrStop());
            pem = pem[fields.Location.End..];
        }
        return pinned.Count > 0 ? new(pinned, clock) : throw StopException.Incomplete($"{path} holds no certificate in PEM form");
    }

    public bool Accepts(X509Certificate? presented, SslPolicyErrors errors)
    {
        Problem = Judge(presented, errors);
        return Problem is null;
    }

    private string? Judge(X509Certificate? presented, SslPolicyErrors errors)
    {
        if (presented is null)
            return "the gateway presented no certificate";
        if (!Certificate.Read(presented.GetRawCertData()).TryGet(out var server, out var refusal))
            return $"the gateway's certificate cannot be read: {refusal.Detail}";
        if (!server.ValidAt(clock.GetUtcNow()))
            return "the gateway's certificate is not valid at this time";
        if (pinned.Any(p => p.Der.Span.SequenceEqual(server.Der.Span)))
            return null;
        if (!pinned.Any(root => root.ValidAt(clock.GetUtcNow()) && server.IssuedBy(root)))
            return "the gateway's certificate is neither the one pinned nor issued by it";
        // One root issues many certificates: an officer's own must not pass for the gateway.
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return "the gateway's certificate bears another host name";
        using var certificate = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        var usage = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return usage is null || usage.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == ServerAuthentication) ? null : "the gateway's certificate is not one for servers";
    }
}
