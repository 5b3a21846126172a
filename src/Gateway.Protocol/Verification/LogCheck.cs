using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// The logs: whose checkpoint it is, who cosigned it and when, and whether every receipt stands in it. Keys come from the cards, which the
/// anchors confirm; a policy of the person who verifies may ask for more.
/// </summary>
internal sealed class LogCheck(Facts facts, TrustRing ring, IReadOnlySet<string> confirmed, IReadOnlyList<string> logged, IReadOnlyList<TlogPolicy> trusted, TimeStampJudge? timeStamps, DateTimeOffset? at, Findings findings)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset s_end = DateTimeOffset.MaxValue - TimeSpan.FromDays(1);

    private readonly HashSet<Digest> _custody = [.. facts.Custody.Select(e => e.Sha256), .. facts.Records.Select(r => r.Sha256)];
    private readonly ILookup<string, ProofFact> _proofs = facts.Proofs.ToLookup(p => p.State, StringComparer.Ordinal);
    private readonly Dictionary<Digest, LogNote?> _notes = [];
    private readonly Dictionary<Digest, bool> _quorums = [];
    private readonly HashSet<string> _judged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _passedBy = new(StringComparer.Ordinal);
    private readonly HashSet<string> _origins = new(StringComparer.Ordinal);
    private readonly HashSet<(string Origin, long Size, Digest Root)> _outside = [];
    private readonly Dictionary<Digest, SeenLeaf> _seen = [];
    private readonly HashSet<string> _narrowed = [.. trusted.SelectMany(p => p.Logs).Select(l => LogName.TryParse(l.Name, out var name) ? name.State : "")];
    private readonly HashSet<string> _logStates = [.. ring.States.Where(s => ring.CardsOf(s).Any(c => c.Signed.Card.Log is not null)), .. logged.Where(s => ring.States.Contains(s))];
    private readonly Dictionary<string, HashSet<LogName>> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Origin, long Size), (Digest Root, string File)> _roots = [];

    /// <summary>When somebody whose word counts first saw what stands in a log here; complete after <see cref="All"/>.</summary>
    public IReadOnlyDictionary<Digest, SeenLeaf> Seen => _seen;

    /// <summary>The logs in which something that is here was found to stand; complete after <see cref="All"/>.</summary>
    public IReadOnlySet<string> Origins => _origins;

    public IReadOnlyList<LogReport> All()
    {
        foreach (var (file, state, policy) in facts.Policies)
            Policy(file, state, policy);
        var reports = new List<LogReport>();
        var shown = facts.Checkpoints.Select(c => c.State).Concat(facts.Proofs.Concat(facts.StampedLeaves).Select(p => p.State)).Concat(facts.Growths.Select(g => g.State)).Concat(facts.Stamps.Select(s => BundleLayout.Owner(s.File))).ToHashSet(StringComparer.Ordinal);
        // Who exports decides what is in the bundle: a log that its card names, here or in the hand of who verifies, is asked for, whether or not anything of it is here.
        var due = facts.CaseFile?.Exporter.State is { } exporter && _logStates.Contains(exporter) ? exporter : null;
        var asked = (due is null ? shown : shown.Append(due)).Distinct().OrderBy(s => s != due).ThenBy(s => s, StringComparer.Ordinal).ToList();
        foreach (var state in asked.Skip(FactBounds.MaxLogStates))
            findings.Add(FindingCode.LimitExceeded, $"there are logs of {asked.Count} States; that of {state} is not judged");
        foreach (var state in asked.Take(FactBounds.MaxLogStates).Order(StringComparer.Ordinal))
        {
            var report = Log(state);
            if (shown.Contains(state))
                reports.Add(report);
        }
        // Somebody who asks for witnesses must not be content with a bundle that says nothing of them.
        foreach (var log in trusted.SelectMany(p => p.Logs).Select(l => l.Name).Distinct().Where(l => LogName.TryParse(l, out var name) && name.State == facts.CaseFile?.Exporter.State))
        {
            if (!_judged.Contains(log))
                findings.Add(FindingCode.PolicyNotMet, $"the policy that you trust names the log {log}; no checkpoint of it that holds is here");
        }
        if (shown.Count == 0)
            findings.Add(FindingCode.NoLog, due is null
                ? "there is no log in this bundle: not witnessed by anybody but the two States; an act that both left out would not show"
                : $"there is no log in this bundle, and the card of {due} names one: what is old enough to stand in it counts as never logged");
        return reports;
    }

    private LogReport Log(string state)
    {
        var newest = facts.Checkpoints.Find(c => c.State == state) is { } checkpoint ? Note(state, checkpoint.Note, checkpoint.File) : null;
        if (newest is not null)
            Quorum(state, newest, BundleLayout.Checkpoint(state));
        var found = new List<(ProofFact Proof, LogNote Note)>();
        var beginnings = new List<(ProofFact, LogNote)>();
        foreach (var proof in _proofs[state])
        {
            if (proof.Followed is not null)
            {
                if (Note(state, facts.Notes[proof.Note], proof.File) is { } under)
                    beginnings.Add((proof, under));
            }
            else if (Note(state, facts.Notes[proof.Note], proof.File) is { } note && Fits(state, proof))
                found.Add((proof, note));
        }
        var grown = new LogGrowth(facts, state, [.. found.Select(f => f.Note).Concat(beginnings.Select(b => b.Item2)).Concat(newest is null ? [] : [newest]).Distinct()],
            (note, file) => Note(state, note, file), note => Quorum(state, note, null), c => confirmed.Count == 0 || c.Confirmed, findings);
        var proved = found.GroupBy(f => f.Proof.Sha256).ToDictionary(g => g.Key, g => new ProvedLeaf(g.Last().Proof, g.Last().Note, grown.Met(g.Last().Note)));
        Witnesses(state, grown, newest);
        grown.Shown([.. proved.Values.Where(leaf => leaf.Witnessed).Select(leaf => leaf.Note), .. beginnings.Select(b => b.Item2), .. newest is null ? Array.Empty<LogNote>() : [newest]]);
        _origins.UnionWith(proved.Values.Select(leaf => leaf.Note.Checkpoint.Origin));
        Order(proved);
        Places(state, proved.Values.Select(leaf => (leaf.Proof, leaf.Note)).Concat(beginnings));
        new LogSuccession(ring, trusted, findings).All(state, proved.Values, beginnings);
        Coverage(state, proved);
        Verdicts(state, proved);
        CustodyCoverage(state, proved);
        ErasureCoverage(state, proved);
        Witnessed(state, newest);
        var check = new StampCheck(facts, timeStamps, Note, Fits, Latest, findings);
        var stamps = check.All(state, proved, grown);
        var seen = proved.Values.Where(leaf => leaf.Witnessed)
            .Select(leaf => (leaf.Proof.Sha256, Seen: SeenLeaf.Earlier(grown.Seen(leaf.Note), check.Stamped(leaf.Proof.Sha256)))).Where(l => l.Seen is not null).ToDictionary(l => l.Sha256, l => l.Seen!);
        foreach (var (sha256, by) in seen)
            _seen[sha256] = _seen.TryGetValue(sha256, out var other) && other.Time <= by.Time ? other : by;
        new LogDates(facts, findings).All(state, proved, stamps, seen);
        return new LogReport(state, newest?.Checkpoint.Origin, newest?.Checkpoint.Size, newest?.Checkpoint.Root,
            facts.Receipts.LongCount(r => proved.ContainsKey(r.Sha256)), facts.Receipts.Count, newest?.Cosigners ?? [], stamps)
        {
            Outside = [.. grown.Cosigners(proved.Values.Where(leaf => leaf.Witnessed).Select(leaf => leaf.Note).Distinct()).Where(c => c is { Party: false, Confirmed: true }).Select(c => c.State).Distinct().Order(StringComparer.Ordinal)],
            SeenOutside = facts.Receipts.LongCount(r => proved.TryGetValue(r.Sha256, out var leaf) && leaf.Witnessed && grown.Outside(leaf.Note)),
        };
    }

    // Once per note: most proofs of a bundle carry the same one.
    private LogNote? Note(string state, SignedNote note, string file, DateTimeOffset? made = null)
    {
        var digest = Digest.Of(note.Bytes.Span);
        if (!_notes.TryGetValue(digest, out var known))
            _notes[digest] = known = Judge(state, note, file, made);
        return known is not null && LogName.TryParse(known.Checkpoint.Origin, out var name) && name.State == state ? known : null;
    }

    private LogNote? Judge(string state, SignedNote note, string file, DateTimeOffset? stamped)
    {
        LogNote? Bad(FindingCode code, string text)
        {
            findings.Add(code, text, file);
            return null;
        }
        if (!Checkpoint.Read(note.Text).TryGet(out var checkpoint, out var refusal))
            return Bad(FindingCode.CheckpointBroken, refusal.ToString());
        if (!LogName.TryParse(checkpoint.Origin, out var name) || name.State != state)
            return Bad(FindingCode.CheckpointBroken, $"the checkpoint is of '{checkpoint.Origin}', which is no log of {state}");
        var keys = Keys(state, name);
        if (keys.Count == 0)
            return Bad(FindingCode.LogKeyUnknown, $"no card of {state} here names a key of its log");
        if (!VerifiedCheckpoint.Open(note, [.. keys.Select(k => k.Key)]).TryGet(out var verified, out refusal))
            return Bad(FindingCode.CheckpointBroken, refusal.ToString());

        var (cosigners, passed) = (new List<Cosigner>(), new List<VerifiedSignature>());
        foreach (var (witness, named) in ring.CosignersOf(note.Signatures).Where(w => w.State != state))
        {
            if (!note.Verify(named.Select(k => k.Key)).TryGet(out var signatures, out refusal))
                return Bad(FindingCode.CheckpointBroken, refusal.ToString());
            foreach (var signature in signatures)
            {
                var time = signature.Time!.Value;
                if (time - Latest > Tolerance)
                    return Bad(FindingCode.CosignatureInFuture, $"the cosignature of {witness} is dated {TrustRing.Show(time)}, after this bundle was sealed or judged");
                // What a card of a State says of its own keys must not break the story of others: the line is passed over, and the lines beside it count.
                if (!named.First(k => k.Key == signature.Key).InForce(time, Tolerance))
                {
                    passed.Add(signature);
                    findings.Add(FindingCode.CosignatureNotCounted, ring.CardsLacking(witness, time, Tolerance) is { } lacking ? $"no card here names the key with which {witness} cosigned {TrustRing.Show(time)}, and that does not count: {lacking}"
                        : $"{witness} cosigned {TrustRing.Show(time)} with a key that its card did not name then; that does not count", file);
                    continue;
                }
                cosigners.Add(new Cosigner(witness, time, confirmed.Contains(witness), facts.Parties.Contains(witness)));
            }
        }
        // A checkpoint bears no time; it is not younger than its cosignatures, its time-stamps, nor the bundle.
        var made = cosigners.Select(c => (DateTimeOffset?)c.Time).Concat(passed.Select(p => p.Time)).Append(stamped).Min() ?? facts.CaseFile?.Exported;
        if (made is { } then && !verified.Signatures.Any(s => keys.First(k => k.Key == s.Key).InForce(then, Tolerance)))
            return Bad(FindingCode.LogKeyNotInForce, ring.CardsLacking(state, then, Tolerance) is { } lacking ? $"no card here names the key that signed the checkpoint for its time ({TrustRing.Show(then)}): {lacking}"
                : $"the checkpoint is signed with a key that the card of {state} did not name then ({TrustRing.Show(then)})");

        var place = (checkpoint.Origin, checkpoint.Size);
        if (_roots.TryGetValue(place, out var other) && other.Root != checkpoint.Root)
            findings.Add(FindingCode.LogForked, $"{state} signed two checkpoints of size {checkpoint.Size} with different roots; the other is in {other.File}: keep both, they prove it", file);
        _roots.TryAdd(place, (checkpoint.Root, file));
        if (ring.Ends.Past(name, checkpoint) is { } past)
            return Bad(FindingCode.LogPastEnd, past);
        return new LogNote(checkpoint, cosigners, note)
        {
            Counted = passed.Count == 0 ? note : SignedNote.Compose(note.Text, note.Signatures.Where(s => passed.TrueForAll(p => p.Key.Name != s.Name || p.Key.Id != s.KeyId))),
        };
    }

    // The policies of the person who verifies come first; without one, that of the bundle; without any, one other State. The newest checkpoint must meet
    // them; a proof under another one that neither does nor became one that does is only worth nothing, for the receipt may be too young for more.
    private bool Quorum(string state, LogNote read, string? newest)
    {
        var digest = Digest.Of(read.Signed.Bytes.Span);
        if (!_quorums.TryGetValue(digest, out var met))
            _quorums[digest] = met = QuorumOf(state, read, newest);
        return met;
    }

    // Of every checkpoint under which something counts and that nothing larger here followed, not only the newest: anybody can make a witness, and a second log for it to cosign.
    private void Witnesses(string state, LogGrowth grown, LogNote? newest)
    {
        foreach (var end in grown.Ends)
        {
            var file = newest is not null && Key(newest) == Key(end) ? BundleLayout.Checkpoint(state) : null;
            if (confirmed.Count > 0 && !end.Cosigners.Any(c => c.Confirmed))
                findings.Add(FindingCode.WitnessesUnconfirmed, $"a checkpoint of {end.Checkpoint.Origin} of size {end.Checkpoint.Size} is cosigned by {string.Join(", ", end.Cosigners.Select(c => c.State).Distinct())} only, and nothing that you trust confirms their cards: anybody could have made these witnesses; give the card of one of them", file);
            Outside(end, file);
        }
    }

    private static (string Origin, long Size, Digest Root) Key(LogNote note) => (note.Checkpoint.Origin, note.Checkpoint.Size, note.Checkpoint.Root);

    private bool QuorumOf(string state, LogNote read, string? newest)
    {
        _judged.Add(read.Checkpoint.Origin);
        var own = trusted.Where(p => p.Logs.Any(l => l.Name == read.Checkpoint.Origin)).ToList();
        foreach (var policy in own)
        {
            if (policy.Verify(read.Counted, Latest).TryGet(out _, out var refusal))
                continue;
            if (newest is not null)
                findings.Add(FindingCode.PolicyNotMet, $"the policy that you trust is not met: {refusal.Detail}", newest);
            return false;
        }
        if (own.Count > 0)
            return true;
        // Who names one log of a State trusts no other one for it: with two of them a State can show each reader another story. The years that followed may be honest, so it is said, and not broken.
        if (_narrowed.Contains(state) && _passedBy.Add(read.Checkpoint.Origin))
            findings.Add(FindingCode.LogNotNamed, $"what is proved here under {read.Checkpoint.Origin} rests on a log that no policy that you trust names, though one names another log of {state}{Announced(read.Checkpoint.Origin)}: a State that keeps two logs can show each reader another one; ask for a policy that names it, and where the log before it ends", newest);
        // Who exports also writes the policy in the bundle. It may ask for more than one other State, never for less.
        if (read.Cosigners.Count == 0)
            return false;
        var stated = facts.Policies.Find(p => p.State == state).Policy;
        if (stated is null || stated.Logs.All(l => l.Name != read.Checkpoint.Origin))
            return true;
        if (stated.Verify(read.Counted, Latest).TryGet(out _, out var lacking))
            return true;
        if (newest is not null)
            findings.Add(FindingCode.QuorumLacking, $"the policy of {state} itself is not met: {lacking.Detail}", newest);
        return false;
    }

    private string Announced(string origin) => LogName.TryParse(origin, out var name) && ring.Ends.Begun(name) is { } said ? $"; card {said.Version} of {name.State} says that it was begun on purpose (\"{said.Renewal.Reason}\")" : "";

    // No cosignature may be later than this. Times of strangers are compared by their difference: a sum could leave the calendar.
    private DateTimeOffset Latest
    {
        get
        {
            var latest = facts.CaseFile?.Exported is { } exported && (at is null || exported < at) ? exported : at ?? s_end;
            return latest < s_end ? latest : s_end;
        }
    }

    // Each name of a log is another set of keys to compute, and a stranger can think of many names.
    private IReadOnlyList<KeyPeriod> Keys(string state, LogName name)
    {
        if (!_names.TryGetValue(state, out var names))
            _names[state] = names = [];
        if (names.Count < FactBounds.MaxLogNames || names.Contains(name))
        {
            names.Add(name);
            return ring.LogKeys(state, name);
        }
        findings.Add(FindingCode.LimitExceeded, $"more than {FactBounds.MaxLogNames} logs of {state} are named here; {name.Origin} is not judged");
        return [];
    }

    // A policy whose keys no card names would be trusted by other tools.
    private void Policy(string file, string state, TlogPolicy policy)
    {
        foreach (var log in policy.Logs)
        {
            if (!LogName.TryParse(log.Name, out var name) || name.State != state || Keys(state, name).All(k => k.Key != log))
                findings.Add(FindingCode.PolicyDiffers, $"no card of {state} names the key {log}", file);
        }
        foreach (var witness in policy.Witnesses)
        {
            if (!ring.IsCosigner(witness.Key))
                findings.Add(FindingCode.PolicyDiffers, $"no card here names the witness key {witness.Key}", file);
        }
    }

    // What the leaf says must be what the file is: a receipt of that State, or one that it took.
    private bool Fits(string state, ProofFact proof)
    {
        var receipt = facts.BySha256.GetValueOrDefault(proof.Sha256);
        var expected = receipt is not null ? receipt.State == state ? LeafKind.receipt : LeafKind.received
            : facts.By.Erasures.Contains(proof.Sha256) ? LeafKind.erasure
            : facts.By.VerdictRecords.Contains(proof.Sha256) ? LeafKind.audit
            : _custody.Contains(proof.Sha256) ? LeafKind.custody : (LeafKind?)null;
        if (expected is null)
        {
            findings.Add(FindingCode.ProofUnreferenced, "the proof is about nothing that is here", proof.File);
            return false;
        }
        if (expected == proof.Kind)
            return true;
        findings.Add(FindingCode.ProofBroken, $"the leaf says '{proof.Kind}'; what bears this digest here is '{expected}'", proof.File);
        return false;
    }

    // At one place of a log stands one leaf, whatever the sizes of the checkpoints above it: two that its own key signed over different ones are two stories, each witnessed by others.
    private void Places(string state, IEnumerable<(ProofFact Proof, LogNote Note)> leaves)
    {
        var places = new Dictionary<(string Origin, long Index), (ProofFact Proof, LogNote Note)>();
        foreach (var leaf in leaves)
        {
            var place = (leaf.Note.Checkpoint.Origin, leaf.Proof.Index);
            if (!places.TryAdd(place, leaf) && places[place] is var other && other.Proof.Sha256 != leaf.Proof.Sha256)
                findings.Add(FindingCode.LogForked, $"{state} signed checkpoints of {place.Origin} of {leaf.Note.Checkpoint.Size} and {other.Note.Checkpoint.Size} leaves with different leaves at index {place.Index}; the other is in {other.Proof.File}: keep both, they prove it", leaf.Proof.File);
        }
    }

    // A log grows at its end: the later receipt of a chain cannot stand before the earlier one.
    private void Order(Dictionary<Digest, ProvedLeaf> proved)
    {
        foreach (var chain in facts.Receipts.GroupBy(r => (r.Case, r.State)))
        {
            var last = new Dictionary<string, (long Index, long Seq)>();
            (LogName Name, long Seq)? newest = null;
            foreach (var receipt in chain.OrderBy(r => r.Seq))
            {
                if (!proved.TryGetValue(receipt.Sha256, out var found))
                    continue;
                var origin = found.Note.Checkpoint.Origin;
                if (last.TryGetValue(origin, out var before) && found.Proof.Index <= before.Index)
                    findings.Add(FindingCode.LogOrder, $"receipt {receipt.Seq} of {receipt.State} stands at index {found.Proof.Index} of {origin}, receipt {before.Seq} at {before.Index}: it was logged in another order", found.Proof.File, receipt.Seq);
                last[origin] = (found.Proof.Index, receipt.Seq);
                // When a log begins, the one before it has ended: nothing that came later can stand there.
                if (!LogName.TryParse(origin, out var name))
                    continue;
                if (newest is { } latest && (name.Year, name.Number).CompareTo((latest.Name.Year, latest.Name.Number)) < 0)
                    findings.Add(FindingCode.LogOrder, $"receipt {receipt.Seq} of {receipt.State} stands in {origin}, receipt {latest.Seq} before it in {latest.Name.Origin}, which began when the other had ended: the log was written on beside its successor", found.Proof.File, receipt.Seq);
                else
                    newest = (name, receipt.Seq);
            }
        }
    }

    private void Coverage(string state, Dictionary<Digest, ProvedLeaf> proved)
    {
        foreach (var chain in facts.Receipts.Where(r => r.Receipt is not null).GroupBy(r => (r.Case, r.State)))
        {
            var held = facts.By.HeldOf.GetValueOrDefault((chain.Key.Case, state));
            var lacking = chain.Where(r => !IsWitnessed(r.Sha256, proved)).OrderBy(r => r.Seq).ToLookup(r => Lack(state, r.State == state ? r.Receipt!.Time : held?.Since(r.Seq), r.Receipt!.Time, proved.GetValueOrDefault(r.Sha256)));
            foreach (var group in lacking)
            {
                var (first, count) = (group.First(), group.Count());
                var what = count == 1 ? $"receipt {first.Seq} of {first.State}" : $"{count} receipts of {first.State}, the first of them {first.Seq},";
                var (code, text) = group.Key;
                findings.Add(code, $"{what} in case {first.Case} {Shows(code)} in the log of {state}: {text}", first.File, first.Seq);
            }
        }
    }

    private static bool IsWitnessed(Digest sha256, Dictionary<Digest, ProvedLeaf> proved) => proved.TryGetValue(sha256, out var found) && found.Witnessed;

    // What was made of a mark stands in the log of the gateway that made it: of the exporter.
    private void Verdicts(string state, Dictionary<Digest, ProvedLeaf> proved)
    {
        foreach (var record in facts.VerdictRecords.Where(r => state == facts.CaseFile?.Exporter.State && !IsWitnessed(r.Sha256, proved)))
        {
            var (code, text) = Lack(state, record.Record.Time, record.Record.Time, proved.GetValueOrDefault(record.Sha256));
            findings.Add(code, $"the verdict recorded {TrustRing.Show(record.Record.Time)} {Shows(code)} in the log of {state}: {text}", record.File);
        }
    }

    // What no witness saw, by its age at the export. What was logged when it was taken, which may be long after it was signed, is late at most: its age alone is no proof that it never was.
    // Where no other State in the case keeps a log, as in one that runs on paper, there may be nobody who could witness: that is said, and breaks nothing.
    private (FindingCode Code, string Text) Lack(string state, DateTimeOffset? held, DateTimeOffset recorded, ProvedLeaf? logged)
    {
        var exported = facts.CaseFile?.Exported ?? at ?? DateTimeOffset.MaxValue;
        var witnesses = _logStates.Count > (_logStates.Contains(state) ? 1 : 0);
        var age = ProofAge.Judge(held ?? recorded, exported);
        var overdue = at is { } now && facts.CaseFile is not null && now - exported > ProofAge.Longest;
        if (age == ProofLack.Missing && witnesses && logged is not null)
            return (FindingCode.ProofUnwitnessed, $"too few witnesses cosigned the checkpoint under which it stands, and {ProofAge.Longest.TotalHours:0} hours have passed; whether they would not or could not, nobody but {state} vouches for it");
        if (age == ProofLack.Missing && witnesses && held is not null)
            return (FindingCode.ProofMissing, $"no witnessed checkpoint covers it after {ProofAge.Longest.TotalHours:0} hours: it counts as never logged");
        // Who exports writes the date to which the hours are counted: a bundle that was made too early for its proofs stays without them.
        if (overdue)
            return (witnesses ? FindingCode.ProofOverdue : FindingCode.ProofLate, "no witnessed checkpoint covered it when this bundle was made, as its exporter dates it; ask for one that is made now");
        return age == ProofLack.Pending
            ? (FindingCode.ProofPending, "no witnessed checkpoint covers it yet; that is usual for a day")
            : (FindingCode.ProofLate, $"no witnessed checkpoint covers it after {ProofAge.Expected.TotalHours:0} hours");
    }

    private static string Shows(FindingCode code) => code == FindingCode.ProofUnwitnessed ? "has no witnessed proof" : "has no proof";

    // Events of an item are logged where they are kept, those of the other side too.
    private void CustodyCoverage(string state, Dictionary<Digest, ProvedLeaf> proved)
    {
        foreach (var custody in facts.Custody.Where(e => facts.CaseFile?.Exporter.State == state && !IsWitnessed(e.Sha256, proved)))
        {
            var (code, text) = Lack(state, custody.Document.State == state ? custody.SigningTime : null, custody.SigningTime, proved.GetValueOrDefault(custody.Sha256));
            findings.Add(code, $"custody event {custody.Document.Seq} of {custody.Document.State} ({custody.Document.Event}) {Shows(code)} in the log of {state}: {text}", custody.File, custody.Document.Seq);
        }
        foreach (var record in facts.Records.Where(r => facts.CaseFile?.Exporter.State == state && !IsWitnessed(r.Sha256, proved)))
        {
            if (Waits(record, state))
                continue;
            var (code, text) = Lack(state, null, record.SigningTime, proved.GetValueOrDefault(record.Sha256));
            findings.Add(code, $"the {record.Document.Form.Type} signed by '{record.Signer.CommonName ?? record.Signer.Subject}' {Shows(code)} in the log of {state}: {text}", record.File);
        }
    }

    // An erasure says why something is not here: one that no log holds, or that the log dates otherwise, may have been written when somebody asked. It stands in the
    // log of the authority that erased, and in that of the other side from when it was told.
    private void ErasureCoverage(string state, Dictionary<Digest, ProvedLeaf> proved)
    {
        var newest = new Lazy<ILookup<string, NewestBelow>>(() => NewestBelow.Of(facts.Receipts.Where(r => r.State == state), proved));
        foreach (var erasure in facts.CaseFile?.Exporter.State == state ? facts.Erasures : [])
        {
            var (document, own) = (erasure.Document, erasure.Document.Authority.State == state);
            if (proved.TryGetValue(erasure.Sha256, out var found) && own && Misdated(state, document.Time, found, newest.Value) is { } why)
                findings.Add(FindingCode.ErasureMisdated, $"the erasure is dated {TrustRing.Show(document.Time)}; {why}", erasure.File);
            if (found?.Witnessed == true)
                continue;
            var (code, text) = Lack(state, own ? document.Time : null, document.Time, found);
            findings.Add(code, $"the erasure by {document.Authority.Authority} {Shows(code)} in the log of {state}: {text}", erasure.File);
        }
    }

    // What stands before it in the log was there when it was written; what a witness has seen was written before.
    private static string? Misdated(string state, DateTimeOffset time, ProvedLeaf erasure, ILookup<string, NewestBelow> newest)
    {
        if (erasure.Note.Cosigners.Count > 0 && erasure.Note.Cosigners.MinBy(c => c.Time)! is var seen && time - seen.Time > Tolerance)
            return $"{seen.State} saw it in the log of {state} at {TrustRing.Show(seen.Time)} already";
        var before = newest[erasure.Note.Checkpoint.Origin].SingleOrDefault()?.Find(erasure.Proof.Index);
        return before is null || before.Receipt!.Time - time <= ProofAge.Expected ? null : $"receipt {before.Seq} of {state}, dated {TrustRing.Show(before.Receipt!.Time)}, stands before it in the log of {state}";
    }

    // It came in a cover that nobody has accepted yet: an officer of the exporter has to decide, and it is logged then.
    private bool Waits(Signed<Records.RecordDocument> record, string state) => !facts.Documents.Contains(record.Sha256)
        && facts.By.CoverOfFile.GetValueOrDefault(record.File) is { } cover && cover.Cover.Recipient.State == state
        && !facts.By.Consigned.Contains(cover.Sha256);

    private void Witnessed(string state, LogNote? newest)
    {
        if (newest is null)
        {
            if (facts.Checkpoints.TrueForAll(c => c.State != state) && (facts.Proofs.Exists(p => p.State == state) || facts.StampedLeaves.Exists(p => p.State == state) || facts.Stamps.Exists(s => BundleLayout.Owner(s.File) == state)))
                findings.Add(FindingCode.CheckpointBroken, $"there are proofs or time-stamps of the log of {state}, but not its checkpoint");
            return;
        }
        if (newest.Cosigners.Count == 0)
            findings.Add(FindingCode.NotWitnessed, $"nobody cosigned the checkpoint of {state}: its log could still be written anew", BundleLayout.Checkpoint(state));
        else
            Outside(newest, BundleLayout.Checkpoint(state));
    }

    // Whoever exports chooses the note under each proof: a witness on the newest checkpoint says nothing of what lies under another one that did not become it. Each once.
    private void Outside(LogNote read, string? newest)
    {
        if (!_outside.Add(Key(read)) || read.Cosigners.Any(c => c is { Party: false, Confirmed: true }))
            return;
        var which = newest is null ? $"a checkpoint of {read.Checkpoint.Origin} of size {read.Checkpoint.Size}, under which proofs stand here," : $"the checkpoint of {read.Checkpoint.Origin}";
        findings.Add(FindingCode.CounterpartyOnly, read.Cosigners.Any(c => !c.Party)
            ? $"{which} is cosigned from outside the case by {string.Join(", ", read.Cosigners.Where(c => !c.Party).Select(c => c.State).Distinct())} only, whose card nothing that you trust confirms"
            : $"{which} is cosigned by the counterparty only: the two States together could still write both logs anew", newest);
    }
}
