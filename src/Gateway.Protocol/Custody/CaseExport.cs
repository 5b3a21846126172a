using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Protocol.Custody;

/// <summary>
/// The custody of an item as CASE 1.4 and UCO 1.4 in JSON-LD: each event an <c>InvestigativeAction</c> that was informed by the one before, the exhibit a
/// <c>ProvenanceRecord</c> over the file with its digests. The same custody gives the same bytes; names of nodes are made from what they stand for.
/// </summary>
public static class CaseExport
{
    private const string Prefix = "kb:";

    // What is done to the object that was seized, not to the file that was made of it.
    private static readonly HashSet<CustodyKind> s_onTheObject =
    [
        CustodyKind.IDENTIFIED, CustodyKind.SEIZED, CustodyKind.COLLECTED, CustodyKind.ACQUIRED, CustodyKind.COPY_REFUSED, CustodyKind.SEALED, CustodyKind.UNSEALED, CustodyKind.STORED,
        CustodyKind.MOVED, CustodyKind.CHECKED_OUT, CustodyKind.CHECKED_IN, CustodyKind.RECEIVED_BY_LAB, CustodyKind.RETURNED_TO_OWNER, CustodyKind.RETURNED_TO_STATE, CustodyKind.DESTROYED,
    ];

    /// <summary>Writes the JSON-LD document.</summary>
    /// <param name="manifest">The item.</param>
    /// <param name="lines">Its custody in order of time (<see cref="CustodyTable.Lines"/>).</param>
    /// <param name="parentExhibit">The exhibit number of the item from which it was derived; null: there is none, or it is not known.</param>
    public static byte[] Write(Manifest manifest, IReadOnlyList<CustodyLine> lines, string? parentExhibit = null)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            Context(json);
            json.WriteStartArray("@graph");
            new Graph(json, manifest, lines, parentExhibit).Run();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Context(Utf8JsonWriter json)
    {
        json.WriteStartObject("@context");
        foreach (var (name, iri) in ((string, string)[])[
            ("kb", "urn:gateway:kb/"), ("xsd", "http://www.w3.org/2001/XMLSchema#"),
            ("case-investigation", "https://ontology.caseontology.org/case/investigation/"),
            ("uco-action", "https://ontology.unifiedcyberontology.org/uco/action/"), ("uco-core", "https://ontology.unifiedcyberontology.org/uco/core/"),
            ("uco-identity", "https://ontology.unifiedcyberontology.org/uco/identity/"), ("uco-location", "https://ontology.unifiedcyberontology.org/uco/location/"),
            ("uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/"), ("uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/"),
            ("uco-types", "https://ontology.unifiedcyberontology.org/uco/types/")])
            json.WriteString(name, iri);
        json.WriteEndObject();
    }

    private sealed class Graph(Utf8JsonWriter json, Manifest manifest, IReadOnlyList<CustodyLine> lines, string? parentExhibit)
    {
        private readonly HashSet<string> _written = new(StringComparer.Ordinal);
        private readonly List<string> _all = [];

        public void Run()
        {
            var file = FileNode(manifest.ItemId);
            var device = Device();
            Node(file, "uco-observable:File", () =>
            {
                Text("uco-core:name", manifest.FileName);
                Text("uco-core:description", manifest.Description);
                // A child was made of the item before it; that one, or the first of them, of the device.
                if (manifest.ParentItem is { } parent)
                    Reference("case-investigation:wasDerivedFrom", FileNode(parent));
                else if (device is not null)
                    Reference("case-investigation:wasDerivedFrom", device);
                json.WriteStartArray("uco-core:hasFacet");
                ContentFacet();
                FileFacet();
                json.WriteEndArray();
            });
            if (manifest.ParentItem is { } of)
                Parent(of, device);
            var record = Name("provenance-record", manifest.ItemId);
            Node(record, "case-investigation:ProvenanceRecord", () =>
            {
                Text("uco-core:description", Derived());
                Text("case-investigation:exhibitNumber", manifest.ExhibitNumber);
                Text("case-investigation:rootExhibitNumber", manifest.RootExhibitNumber);
                Reference("uco-core:object", file);
            });
            string? before = null;
            for (var i = 0; i < lines.Count; i++)
                before = Action(i, lines[i], device is not null && s_onTheObject.Contains(lines[i].Kind) ? device : file, record, before);
            var authorization = Authorization();
            Node(Name("investigation", manifest.Case), "case-investigation:Investigation", () =>
            {
                Text("uco-core:name", manifest.Case);
                Reference("case-investigation:relevantAuthorization", authorization);
                References("uco-core:object", _all);
            });
        }

        // Of the item before it only the id is known, and the exhibit number where it is here.
        private void Parent(string of, string? device)
        {
            Node(FileNode(of), "uco-observable:File", () =>
            {
                Text("uco-core:name", $"item {of}");
                if (device is not null)
                    Reference("case-investigation:wasDerivedFrom", device);
            });
            if (parentExhibit is null)
                return;
            Node(Name("provenance-record", of), "case-investigation:ProvenanceRecord", () =>
            {
                Text("case-investigation:exhibitNumber", parentExhibit);
                Text("case-investigation:rootExhibitNumber", manifest.RootExhibitNumber);
                Reference("uco-core:object", FileNode(of));
            });
        }

        // CASE has no member for the way in which something was derived.
        private string Derived() => manifest.ParentItem is not { } of ? $"{manifest.Description}; {manifest.Derivation}"
            : $"{manifest.Description}; {manifest.Derivation} of {(parentExhibit is null ? "" : $"exhibit {parentExhibit}, ")}item {of}";

        private string Action(int i, CustodyLine line, string of, string record, string? before)
        {
            var performer = Person(line.Who, line.Authority);
            var signer = line.SignedBy is { } signed ? Identity(signed) : null;
            var place = line.Place.Length > 0 ? Place(line.Place) : null;
            var ofManifest = line.Kind == CustodyKind.ACQUIRED && line.Sha256 is null;
            var tools = (line.Tools.Count == 0 && ofManifest ? manifest.Tools : line.Tools).Select(Tool).Distinct(StringComparer.Ordinal).ToList();
            var action = Name("action", $"{manifest.ItemId} {i} {line.Event} {line.Sha256}");
            Node(action, "case-investigation:InvestigativeAction", () =>
            {
                Text("uco-core:name", line.Event);
                Text("uco-core:description", Said(line));
                if (signer is not null)
                    Reference("uco-core:createdBy", signer);
                if (line.RecordedAt is { } recorded)
                    Time("uco-core:objectCreatedTime", recorded);
                Time("uco-action:startTime", ofManifest && manifest.AcquiredFrom <= line.Time ? manifest.AcquiredFrom : line.Time);
                Time("uco-action:endTime", line.Time);
                Reference("uco-action:performer", performer);
                if (place is not null)
                    Reference("uco-action:location", place);
                if (tools.Count > 0)
                    References("uco-action:instrument", tools);
                Reference("uco-action:object", of);
                Reference("uco-action:result", record);
                if (before is not null)
                    Reference("case-investigation:wasInformedBy", before);
            });
            return action;
        }

        // CASE has no members for seals, digests at a moment and hands: they are said in words, in a fixed order.
        private static string Said(CustodyLine line) => string.Join("; ", new[]
        {
            line.Reason, line.Detail, line.SignedBy is { } signer ? $"signed by {signer}" : null, line.Zone is { } zone ? $"time zone: {zone}" : null,
            line.From is { } from ? $"from: {from}" : null, line.To is { } to ? $"to: {to}" : null,
            line.HashBefore is { } was ? $"SHA-256 before: {was}" : null, line.HashAfter is { } hash ? $"SHA-256 after: {hash}" : null,
            line.SealBefore is { } opened ? $"physical seal before: {opened}" : null, line.SealAfter is { } closed ? $"physical seal after: {closed}" : null,
            line.Seq is { } seq ? $"event {seq} of {line.State}, SHA-256 {line.Sha256}" : null,
        }.Where(text => !string.IsNullOrEmpty(text)));

        private string? Device()
        {
            if (manifest.Device is not { } device)
                return null;
            var name = Name("device", $"{manifest.ItemId} {device.MakeModel} {device.SerialNumber}");
            Node(name, "uco-observable:Device", () =>
            {
                Text("uco-core:name", device.MakeModel ?? manifest.SourceType.ToString());
                if (device.DeviceIds.Count > 0)
                    Text("uco-core:description", string.Join("; ", device.DeviceIds));
                json.WriteStartArray("uco-core:hasFacet");
                json.WriteStartObject();
                json.WriteString("@id", Name("device-facet", name));
                json.WriteString("@type", "uco-observable:DeviceFacet");
                if (device.MakeModel is { } model)
                    Text("uco-observable:model", model);
                if (device.SerialNumber is { } serial)
                    Text("uco-observable:serialNumber", serial);
                json.WriteEndObject();
                json.WriteEndArray();
            });
            return name;
        }

        private string Authorization()
        {
            var basis = manifest.LawfulBasis;
            var name = Name("authorization", $"{basis.Instrument} {basis.Provision} {basis.Authorisation}");
            Node(name, "case-investigation:Authorization", () =>
            {
                Text("uco-core:name", $"{basis.Instrument}, {basis.Provision}");
                Text("case-investigation:authorizationType", basis.AuthorisationType ?? basis.Instrument);
                Text("case-investigation:authorizationIdentifier", basis.Authorisation ?? basis.Provision);
            });
            return name;
        }

        private string Tool(ForensicTool tool)
        {
            var maker = tool.Vendor.Length > 0 ? Organization(tool.Vendor) : null;
            var name = Name("tool", $"{tool.Vendor} {tool.Name} {tool.Version} {tool.Purpose}");
            Node(name, "uco-tool:Tool", () =>
            {
                Text("uco-core:name", tool.Name);
                if (tool.Purpose.Length > 0)
                    Text("uco-core:description", tool.Purpose);
                Text("uco-tool:version", tool.Version);
                if (maker is not null)
                    Reference("uco-tool:creator", maker);
            });
            return name;
        }

        private string Organization(string called)
        {
            var name = Name("organization", called);
            Node(name, "uco-identity:Organization", () => Text("uco-core:name", called));
            return name;
        }

        // A gateway's seal is its authority's; the certificate stands in the words of the event.
        private string Identity(CustodySigner signer)
            => signer.IsGateway ? Organization(signer.Authority ?? signer.Name) : Person(signer.Name, signer.Authority);

        private string Person(string who, string? authority)
        {
            var name = Name("person", $"{who} {authority}");
            Node(name, "uco-identity:Person", () =>
            {
                Text("uco-core:name", who);
                if (authority is not null)
                    Text("uco-core:description", $"for {authority}");
            });
            return name;
        }

        private string Place(string place)
        {
            var name = Name("location", place);
            Node(name, "uco-location:Location", () => Text("uco-core:name", place));
            return name;
        }

        private void ContentFacet()
        {
            json.WriteStartObject();
            json.WriteString("@id", Name("content-facet", manifest.ItemId));
            json.WriteString("@type", "uco-observable:ContentDataFacet");
            Typed("uco-observable:sizeInBytes", "xsd:integer", manifest.SizeBytes.ToString(CultureInfo.InvariantCulture));
            json.WriteStartArray("uco-observable:hash");
            foreach (var digest in manifest.Digests)
            {
                json.WriteStartObject();
                json.WriteString("@id", Name("hash", $"{manifest.ItemId} {digest.Algorithm}"));
                json.WriteString("@type", "uco-types:Hash");
                // The vocabulary is open: a national digest keeps its own name.
                Text("uco-types:hashMethod", digest.Algorithm);
                Typed("uco-types:hashValue", "xsd:hexBinary", digest.Value.ToUpperInvariant());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private void FileFacet()
        {
            json.WriteStartObject();
            json.WriteString("@id", Name("file-facet", manifest.ItemId));
            json.WriteString("@type", "uco-observable:FileFacet");
            Text("uco-observable:fileName", manifest.FileName);
            Typed("uco-observable:sizeInBytes", "xsd:integer", manifest.SizeBytes.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        private static string FileNode(string item) => Name("file", item);

        // Once per node, however often it is named.
        private void Node(string id, string type, Action members)
        {
            if (!_written.Add(id))
                return;
            if (type != "case-investigation:Investigation")
                _all.Add(id);
            json.WriteStartObject();
            json.WriteString("@id", id);
            json.WriteString("@type", type);
            members();
            json.WriteEndObject();
        }

        private void Text(string name, string value) => json.WriteString(name, value);

        private void Time(string name, DateTimeOffset value) => Typed(name, "xsd:dateTime", DocumentWriter.FormatLocalTime(value));

        private void Typed(string name, string type, string value)
        {
            json.WriteStartObject(name);
            json.WriteString("@type", type);
            json.WriteString("@value", value);
            json.WriteEndObject();
        }

        private void Reference(string name, string id)
        {
            json.WriteStartObject(name);
            json.WriteString("@id", id);
            json.WriteEndObject();
        }

        private void References(string name, IReadOnlyList<string> ids)
        {
            json.WriteStartArray(name);
            foreach (var id in ids)
            {
                json.WriteStartObject();
                json.WriteString("@id", id);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }

    // A UUID of version 8 (RFC 9562 §5.8) from the digest of what the node stands for.
    private static string Name(string kind, string of)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {of}")).AsSpan(0, 16).ToArray();
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        var hex = Convert.ToHexStringLower(hash);
        return $"{Prefix}{kind}-{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}";
    }
}
