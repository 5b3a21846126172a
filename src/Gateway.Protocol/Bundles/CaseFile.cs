using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Bundles;

/// <summary>The head of one State's chain, as <c>case.json</c> states it.</summary>
/// <param name="State">The issuing State.</param>
/// <param name="Receipts">How many receipts the bundle holds of it.</param>
/// <param name="Head">SHA-256 of the last one.</param>
public sealed record CaseChain(string State, long Receipts, Digest Head);

/// <summary>One case, as <c>case.json</c> states it.</summary>
public sealed record CaseEntry(string Case, IReadOnlyList<string> Linked, Party Requesting, Party Requested, IReadOnlyList<CaseChain> Chains)
{
    internal static CaseEntry Read(DocumentReader r) => new(
        r.Id("case", Ids.IsCase),
        r.Texts("linked", 10_000, 35),
        r.Object("requesting", Party.Read)!,
        r.Object("requested", Party.Read)!,
        r.Objects("chains", 100, c => new CaseChain(c.Id("state", Ids.IsState), c.Integer("receipts", 1, int.MaxValue), c.Digest("head"))));

    internal void Write(DocumentWriter w) => w
        .Text("case", Case)
        .Texts("linked", Linked)
        .Object("requesting", Requesting.Write)
        .Object("requested", Requested.Write)
        .Objects("chains", Chains, (c, chain) => c.Text("state", chain.State).Integer("receipts", chain.Receipts).Digest("head", chain.Head));
}

/// <summary>A log in the bundle, as <c>case.json</c> states it.</summary>
/// <param name="State">Whose log.</param>
/// <param name="Proofs">How many proofs are here.</param>
public sealed record CaseLog(string State, long Proofs)
{
    /// <summary>What of the State's logs the proofs are about, the earlier log first; null in a bundle that was made before this was stated.</summary>
    public IReadOnlyList<LogRange>? Ranges { get; init; }

    internal static CaseLog Read(DocumentReader r) => new(r.Id("state", Ids.IsState), r.Integer("proofs", 0, int.MaxValue))
    {
        Ranges = r.Next("ranges") ? r.Objects("ranges", 10_000, o => new LogRange(o.Text("origin", 40), o.Integer("from", 0, long.MaxValue), o.Integer("to", 0, long.MaxValue))) : null,
    };

    internal void Write(DocumentWriter w)
    {
        w.Text("state", State).Integer("proofs", Proofs);
        if (Ranges is not null)
            w.Objects("ranges", Ranges, (o, range) => o.Text("origin", range.Origin).Integer("from", range.From).Integer("to", range.To));
    }
}

/// <summary>The part of one log in which the leaves stand that are proved.</summary>
/// <param name="Origin">Names the log.</param>
/// <param name="From">The lowest index of a proof.</param>
/// <param name="To">The highest.</param>
public sealed record LogRange(string Origin, long From, long To);

/// <summary>Where the custody events that a State has of an item end, as <c>case.json</c> states it.</summary>
/// <param name="Item">The item.</param>
/// <param name="State">Whose chain.</param>
/// <param name="Events">The number of the last event that the exporter holds.</param>
/// <param name="Head">SHA-256 of that event as signed.</param>
public sealed record CaseCustody(string Item, string State, long Events, Digest Head);

/// <summary>The table of contents (<c>case.json</c>, type <c>caseFile</c>): what the exporting authority says is in the bundle.</summary>
/// <param name="Case">The case exported.</param>
/// <param name="Exporter">By whom.</param>
/// <param name="Exported">When, UTC.</param>
/// <param name="Cases">The case and the linked ones that are here.</param>
/// <param name="Documents">Number of files under <c>documents/</c>.</param>
/// <param name="Items">Ids of the evidence items.</param>
/// <param name="Withheld">Digests of documents that are left out.</param>
/// <param name="Logs">Logs, with the number of proofs of each and what of the log they are about.</param>
/// <param name="Erasures">Number of files under <c>erasures/</c>.</param>
/// <param name="Custody">Where each chain of custody events ends.</param>
public sealed record CaseFile(
    string Case,
    Party Exporter,
    DateTimeOffset Exported,
    IReadOnlyList<CaseEntry> Cases,
    long Documents,
    IReadOnlyList<string> Items,
    IReadOnlyList<Digest> Withheld,
    IReadOnlyList<CaseLog> Logs,
    long Erasures,
    IReadOnlyList<CaseCustody> Custody)
{
    /// <summary>The document type.</summary>
    public const string Type = "caseFile";

    private static readonly JsonLimits Limits = new(MaxBytes: 64 * 1024 * 1024, MaxDepth: 6, MaxMembers: 4_000_000);

    /// <summary>Reads a table of contents.</summary>
    public static Outcome<CaseFile> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var file = new CaseFile(
            r.Id("case", Ids.IsCase),
            r.Object("exporter", Party.Read)!,
            r.Time("exported"),
            r.Objects("cases", 10_000, CaseEntry.Read),
            r.Integer("documents", 0, int.MaxValue),
            r.Texts("items", 1_000_000, 32),
            ReadWithheld(r),
            r.Objects("logs", 100, CaseLog.Read),
            r.Integer("erasures", 0, int.MaxValue),
            r.Objects("custody", 1_000_000, c => new CaseCustody(c.Id("item", Ids.IsId), c.Id("state", Ids.IsState), c.Integer("events", 1, CustodyFields.MaxSeq), c.Digest("head"))));
        if (!r.Failed && file.Cases.Count(c => c.Case == file.Case) != 1)
            r.Refuse(RefusalCode.DocumentValue, "the case exported is not listed once", "cases");
        if (!r.Failed && file.Cases.DistinctBy(c => c.Case).Count() != file.Cases.Count)
            r.Refuse(RefusalCode.DocumentValue, "a case is listed twice", "cases");
        if (!r.Failed && !file.Items.All(Ids.IsId))
            r.Refuse(RefusalCode.DocumentValue, "expected item ids", "items");
        return file;
    }, Limits);

    /// <summary>The bytes.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("case", Case)
        .Object("exporter", Exporter.Write)
        .Time("exported", Exported)
        .Objects("cases", Cases, (c, entry) => entry.Write(c))
        .Integer("documents", Documents)
        .Texts("items", Items)
        .Texts("withheld", Withheld.Select(d => d.ToString()))
        .Objects("logs", Logs, (l, log) => log.Write(l))
        .Integer("erasures", Erasures)
        .Objects("custody", Custody, (c, chain) => c.Text("item", chain.Item).Text("state", chain.State).Integer("events", chain.Events).Digest("head", chain.Head)));

    private static List<Digest> ReadWithheld(DocumentReader r)
    {
        var list = new List<Digest>();
        foreach (var text in r.Texts("withheld", 1_000_000, 64))
        {
            if (Digest.TryParse(text, out var digest))
                list.Add(digest);
            else
                r.Refuse(RefusalCode.DocumentValue, "expected SHA-256 values", "withheld");
        }
        return list;
    }
}
