using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Revocation;
using Gateway.Storage;

namespace Gateway.Judging;

/// <summary>
/// Takes revocation status that was fetched: a list only when an authority that the State's lists, card or imported certificates name has signed it, an answer only from whom the issuer
/// appointed; both of now, and never an older one in the place of a newer. Everything that was ever in use is kept, since verdicts name it.
/// </summary>
internal sealed class TakeStatus(Database database, TrustStore trust, PeerDirectory peers, TimeProvider clock)
{
    private const string Itself = "gateway";

    /// <summary>A revocation list from where it is fetched, or from a person who brings it.</summary>
    public async Task<Refusal?> List(byte[] bytes, TrustSource source, string by = Itself)
    {
        var files = new TrustFiles();
        if (!files.AddMaterial(bytes) || files.Material.RevocationLists is not [var list])
            return new Refusal(RefusalCode.RevocationListNotValid, "the answer is no revocation list");
        var now = clock.GetUtcNow();
        var state = trust.Of(source.State);
        if (!FetchedList.Read(list, state.Issuers(peers.ByState(source.State)?.Card), now, AgreementPolicy.Of(state.Agreements, source.State)).TryGet(out var fetched, out var refusal))
            return refusal;
        // By address and issuer: another authority's list, put in the way, takes the place of none.
        var row = Row(list, source.State, TrustKind.CRL, $"{source.Url} {fetched.Issuer}", fetched.ThisUpdate, now) with { TakenBy = by };
        return await Store(row, current => FetchedList.Taken(current.Content) is { } taken ? fetched.MayReplace(taken) : null);
    }

    /// <summary>An answer to a question of ours, checked by it.</summary>
    public Task<Refusal?> Answer(byte[] bytes, string state, string certificate, DateTimeOffset thisUpdate)
    {
        var row = Row(bytes, state, TrustKind.OCSP, certificate, thisUpdate, clock.GetUtcNow());
        return Store(row, current => row.Number < current.Number ? new Refusal(RefusalCode.OcspAnswerNotValid, "the OCSP answer is older than the one in use") : null);
    }

    private static TrustRow Row(ReadOnlyMemory<byte> bytes, string state, TrustKind kind, string name, DateTimeOffset thisUpdate, DateTimeOffset now)
        => new(Digest.Of(bytes.Span), state, kind, name, thisUpdate.ToUnixTimeSeconds(), null, TrustStatus.IN_USE, Itself, null, now, bytes.ToArray());

    private async Task<Refusal?> Store(TrustRow row, Func<TrustRow, Refusal?> mayReplace)
    {
        var outcome = await database.Write<Outcome<bool>>(Lane.Bulk, s =>
        {
            if (TrustRow.InUse(s, row.Peer, row.Kind, row.Name) is { } current)
            {
                if (current.Sha256 == row.Sha256)
                    return false;
                if (mayReplace(current) is { } older)
                    return older;
            }
            row.Store(s);
            if (row.TakenBy != Itself)
                new AuditRecord("trust.revocation", row.TakenBy, row.Peer, Detail: $"{row.Name}, {row.Sha256}").Append(s, clock.GetUtcNow());
            return true;
        });
        if (outcome is { Succeeded: true, Value: true })
            trust.Reload();
        return outcome.Refusal;
    }
}
