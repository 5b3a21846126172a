using System.Buffers;
using System.Security.Cryptography;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Erasures;
using Gateway.Evidence;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Reception;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Export;

/// <summary>
/// The call <c>Operator.ExportCase</c>: one ZIP with everything that an outsider needs to verify a case. It is made in a file first, so
/// that a slow reader holds nothing open, and its digest is in the log before its first byte leaves. Who may export gets the
/// documents too, also an auditor to whom screens mask content: the bundle is sealed for a court and proves nothing without them;
/// what must stay out is withheld by digest.
/// </summary>
internal sealed class ExportCase
{
    private const int PartBytes = 256 * 1024;
    private const int MaxCases = 1000;
    private const int ReceiptsPerRead = 500;

    // A record of an item that is not released stays at home with it.
    private const string RecordsOfItemsHere = "case_id = $1 AND item IN (SELECT id FROM items WHERE message IS NOT NULL AND state <> 'ERASED')";

    private readonly Database _database;
    private readonly CaseKeys _caseKeys;
    private readonly KeyRing _keys;
    private readonly LogPart _log;
    private readonly NeedToKnow _access;
    private readonly RecordCustody _custody;
    private readonly string _spoolFolder;
    private readonly TimeProvider _clock;

    public ExportCase(Database database, CaseKeys caseKeys, KeyRing keys, LogPart log, NeedToKnow access, RecordCustody custody, string spoolFolder, TimeProvider clock)
    {
        (_database, _caseKeys, _keys, _log, _access, _custody, _spoolFolder, _clock) = (database, caseKeys, keys, log, access, custody, spoolFolder, clock);
        // What a kill left behind.
        Directory.CreateDirectory(spoolFolder);
        foreach (var left in Directory.EnumerateFiles(spoolFolder, "export-*.tmp"))
            File.Delete(left);
    }

    public async Task<Refusal?> Run(ExportCaseRequest request, IServerStreamWriter<FilePart> stream, User by, CancellationToken cancellation)
    {
        if (by.Refuse(Permission.Export) is { } notPermitted)
            return notPermitted;
        request.Purpose = request.Purpose.Trim();
        if (DataUse.RefuseForm("", request.Purpose) is { } malformed)
            return malformed;
        if (!Named(request).TryGet(out var named, out var refusal) || !_database.Read(s => Source(s, request, by, named)).TryGet(out var source, out refusal))
            return refusal;
        await using var file = new FileStream(Path.Combine(_spoolFolder, $"export-{Ids.New()}.tmp"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        // Decrypted documents must not outlive a kill: on Unix the file has no name from here on.
        if (!OperatingSystem.IsWindows())
            File.Delete(file.Name);
        var now = _clock.GetUtcNow();
        await BundleWriter.WriteAsync(source, _keys.Seal(source.Exporter.Authority), now, file, cancellation);
        file.Position = 0;
        var sha256 = new Digest(await SHA256.HashDataAsync(file, cancellation));
        cancellation.ThrowIfCancellationRequested();
        if (await Record(request, source, sha256, by, now) is { } erased)
            return erased;
        file.Position = 0;
        await Send(file, stream, cancellation);
        await stream.WriteAsync(new FilePart { Name = $"{request.CaseId}.zip", Sha256 = sha256.ToString() }, cancellation);
        return null;
    }

    // One act: a bundle that was broken off on the way has left, one that was never recorded has not.
    private async Task<Refusal?> Record(ExportCaseRequest request, BundleSource source, Digest sha256, User by, DateTimeOffset now)
    {
        var exported = ItemCustody.Exported(request.Purpose, sha256, new Actor(by.Name, by.Authority));
        var items = _database.Read(s => source.Items.Select(i => ItemRow.Find(s, i.Item)).OfType<ItemRow>().Where(i => i.State != ItemState.ERASED)
            .Select(i => new CustodyOf(CaseRow.Find(s, i.CaseId)!, i.Id, i.ManifestSha256!.Value, [exported])).ToList());
        return await _custody.With(items, record => _database.Write<Refusal?>(Lane.Bulk, s =>
        {
            if (items.Exists(i => ItemRow.Find(s, i.Item) is not { State: not ItemState.ERASED }))
                return new Refusal(RefusalCode.RetentionPassed, "an item was erased with its case while the bundle was made; export it again", "caseId");
            new AuditRecord("case.exported", by.Name, request.CaseId, request.CaseId, request.Purpose.Length > 0 ? $"{sha256} {request.Purpose}" : sha256.ToString()).Append(s, now);
            record(s);
            return null;
        }));
    }

    private static async Task Send(FileStream file, IServerStreamWriter<FilePart> stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            int read;
            while ((read = await file.ReadAsync(buffer.AsMemory(0, PartBytes), cancellation)) > 0)
                await stream.WriteAsync(new FilePart { Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) }, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Outcome<HashSet<Digest>> Named(ExportCaseRequest request)
    {
        var digests = new HashSet<Digest>();
        foreach (var text in request.Withhold)
        {
            if (!Digest.TryParse(text, out var digest))
                return new Refusal(RefusalCode.ArgumentNotValid, $"'{text}' is not a SHA-256 value in lower-case hexadecimal", "withhold");
            digests.Add(digest);
        }
        return digests;
    }

    // One snapshot decides what goes in; contents that never change are read one after the other while writing.
    private Outcome<BundleSource> Source(Session s, ExportCaseRequest request, User by, HashSet<Digest> named)
    {
        var reach = _access.Of(by, Permission.Export);
        if (CaseRow.Seen(s, reach, request.CaseId) is not { } first)
            return NeedToKnow.NoCase();
        var rows = request.WithLinked ? Linked(s, reach, first) : [first];
        if (!Uses(s, rows, request.Purpose, by).TryGet(out var uses, out var refusal) || !Withholding.Of(s, _caseKeys, rows.Select(r => r.Id), named).TryGet(out var withholding, out refusal))
            return refusal;
        var documents = new Dictionary<Digest, BundleDocument>();
        var withheld = new HashSet<Digest>();
        foreach (var row in rows)
        {
            var erased = Erased(s, row.Id);
            foreach (var (id, sha256, kept, rejected) in s.Query("SELECT id, cover_sha256, body IS NOT NULL, direction = 'IN' AND state = 'REJECTED' FROM messages WHERE case_id = $1", r => (r.GetString(0), r.Digest(1), r.GetInt64(2) != 0, r.GetInt64(3) != 0), row.Id))
            {
                // What was rejected or erased is not kept; its receipts are, and name it. What is gone without either was lost, and a bundle must not call that a decision.
                if (kept && !withholding.LeavesOut(sha256))
                    documents[sha256] = new BundleDocument(sha256, () => Cover(row.Id, id));
                else if (kept || rejected || erased.Contains(id))
                    withheld.Add(sha256);
            }
        }
        var items = rows.SelectMany(row => ItemRow.OfCase(s, row.Id)).Where(i => i is { Message: not null, ManifestSha256: not null, State: not ItemState.ERASED }).ToList();
        foreach (var statement in items.SelectMany(i => Decision.Of(s, _caseKeys, i)).Where(d => d.Kind is Decision.HandOver or nameof(ReleaseDecision.UPHOLD) or nameof(ReleaseDecision.OBJECT)))
        {
            if (withholding.LeavesOut(statement.Signed.Sha256))
                withheld.Add(statement.Signed.Sha256);
            else
                documents[statement.Signed.Sha256] = new BundleDocument(statement.Signed.Sha256, () => statement.Signed.Der);
        }
        foreach (var row in rows)
        {
            foreach (var (item, state, seq, sha256) in s.Query("SELECT item, state, seq, sha256 FROM custody_events WHERE case_id = $1", r => (r.GetString(0), r.GetString(1), r.GetInt64(2), r.Digest(3)), row.Id))
            {
                if (withholding.LeavesOut(sha256))
                    withheld.Add(sha256);
                else
                    documents[sha256] = new BundleDocument(sha256, () => Custody(row.Id, item, state, seq));
            }
        }
        foreach (var row in rows)
        {
            foreach (var (item, sha256) in s.Query($"SELECT item, sha256 FROM item_records WHERE {RecordsOfItemsHere}", r => (r.GetString(0), r.Digest(1)), row.Id))
            {
                if (withholding.LeavesOut(sha256))
                    withheld.Add(sha256);
                else
                    documents[sha256] = new BundleDocument(sha256, () => Record(row.Id, item, sha256));
            }
        }
        foreach (var (row, original) in rows.SelectMany(row => LateOriginals.Of(s, row.Id).Select(original => (row, original))))
        {
            if (withholding.LeavesOut(original.Sha256))
                withheld.Add(original.Sha256);
            else
                documents[original.Sha256] = new BundleDocument(original.Sha256, () => _database.Read(now => LateOriginals.Open(now, _caseKeys, row.Id, original.Id))
                    ?? throw new InvalidOperationException($"the record of the original of {row.Id} went while it was exported"));
        }
        // What outlives an erasure: the statement itself, and what the two persons signed.
        foreach (var decision in rows.SelectMany(row => s.Query("SELECT document FROM erasure_decisions WHERE case_id = $1 ORDER BY seq", r => r.Bytes(0), row.Id)))
            documents[Digest.Of(decision)] = new BundleDocument(Digest.Of(decision), () => decision);
        // Two receipts with one number: the chain shows one of them, and both together are the proof.
        foreach (var second in rows.SelectMany(row => s.Query("SELECT der FROM receipt_forks WHERE chain = $1 ORDER BY issuer, seq", r => r.Bytes(0), row.Id)))
            documents[Digest.Of(second)] = new BundleDocument(Digest.Of(second), () => second);
        var leftOut = items.Where(i => withholding.LeavesOut(i.ManifestSha256!.Value)).ToList();
        withheld.UnionWith(leftOut.Select(i => i.ManifestSha256!.Value));
        if (withholding.Stray(withheld) is { } stray)
            return new Refusal(RefusalCode.NotFound, $"no document {stray} belongs to what is exported", "withhold");
        var verdicts = ExportVerdicts.Of(s, _database, _caseKeys, rows.Select(r => r.Id), withheld);
        var log = _log.Of(s, rows, [.. verdicts.Leaves, .. CustodyLeaves(s, rows, withheld), .. ErasureLeaves(s, rows)]);
        return new BundleSource
        {
            Case = first.Id,
            Exporter = Party.Of(first.OwnAuthority),
            Cases = [.. rows.Select(row => Entry(s, reach, row))],
            Cards = [.. rows.Select(r => r.Peer).Append(_keys.State).Concat(log?.Witnesses ?? []).Distinct().SelectMany(state => PeerRows.Cards(s, state))],
            Documents = [.. documents.Values],
            Recognition = verdicts.Verdicts,
            Material = verdicts.Material,
            Withheld = withheld,
            Custody = [.. rows.SelectMany(row => CustodyHeads(s, row.Id))],
            Logs = log is null ? [] : [log],
            Conflicts = LogPart.Conflicts(s, [_keys.State, .. rows.Select(r => r.Peer)]),
            Erasures = [.. rows.SelectMany(row => s.Query("SELECT der FROM erasures WHERE case_id = $1 ORDER BY time, issuer, id", r => (ReadOnlyMemory<byte>)r.Bytes(0), row.Id))],
            Conditions = uses,
            Items = [.. items.Except(leftOut).Select(i => new BundleItem(i.Id, ItemPapers.Open(s, _caseKeys, i).Signed.Der))],
        };
    }

    // Personal data that were received leave for the purpose of their request; who audits says why in words of his own. Whatever leaves, its conditions go with it.
    private Outcome<IReadOnlyList<string>> Uses(Session s, IReadOnlyList<CaseRow> rows, string purpose, User by)
    {
        var lines = new List<string>();
        foreach (var row in rows)
        {
            if (DataUse.Of(s, _caseKeys, row, _clock.GetUtcNow()) is not { Terms.Bind: true } use)
                continue;
            lines.Add($"{row.Id}: {use.Line}");
            var audits = by.Roles.All(role => role == Protocol.Requests.Role.AUDITOR) && purpose.Trim().Length > 0;
            if (!audits && use.RefuseWords(purpose) is { } notFor)
                return notFor;
        }
        return lines;
    }

    private static List<CaseRow> Linked(Session s, Reach reach, CaseRow first)
    {
        var rows = new List<CaseRow> { first };
        for (var i = 0; i < rows.Count && rows.Count < MaxCases; i++)
            rows.AddRange(ShowCases.Links(s, reach, rows[i].Id).Where(id => rows.All(r => r.Id != id)).Select(id => CaseRow.Seen(s, reach, id)).OfType<CaseRow>());
        return rows;
    }

    private BundleCase Entry(Session s, Reach reach, CaseRow row)
    {
        var (own, peer) = (Party.Of(row.OwnAuthority), Party.Of(row.PeerAuthority));
        var chains = s.Query("SELECT issuer, seq FROM chains WHERE chain = $1 ORDER BY issuer", r => (Issuer: r.GetString(0), Head: r.GetInt64(1)), row.Id);
        var requesting = row.Side == CaseSide.Requesting;
        return new BundleCase(row.Id, ShowCases.Links(s, reach, row.Id), requesting ? own : peer, requesting ? peer : own,
            [.. chains.Select(c => new BundleChain(c.Issuer, Receipts(row.Id, c.Issuer, c.Head)))]);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Receipts(string caseId, string issuer, long head)
    {
        for (var from = 1L; from <= head; from += ReceiptsPerRead)
        {
            var first = from;
            foreach (var der in _database.Read(s => Chains.Der(s, caseId, issuer, first, Math.Min(head, first + ReceiptsPerRead - 1))))
                yield return der;
        }
    }

    // Messages whose content we erased ourselves.
    private HashSet<string> Erased(Session s, string caseId) => ErasureRows.Of(s, caseId)
        .Select(der => SignedDocument.Open(der).Then(signed => Erasure.Read(signed.Content))).Where(read => read is { Succeeded: true, Value: var erasure } && erasure.Authority.State == _keys.State)
        .SelectMany(read => read.Value.Messages.Select(m => m.Message)).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<(Digest Sha256, long Leaf)> CustodyLeaves(Session s, IEnumerable<CaseRow> rows, HashSet<Digest> withheld)
        => rows.SelectMany(row => s.Query("SELECT sha256, leaf FROM custody_events WHERE case_id = $1 UNION ALL SELECT sha256, leaf FROM item_records WHERE " + RecordsOfItemsHere + " ORDER BY leaf", r => (Sha256: r.Digest(0), Leaf: r.GetInt64(1)), row.Id)).Where(l => !withheld.Contains(l.Sha256));

    // The row of an erasure does not say where its leaf stands. One that was erased again, beside an older database, has two: the first proves most.
    private static IEnumerable<(Digest Sha256, long Leaf)> ErasureLeaves(Session s, IEnumerable<CaseRow> rows)
    {
        var digests = rows.SelectMany(row => ErasureRows.Of(s, row.Id)).Select(der => Digest.Of(der)).ToHashSet();
        return digests.Count == 0 ? [] : Leaves.Of(s, LeafKind.erasure).Where(l => digests.Contains(l.Sha256)).DistinctBy(l => l.Sha256);
    }

    // SQLite gives the other columns of the row with the largest number.
    private static List<CaseCustody> CustodyHeads(Session s, string caseId)
        => s.Query("SELECT item, state, max(seq), sha256 FROM custody_events WHERE case_id = $1 GROUP BY item, state", r => new CaseCustody(r.GetString(0), r.GetString(1), r.GetInt64(2), r.Digest(3)), caseId);

    private ReadOnlyMemory<byte> Record(string caseId, string item, Digest sha256)
    {
        var document = _database.Read(s => s.One("SELECT document FROM item_records WHERE item = $1 AND sha256 = $2", r => r.Bytes(0), item, sha256));
        return RecordRows.Open(_caseKeys, caseId, item, sha256, document ?? throw new InvalidOperationException($"a record of item {item} went while it was exported")).Signed.Der;
    }

    private ReadOnlyMemory<byte> Custody(string caseId, string item, string state, long seq)
    {
        var document = _database.Read(s => s.One("SELECT document FROM custody_events WHERE item = $1 AND state = $2 AND seq = $3", r => r.Bytes(0), item, state, seq));
        return CustodyRows.Open(_caseKeys, caseId, item, state, seq, document ?? throw new InvalidOperationException($"an event of item {item} went while it was exported")).Signed.Der;
    }

    private ReadOnlyMemory<byte> Cover(string caseId, string message)
    {
        var body = _database.Read(s => s.One("SELECT body FROM messages WHERE id = $1 AND case_id = $2 AND body IS NOT NULL", r => r.Bytes(0), message, caseId));
        return _caseKeys.Open(caseId, $"message:{message}", body ?? throw new InvalidOperationException($"the content of message {message} went while it was exported"));
    }
}
