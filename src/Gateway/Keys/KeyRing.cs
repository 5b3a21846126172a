using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;

namespace Gateway.Keys;

/// <summary>The private keys in use, loaded once from their files. Safe to use from several threads.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly Dictionary<string, AuthorityKeys> _authorities;
    private readonly List<(string Name, Certificate Certificate)> _certificates = [];

    private KeyRing(string state, KeysOptions options)
    {
        State = state;
        var pair = options.Tls[0];
        Tls = X509Certificate2.CreateFromPem(File.ReadAllText(pair.Certificate), File.ReadAllText(pair.Key));
        TlsCertificate = Named("TLS", ReadCertificate(pair.Certificate));
        UserAuthority = Named("authority of users", ReadCertificate(options.UserAuthority));
        PersonAuthorities = [.. options.PersonAuthorities.Select(f => Named("authority of persons", ReadCertificate(f)))];
        _authorities = options.Authorities.ToDictionary(a => a.Id, Load, StringComparer.Ordinal);
        Authorities = [.. options.Authorities.Select(a => a.Id)];
    }

    /// <summary>Our State.</summary>
    public string State { get; }

    /// <summary>Ids of the authorities behind this gateway, in the order of the configuration.</summary>
    public IReadOnlyList<string> Authorities { get; }

    /// <summary>What we present in every TLS handshake, as server and as client.</summary>
    public X509Certificate2 Tls { get; }

    public Certificate TlsCertificate { get; }

    /// <summary>Issues the client certificates of users.</summary>
    public Certificate UserAuthority { get; }

    /// <summary>Issue the signing certificates of our persons.</summary>
    public IReadOnlyList<Certificate> PersonAuthorities { get; }

    /// <summary>Every certificate whose expiry somebody must know in time, with a name for people.</summary>
    public IReadOnlyList<(string Name, Certificate Certificate)> Certificates => _certificates;

    /// <summary>Loads all keys; the configuration was checked before, so what fails here is a fault.</summary>
    public static KeyRing Load(string state, KeysOptions options) => new(state, options);

    /// <summary>Seals covers and receipts of the authority.</summary>
    public Signer Seal(string authority) => Of(authority).Seal;

    /// <summary>Whether the authority's registry stamps what it sends.</summary>
    public bool HasStamp(string authority) => Of(authority).Stamp is not null;

    /// <summary>The stamp of the authority's registry.</summary>
    public Signer Stamp(string authority)
        => Of(authority).Stamp ?? throw new InvalidOperationException($"{authority} has no stamp in section Keys of the configuration");

    /// <summary>Open messages to the authority; the newest first.</summary>
    public IReadOnlyList<Decryptor> Encryption(string authority) => Of(authority).Encryption;

    /// <summary>Open key grants to the authority; the newest first.</summary>
    public IReadOnlyList<Decryptor> Evidence(string authority) => Of(authority).Evidence;

    public void Dispose()
    {
        Tls.Dispose();
        foreach (var keys in _authorities.Values)
        {
            keys.Seal.Dispose();
            keys.Stamp?.Dispose();
            foreach (var decryptor in keys.Encryption.Concat(keys.Evidence))
                decryptor.Dispose();
        }
    }

    private AuthorityKeys Of(string authority)
        => _authorities.TryGetValue(authority, out var keys) ? keys : throw new InvalidOperationException($"{authority} is not an authority of this gateway");

    private AuthorityKeys Load(AuthorityOptions options)
    {
        var seal = LoadSigner(options.Seal[0]);
        Named($"seal of {options.Id}", seal.Certificate);
        var stamp = options.Stamp.Count > 0 ? LoadSigner(options.Stamp[0]) : null;
        if (stamp is not null)
            Named($"stamp of {options.Id}", stamp.Certificate);
        return new AuthorityKeys(seal, stamp, LoadDecryptors(options.Encryption, $"encryption key of {options.Id}"), LoadDecryptors(options.Evidence, $"evidence key of {options.Id}"));
    }

    private List<Decryptor> LoadDecryptors(IReadOnlyList<PairOptions> pairs, string name)
    {
        var decryptors = pairs.Select(p => Decryptor.FromPem(File.ReadAllText(p.Certificate), File.ReadAllText(p.Key))).ToList();
        // Only the first must stay valid: the others open what was encrypted before they were retired.
        if (decryptors.Count > 0)
            Named(name, decryptors[0].Certificate);
        return decryptors;
    }

    private Certificate Named(string name, Certificate certificate)
    {
        _certificates.Add((name, certificate));
        return certificate;
    }

    private static Signer LoadSigner(PairOptions pair) => Signer.FromPem(File.ReadAllText(pair.Certificate), File.ReadAllText(pair.Key));

    /// <summary>Reads a certificate file of ours.</summary>
    public static Certificate ReadCertificate(string file)
        => Certificate.ReadPem(File.ReadAllText(file)).TryGet(out var certificate, out var refusal)
            ? certificate
            : throw new InvalidDataException($"{file}: {refusal.Detail}");

    private sealed record AuthorityKeys(Signer Seal, Signer? Stamp, IReadOnlyList<Decryptor> Encryption, IReadOnlyList<Decryptor> Evidence);
}
