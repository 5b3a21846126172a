using System.Security.Cryptography;
using System.Text;

namespace Gateway.Recognition.TrustLists;

/// <summary>
/// Canonical XML without comments: Exclusive 1.0 and (inclusive) 1.0 of a whole element, hashed as it is written. Written here because the framework's
/// <c>SignedXml</c> resolves algorithms through process-wide tables and reflection, runs whatever transforms a document names, and cannot be trimmed;
/// the one shape of signature that a trusted list has needs none of that.
/// </summary>
internal sealed class XmlCanonical
{
    private const int Flush = 16 * 1024;

    private readonly bool _exclusive;
    private readonly XmlPart? _left;
    private readonly IncrementalHash _hash;
    private readonly StringBuilder _text = new();

    private XmlCanonical(bool exclusive, XmlPart? left, IncrementalHash hash) => (_exclusive, _left, _hash) = (exclusive, left, hash);

    /// <summary>The digest of an element with everything below it but <paramref name="left"/> (the enveloped signature).</summary>
    public static byte[] Digest(XmlPart apex, bool exclusive, HashAlgorithmName algorithm, XmlPart? left = null)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        var canonical = new XmlCanonical(exclusive, left, hash);
        canonical.Write(apex, null);
        canonical.Push();
        return hash.GetHashAndReset();
    }

    /// <summary>The digest of a whole document (reference "") but <paramref name="left"/>.</summary>
    public static byte[] Digest(XmlSource document, bool exclusive, HashAlgorithmName algorithm, XmlPart? left)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        var canonical = new XmlCanonical(exclusive, left, hash);
        foreach (var instruction in document.Before)
        {
            canonical.Write(instruction);
            canonical._text.Append('\n');
        }
        canonical.Write(document.Root, null);
        foreach (var instruction in document.After)
        {
            canonical._text.Append('\n');
            canonical.Write(instruction);
        }
        canonical.Push();
        return hash.GetHashAndReset();
    }

    // The declarations that the output has made so far, the nearest first.
    private sealed record Scope(Scope? Outer, IReadOnlyList<(string Prefix, string Uri)> Rendered)
    {
        public static string? Find(Scope? scope, string prefix)
        {
            for (; scope is not null; scope = scope.Outer)
            {
                foreach (var (rendered, uri) in scope.Rendered)
                {
                    if (rendered == prefix)
                        return uri;
                }
            }
            return null;
        }
    }

    private void Write(XmlPart part, Scope? outer)
    {
        if (ReferenceEquals(part, _left))
            return;
        var apex = outer is null;
        var declarations = (_exclusive ? Used(part) : apex ? InScope(part) : part.Declarations)
            .Where(d => d.Prefix != "xml" && (Scope.Find(outer, d.Prefix) ?? (d.Prefix.Length == 0 ? "" : null)) != d.Uri)
            .OrderBy(d => d.Prefix, StringComparer.Ordinal).ToList();
        var scope = new Scope(outer, declarations);

        var name = part.Prefix.Length == 0 ? part.Name : $"{part.Prefix}:{part.Name}";
        _text.Append('<').Append(name);
        foreach (var (prefix, uri) in declarations)
        {
            _text.Append(prefix.Length == 0 ? " xmlns=\"" : $" xmlns:{prefix}=\"");
            Value(uri);
            _text.Append('"');
        }
        foreach (var attribute in (apex && !_exclusive ? part.Attributes.Concat(InheritedXml(part)) : part.Attributes).OrderBy(a => a.Namespace, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal))
        {
            _text.Append(' ');
            if (attribute.Prefix.Length > 0)
                _text.Append(attribute.Prefix).Append(':');
            _text.Append(attribute.Name).Append("=\"");
            Value(attribute.Value);
            _text.Append('"');
        }
        _text.Append('>');
        foreach (var node in part.Nodes)
        {
            switch (node)
            {
                case XmlPart below: Write(below, scope); break;
                case XmlText text: Text(text.Value); break;
                case XmlInstruction instruction: Write(instruction); break;
            }
        }
        _text.Append("</").Append(name).Append('>');
        if (_text.Length > Flush)
            Push();
    }

    // Exclusive: what the element's own name and its attributes' names use.
    private static IEnumerable<(string Prefix, string Uri)> Used(XmlPart part)
        => part.Attributes.Where(a => a.Prefix.Length > 0).Select(a => (a.Prefix, Uri: a.Namespace)).Prepend((part.Prefix, Uri: part.Namespace)).Distinct();

    private static IEnumerable<(string Prefix, string Uri)> InScope(XmlPart apex)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var part = apex; part is not null; part = part.Parent)
        {
            foreach (var declaration in part.Declarations)
            {
                if (seen.Add(declaration.Prefix))
                    yield return declaration;
            }
        }
    }

    // Canonical XML 1.0 §2.4: an apex inherits xml:lang and its like.
    private static IEnumerable<XmlMember> InheritedXml(XmlPart apex)
    {
        var seen = apex.Attributes.Where(a => a.Prefix == "xml").Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        for (var part = apex.Parent; part is not null; part = part.Parent)
        {
            foreach (var attribute in part.Attributes.Where(a => a.Prefix == "xml"))
            {
                if (seen.Add(attribute.Name))
                    yield return attribute;
            }
        }
    }

    private void Write(XmlInstruction instruction)
    {
        _text.Append("<?").Append(instruction.Target);
        if (instruction.Data.Length > 0)
            _text.Append(' ').Append(instruction.Data.Replace("\r", "&#xD;", StringComparison.Ordinal));
        _text.Append("?>");
    }

    private void Text(string value)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '&' => _text.Append("&amp;"),
                '<' => _text.Append("&lt;"),
                '>' => _text.Append("&gt;"),
                '\r' => _text.Append("&#xD;"),
                _ => _text.Append(c),
            };
        }
    }

    private void Value(string value)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '&' => _text.Append("&amp;"),
                '<' => _text.Append("&lt;"),
                '"' => _text.Append("&quot;"),
                '\t' => _text.Append("&#x9;"),
                '\n' => _text.Append("&#xA;"),
                '\r' => _text.Append("&#xD;"),
                _ => _text.Append(c),
            };
        }
    }

    private void Push()
    {
        // Whole elements only are pushed, so no surrogate pair is torn.
        _hash.AppendData(Encoding.UTF8.GetBytes(_text.ToString()));
        _text.Clear();
    }
}
