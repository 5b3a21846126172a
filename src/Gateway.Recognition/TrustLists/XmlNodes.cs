using System.Xml;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.TrustLists;

/// <summary>An attribute; namespace declarations are kept apart.</summary>
internal readonly record struct XmlMember(string Prefix, string Name, string Namespace, string Value);

/// <summary>What stands inside an element, in document order: an <see cref="XmlPart"/>, text, or a processing instruction.</summary>
internal abstract class XmlNode;

internal sealed class XmlText(string value) : XmlNode
{
    public string Value => value;
}

internal sealed class XmlInstruction(string target, string data) : XmlNode
{
    public string Target => target;

    public string Data => data;
}

/// <summary>One element of a tree that cannot be changed once read.</summary>
internal sealed class XmlPart(XmlPart? parent, string prefix, string name, string ns, IReadOnlyList<XmlMember> attributes, IReadOnlyList<(string Prefix, string Uri)> declarations) : XmlNode
{
    public XmlPart? Parent => parent;

    public string Prefix => prefix;

    public string Name => name;

    public string Namespace => ns;

    public IReadOnlyList<XmlMember> Attributes => attributes;

    public IReadOnlyList<(string Prefix, string Uri)> Declarations => declarations;

    public List<XmlNode> Nodes { get; } = [];

    public IEnumerable<XmlPart> Parts => Nodes.OfType<XmlPart>();

    /// <summary>All text below, comments and markup left out: no comment can split a value in two.</summary>
    public string Text => Nodes.Count == 1 && Nodes[0] is XmlText only ? only.Value : string.Concat(Texts());

    public string? Attribute(string named) => attributes.Where(a => a.Namespace.Length == 0 && a.Name == named).Select(a => a.Value).FirstOrDefault();

    public bool Is(string ofNamespace, string named) => name == named && ns == ofNamespace;

    public XmlPart? Find(string ofNamespace, string named) => Parts.FirstOrDefault(p => p.Is(ofNamespace, named));

    public IEnumerable<XmlPart> All(string ofNamespace, string named) => Parts.Where(p => p.Is(ofNamespace, named));

    public IEnumerable<XmlPart> Descendants()
    {
        foreach (var part in Parts)
        {
            yield return part;
            foreach (var below in part.Descendants())
                yield return below;
        }
    }

    private IEnumerable<string> Texts() => Nodes.SelectMany(n => n switch { XmlText t => [t.Value], XmlPart p => p.Texts(), _ => [] });
}

/// <summary>A document: the root and the processing instructions around it, which are signed with it.</summary>
internal sealed record XmlSource(XmlPart Root, IReadOnlyList<XmlInstruction> Before, IReadOnlyList<XmlInstruction> After)
{
    public const int MaxBytes = 32 * 1024 * 1024;
    private const int MaxDepth = 64;
    private const int MaxNodes = 2_000_000;
    private const int MaxAttributes = 128;

    /// <summary>
    /// Reads without DTD, without entities but the five of XML itself, without resolver, and within bounds. The tree is our own so that
    /// nothing between reading and hashing can normalise, default or resolve anything.
    /// </summary>
    public static Outcome<XmlSource> Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return new Refusal(RefusalCode.TrustListNotReadable, $"the list has {bytes.Length} bytes; at most {MaxBytes}");
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreWhitespace = false, CloseInput = true, MaxCharactersInDocument = MaxBytes, MaxCharactersFromEntities = 1024 };
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes.ToArray(), writable: false), settings);
            return ReadNodes(reader);
        }
        catch (Exception e) when (e is XmlException or ArgumentException or InvalidOperationException or IOException)
        {
            // ArgumentException: an encoding that the platform does not know, or bytes that are not of it.
            return new Refusal(RefusalCode.TrustListNotReadable, e is XmlException x ? $"not XML without DTD: line {x.LineNumber}, position {x.LinePosition}" : "not XML without DTD");
        }
    }

    private static Outcome<XmlSource> ReadNodes(XmlReader reader)
    {
        XmlPart? root = null;
        XmlPart? current = null;
        var (before, after) = (new List<XmlInstruction>(), new List<XmlInstruction>());
        for (var nodes = 0; reader.Read();)
        {
            if (++nodes > MaxNodes)
                return new Refusal(RefusalCode.TrustListNotReadable, $"more than {MaxNodes} nodes");
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (reader.Depth > MaxDepth || reader.AttributeCount > MaxAttributes)
                        return new Refusal(RefusalCode.TrustListNotReadable, $"elements deeper than {MaxDepth} or with more than {MaxAttributes} attributes");
                    var part = Element(reader, current);
                    root ??= part;
                    current?.Nodes.Add(part);
                    if (!reader.IsEmptyElement)
                        current = part;
                    break;
                case XmlNodeType.EndElement:
                    current = current?.Parent;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    current?.Nodes.Add(new XmlText(reader.Value));
                    break;
                case XmlNodeType.ProcessingInstruction:
                    var instruction = new XmlInstruction(reader.Name, reader.Value);
                    if (current is not null)
                        current.Nodes.Add(instruction);
                    else
                        (root is null ? before : after).Add(instruction);
                    break;
                case XmlNodeType.XmlDeclaration:
                    break;
                default:
                    return new Refusal(RefusalCode.TrustListNotReadable, $"a node of kind {reader.NodeType}");
            }
        }
        return root is null ? new Refusal(RefusalCode.TrustListNotReadable, "no element") : new XmlSource(root, before, after);
    }

    private static XmlPart Element(XmlReader reader, XmlPart? parent)
    {
        var (prefix, name, ns) = (reader.Prefix, reader.LocalName, reader.NamespaceURI);
        var (attributes, declarations) = (new List<XmlMember>(), new List<(string, string)>());
        for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
        {
            if (reader.Prefix == "xmlns")
                declarations.Add((reader.LocalName, reader.Value));
            else if (reader.Prefix.Length == 0 && reader.LocalName == "xmlns")
                declarations.Add(("", reader.Value));
            else
                attributes.Add(new XmlMember(reader.Prefix, reader.LocalName, reader.NamespaceURI, reader.Value));
        }
        reader.MoveToElement();
        return new XmlPart(parent, prefix, name, ns, attributes, declarations);
    }
}
