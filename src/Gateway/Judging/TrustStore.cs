using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Judging;

/// <summary>What is believed of one State: its lists, the agreements with it, revocation lists at hand.</summary>
internal sealed record StateTrust(IReadOnlyList<TrustList> Lists, IReadOnlyList<SignedAgreement> Agreements, Material Material)
{
    public static StateTrust None { get; } = new([], [], Material.None);

    /// <summary>Certificates that may have issued a revocation list of the State: of its listed services, of its card, imported ones between these and persons.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Issuers(SignedCard? card)
        => Lists.SelectMany(l => l.Services).SelectMany(s => s.Certificates).Concat(card?.Card.PersonAuthorities.Select(a => a.Der) ?? []).Concat(Material.Certificates);

    /// <summary>What is wrong with the lists: nothing granted, nothing valid, overdue. A person reads it, so it says what to do.</summary>
    public IEnumerable<(AlarmCode Code, string Text)> Problems(string state, DateTimeOffset now)
    {
        foreach (var list in Lists)
        {
            var remedy = $"get the State's current list and run 'gatewayctl trust import FILE --state {state}'";
            if (list.AnchorsAt(now) == 0 && ListAnchors.Of(list, Agreements.Select(a => a.Agreement)).All(a => a.TrustedUntil is not null))
                yield return (AlarmCode.TRUST_ANCHORS_MISSING, $"the trusted list {list.Sequence} of {state} names no service that is granted now: no mark of {state} can be confirmed by it; {remedy}");
            else if (list.Services.SelectMany(s => s.Certificates).All(c => Certificate.Read(c).TryGet(out var certificate, out _) && certificate.NotAfter < now))
                yield return (AlarmCode.TRUST_ANCHORS_MISSING, $"all certificates in the trusted list {list.Sequence} of {state} have expired: no mark of {state} can be confirmed by it; {remedy}");
            if (list.ExpiredAt(now))
                yield return (AlarmCode.TRUST_LIST_EXPIRED, $"the trusted list {list.Sequence} of {state} was to be replaced by {list.NextUpdate:yyyy-MM-dd}; {remedy}");
        }
    }
}

/// <summary>The documents of trust in use, read once and again after each change. What is stored was verified when it was taken; the last good list stays through restarts.</summary>
internal sealed class TrustStore(Database database, Alarms alarms, TimeProvider clock, ILogger<TrustStore> log)
{
    private const int MaxAnswers = 64;

    private readonly Lock _reading = new();
    private volatile IReadOnlyDictionary<string, StateTrust>? _states;

    /// <summary>Raised when something else is believed than before, or more is known: after each change that was committed.</summary>
    public event Action? Changed;

    public StateTrust Of(string state) => (_states ?? Reload()).GetValueOrDefault(state, StateTrust.None);

    public IEnumerable<string> States => (_states ?? Reload()).Keys;

    public IReadOnlyDictionary<string, StateTrust> Reload()
    {
        IReadOnlyDictionary<string, StateTrust> states;
        lock (_reading)
        {
            states = database.Read(TrustRow.Current).Where(r => r.Status == TrustStatus.IN_USE).GroupBy(r => r.Peer).ToDictionary(g => g.Key, Read, StringComparer.Ordinal);
            _states = states;
            Look();
        }
        Changed?.Invoke();
        return states;
    }

    /// <summary>Raises or clears the alarms about lists: a list without anchors, or past its next update, is a fault and no answer.</summary>
    public void Look()
    {
        var now = clock.GetUtcNow();
        foreach (var (state, trust) in _states ?? Reload())
        {
            var problems = trust.Problems(state, now).ToList();
            foreach (var code in (AlarmCode[])[AlarmCode.TRUST_ANCHORS_MISSING, AlarmCode.TRUST_LIST_EXPIRED])
            {
                var texts = problems.Where(p => p.Code == code).Select(p => p.Text).ToList();
                if (texts.Count > 0)
                    alarms.Raise(code, state, string.Join("; ", texts));
                else
                    alarms.Clear(code, state);
            }
        }
    }

    /// <summary>Why marks of some State cannot be judged by its list now; empty when all is well. A State without any list has nothing that could be wrong.</summary>
    public IReadOnlyList<string> Problems()
    {
        var now = clock.GetUtcNow();
        return [.. (_states ?? Reload()).OrderBy(s => s.Key, StringComparer.Ordinal).SelectMany(s => s.Value.Problems(s.Key, now)).Select(p => p.Text)];
    }

    private StateTrust Read(IGrouping<string, TrustRow> rows)
    {
        var (lists, agreements, certificates, revocation) = (new List<TrustList>(), new List<SignedAgreement>(), new List<ReadOnlyMemory<byte>>(), new List<ReadOnlyMemory<byte>>());
        var answers = new List<TrustRow>();
        foreach (var row in rows)
        {
            switch (row.Kind)
            {
                case TrustKind.STATE_LIST or TrustKind.ETSI_LIST:
                    if ((row.Kind == TrustKind.ETSI_LIST ? EtsiList.Open(row.Content, null) : StateList.Open(row.Content, null)).TryGet(out var list, out var refusal))
                        lists.Add(list);
                    else
                        log.LogError("stored list {Sha256} of {Peer} cannot be read: {Refusal}", row.Sha256, row.Peer, refusal.Code);
                    break;
                case TrustKind.AGREEMENT:
                    if (SignedDocument.Open(row.Content).Then(signed => Agreement.Read(signed.Content)).TryGet(out var agreement, out refusal))
                        agreements.Add(new SignedAgreement(row.Sha256, agreement));
                    else
                        log.LogError("stored agreement {Sha256} with {Peer} cannot be read: {Refusal}", row.Sha256, row.Peer, refusal.Code);
                    break;
                case TrustKind.CRL:
                    revocation.Add(row.Content);
                    break;
                case TrustKind.CERTIFICATE:
                    certificates.Add(row.Content);
                    break;
                case TrustKind.OCSP:
                    answers.Add(row);
                    break;
            }
        }
        // The newest ones: a judgement reads all of them, and an answer is soon too old to count.
        return new StateTrust(lists, agreements, new Material(certificates, revocation, [.. answers.OrderByDescending(a => a.Number).Take(MaxAnswers).Select(a => (ReadOnlyMemory<byte>)a.Content)]));
    }
}
