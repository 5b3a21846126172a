using Gateway.Protocol.Marks;
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
}

/// <summary>The documents of trust in use, read once and again after each change. What is stored was verified when it was taken; the last good list stays through restarts.</summary>
internal sealed class TrustStore(Database database, Alarms alarms, TimeProvider clock, ILogger<TrustStore> log)
{
    private readonly Lock _reading = new();
    private volatile IReadOnlyDictionary<string, StateTrust>? _states;

    public StateTrust Of(string state) => (_states ?? Reload()).GetValueOrDefault(state, StateTrust.None);

    public IEnumerable<string> States => (_states ?? Reload()).Keys;

    public IReadOnlyDictionary<string, StateTrust> Reload()
    {
        lock (_reading)
        {
            var states = database.Read(TrustRow.Current).Where(r => r.Status == TrustStatus.IN_USE).GroupBy(r => r.Peer).ToDictionary(g => g.Key, Read, StringComparer.Ordinal);
            _states = states;
            Look();
            return states;
        }
    }

    /// <summary>Raises or clears the alarms about lists: a list without anchors, or past its next update, is a fault and no answer.</summary>
    public void Look()
    {
        var now = clock.GetUtcNow();
        foreach (var (state, trust) in _states ?? Reload())
        {
            foreach (var list in trust.Lists)
            {
                Set(AlarmCode.TRUST_ANCHORS_MISSING, state, list.AnchorsAt(now) == 0 && ListAnchors.Of(list, trust.Agreements.Select(a => a.Agreement)).All(a => a.TrustedUntil is not null), $"the trusted list {list.Sequence} of {list.Territory} names no service that is granted now");
                Set(AlarmCode.TRUST_LIST_EXPIRED, state, list.ExpiredAt(now), $"the trusted list {list.Sequence} of {list.Territory} was to be replaced by {list.NextUpdate:yyyy-MM-dd}");
            }
        }
    }

    private void Set(AlarmCode code, string subject, bool wrong, string text)
    {
        if (wrong)
            alarms.Raise(code, subject, text);
        else
            alarms.Clear(code, subject);
    }

    private StateTrust Read(IGrouping<string, TrustRow> rows)
    {
        var (lists, agreements, certificates, revocation) = (new List<TrustList>(), new List<SignedAgreement>(), new List<ReadOnlyMemory<byte>>(), new List<ReadOnlyMemory<byte>>());
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
            }
        }
        return new StateTrust(lists, agreements, new Material(certificates, revocation, []));
    }
}
