using System.Xml;

namespace Gateway.Recognition.Containers;

/// <summary>One file that a manifest names, with its digest.</summary>
/// <param name="Name">As the container names it; null when the URI is none of a file inside (absolute, leaving the folder, with a query).</param>
/// <param name="Uri">As written.</param>
/// <param name="DigestUri">Algorithm.</param>
/// <param name="Digest">Value.</param>
internal sealed record AsicReference(string? Name, string Uri, string DigestUri, byte[] Digest);

/// <summary>An ASiCManifest (EN 319 162-1 annex A.4): which file signs or stamps it, and what is signed through it.</summary>
internal sealed record AsicManifest(string? Signature, IReadOnlyList<AsicReference> References)
{
    public const int MaxBytes = 4 << 20;
    private const string Asic = "http://uri.etsi.org/02918/v1.2.1#";
    private const string Dsig = "http://www.w3.org/2000/09/xmldsig#";
    private const int MaxReferences = 2000;
    private const int MaxDepth = 16;

    /// <summary>A reader that loads nothing from outside and knows no DTD.</summary>
    public static XmlReader OpenXml(ReadOnlyMemory<byte> xml) => XmlReader.Create(new MemoryStream(xml.ToArray(), writable: false), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 64 << 20,
        IgnoreComments = true,
        IgnoreWhitespace = true,
    });

    /// <summary>Null with a sentence when it is no manifest, or one that could be read in two ways.</summary>
    public static AsicManifest? Read(ReadOnlyMemory<byte> xml, out string problem)
    {
        problem = "";
        try
        {
            using var reader = OpenXml(xml);
            return Read(reader, out problem);
        }
        catch (Exception e) when (e is XmlException or FormatException or InvalidOperationException)
        {
            problem = $"not well-formed, or with a DTD: {e.Message}";
            return null;
        }
    }

    private static AsicManifest? Read(XmlReader reader, out string problem)
    {
        reader.MoveToContent();
        if (reader.LocalName != "ASiCManifest" || reader.NamespaceURI != Asic)
            return Fault("the root is no ASiCManifest", out problem);
        string? signature = null;
        var signatures = 0;
        var references = new List<AsicReference>();
        while (reader.Read())
        {
            if (reader.Depth > MaxDepth)
                return Fault("it is nested too deep", out problem);
            if (reader.NodeType != XmlNodeType.Element || reader.Depth != 1 || reader.NamespaceURI != Asic)
                continue;
            if (reader.LocalName == "SigReference")
            {
                signatures++;
                signature = NameOf(reader.GetAttribute("URI") ?? "");
            }
            else if (reader.LocalName == "DataObjectReference")
            {
                if (references.Count == MaxReferences)
                    return Fault($"it names more than {MaxReferences} files", out problem);
                if (ReadReference(reader) is not { } reference)
                    return Fault("a DataObjectReference has no URI, or not exactly one digest", out problem);
                references.Add(reference);
            }
        }

        if (signatures != 1)
            return Fault($"it has {signatures} SigReference elements; one is due", out problem);
        if (references.Count == 0)
            return Fault("it names no file", out problem);
        if (references.GroupBy(r => r.Name ?? r.Uri, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return Fault($"it names '{twice.Key}' twice", out problem);
        problem = "";
        return new AsicManifest(signature, references);
    }

    private static AsicReference? ReadReference(XmlReader reader)
    {
        var uri = reader.GetAttribute("URI");
        string? algorithm = null;
        byte[]? value = null;
        var digests = 0;
        using var inner = reader.ReadSubtree();
        inner.Read();
        while (inner.Read())
        {
            if (inner.NodeType != XmlNodeType.Element || inner.NamespaceURI != Dsig || inner.Depth != 1)
                continue;
            if (inner.LocalName == "DigestMethod")
            {
                digests++;
                algorithm = inner.GetAttribute("Algorithm");
            }
            else if (inner.LocalName == "DigestValue")
            {
                digests++;
                using var text = inner.ReadSubtree();
                text.Read();
                value = Convert.FromBase64String(text.ReadElementContentAsString());
            }
        }

        return uri is not null && algorithm is not null && value is not null && digests == 2 ? new AsicReference(NameOf(uri), uri, algorithm, value) : null;
    }

    /// <summary>The name of a file in the container: a relative URI reference from its root (RFC 3986 §4.2); null for any other.</summary>
    private static string? NameOf(string uri)
    {
        if (uri.Length is 0 or > 3000 || uri.AsSpan().ContainsAny('?', '#', ':') || uri.Contains('\\', StringComparison.Ordinal))
            return null;
        var name = Uri.UnescapeDataString(uri);
        if (name.StartsWith("./", StringComparison.Ordinal))
            name = name[2..];
        return name.Split('/').Any(part => part is "" or "." or "..") ? null : name;
    }

    private static AsicManifest? Fault(string detail, out string problem)
    {
        problem = detail;
        return null;
    }
}
