using Gateway.Protocol.Bundles;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Finding = Gateway.Recognition.Validation.Finding;

namespace Gateway.Recognition.Containers;

/// <summary>Compares the digests of a manifest with the files of the container.</summary>
internal sealed class CheckReferences(AsicContainer container)
{
    private readonly Dictionary<(string Name, string Oid), byte[]> _known = [];

    /// <summary>What is wrong with the references.</summary>
    public List<Finding> Run(AsicManifest manifest, ValidationPolicy policy, DateTimeOffset at)
    {
        var findings = new List<Finding>();
        foreach (var reference in manifest.References)
        {
            var entry = reference.Name is { } name ? container.Find(name) : null;
            if (entry is null)
                findings.Add(Combine.Error(FindingKey.DataObjectMissing, SubIndication.SignedDataNotFound, $"'{reference.Uri}' was signed and is not in the container"));
            else if (XmlAlgorithms.DigestOid(reference.DigestUri) is not { } oid || DigestAlgorithms.Find(oid) is not { } digest)
                findings.Add(Combine.Error(FindingKey.AlgorithmNotAvailable, SubIndication.CryptoConstraintsFailure, $"digest algorithm {reference.DigestUri} of '{entry.Name}' cannot be computed here"));
            else if (!Digest(entry, digest).AsSpan().SequenceEqual(reference.Digest))
                findings.Add(Combine.Error(FindingKey.DataObjectChanged, SubIndication.HashFailure, $"the {digest.Name} of '{entry.Name}' is not the one that was signed"));
            else if (policy.Algorithms.Find(oid, 0) is not { } rule)
                findings.Add(Combine.Error(FindingKey.AlgorithmNotAccepted, SubIndication.CryptoConstraintsFailure, $"{digest.Name}, by which '{entry.Name}' is bound, is not accepted by policy {policy.Id}"));
            else if (rule.Ends is { } end && end <= at)
                findings.Add(Combine.Error(FindingKey.AlgorithmEnded, SubIndication.CryptoConstraintsFailureNoPoe, $"{digest.Name}, by which '{entry.Name}' is bound, is not accepted since {end:u}"));
        }

        return findings;
    }

    /// <summary>The digest of one file, computed once.</summary>
    public byte[] Digest(BundleEntry entry, DigestAlgorithm digest)
    {
        if (_known.TryGetValue((entry.Name, digest.Oid), out var known))
            return known;
        using var stream = container.OpenStream(entry);
        return _known[(entry.Name, digest.Oid)] = digest.OfStream(stream);
    }
}

/// <summary>Digest algorithms by the URIs of XML signatures (RFC 9231).</summary>
internal static class XmlAlgorithms
{
    public static string? DigestOid(string uri) => uri switch
    {
        "http://www.w3.org/2000/09/xmldsig#sha1" => DigestAlgorithms.Sha1,
        "http://www.w3.org/2001/04/xmldsig-more#sha224" => DigestAlgorithms.Sha224,
        "http://www.w3.org/2001/04/xmlenc#sha256" => DigestAlgorithms.Sha256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => DigestAlgorithms.Sha384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => DigestAlgorithms.Sha512,
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256" => DigestAlgorithms.Sha3With256,
        "http://www.w3.org/2007/05/xmldsig-more#sha3-384" => DigestAlgorithms.Sha3With384,
        "http://www.w3.org/2007/05/xmldsig-more#sha3-512" => DigestAlgorithms.Sha3With512,
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256" => DigestAlgorithms.Streebog256,
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512" => DigestAlgorithms.Streebog512,
        _ => null,
    };
}
