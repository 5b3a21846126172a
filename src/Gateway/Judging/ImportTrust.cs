using System.Text;
using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.TrustLists;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Judging;

/// <summary>
/// Takes documents of trust. A list by a signer that is not pinned yet waits until a second person has compared the fingerprint; a newer one by the same signer is taken at once.
/// An agreement is in force when a lawyer of the central authority has signed it with the own key.
/// </summary>
internal sealed class ImportTrust(Database database, TrustStore trust, TakeStatus status, UserDirectory users, PeerDirectory peers, string ownState, TimeProvider clock)
{
    private const int MaxBytes = 32 * 1024 * 1024;

    public async Task<Outcome<TrustView>> Run(ImportTrustRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerTrust) is { } notPermitted)
            return notPermitted;
        if (request.Content.Length is 0 or > MaxBytes)
            return new Refusal(RefusalCode.TrustListNotReadable, $"expected a document of at most {MaxBytes} bytes", "content");
        var bytes = request.Content.ToByteArray();
        if (Certificate.Read(bytes).TryGet(out var between, out _) || Certificate.ReadPem(Encoding.Latin1.GetString(bytes)).TryGet(out between, out _))
            return await TakeCertificate(between, request.State, by);
        var files = new TrustFiles();
        if (files.AddMaterial(bytes) && files.Material.RevocationLists is [var list])
            return await TakeRevocation(bytes, Digest.Of(list.Span), request.State, by);
        var type = SignedDocument.Open(bytes).TryGet(out var signed, out _) ? DocumentReader.TypeOf(signed.Content) : null;
        return type == Agreement.Type ? await TakeAgreement(signed!, by) : await TakeList(bytes, request.State, by.Name, byPerson: true);
    }

    /// <summary>A list from a person or from where it is fetched. Nobody but a person brings a list by a new signer.</summary>
    public async Task<Outcome<TrustView>> TakeList(byte[] bytes, string state, string by, bool byPerson)
    {
        if (!Ids.IsState(state))
            return new Refusal(RefusalCode.ArgumentNotValid, "name the State whose list it is", "state");
        var etsi = EtsiList.IsXml(bytes);
        if (!(etsi ? EtsiList.Open(bytes, null) : StateList.Open(bytes, null)).TryGet(out var list, out var refusal))
            return refusal;
        if (list.Territory != state)
            return new Refusal(RefusalCode.TrustListSigner, $"the list is {list.Territory}'s, not {state}'s", "state");
        var (kind, now) = (etsi ? TrustKind.ETSI_LIST : TrustKind.STATE_LIST, clock.GetUtcNow());
        var result = await database.Write<Outcome<TrustRow>>(Lane.Ordinary, s =>
        {
            var current = TrustRow.InUse(s, state, kind, list.Territory);
            if (current is not null && current.Signer == list.Signer)
            {
                if (list.Sequence < current.Number || list.Sequence == current.Number && list.Sha256 != current.Sha256)
                    return new Refusal(RefusalCode.TrustListSequence, $"list {list.Sequence} does not replace {current.Number}, which is in use");
                if (list.Sha256 == current.Sha256)
                    return current;
                return Keep(s, new TrustRow(list.Sha256, state, kind, list.Territory, list.Sequence, list.Signer, TrustStatus.IN_USE, by, current.ApprovedBy, now, bytes), "trust.replaced");
            }
            if (!byPerson)
                return new Refusal(RefusalCode.TrustListSigner, $"the list is signed by a certificate that nobody has compared ({list.Signer})");
            return Keep(s, new TrustRow(list.Sha256, state, kind, list.Territory, list.Sequence, list.Signer, TrustStatus.PROPOSED, by, null, now, bytes), "trust.proposed");
        });
        if (result.Succeeded)
            trust.Reload();
        return result.Then<TrustView>(row => TrustViews.Of(row));
    }

    /// <summary>The second person types the fingerprint of the list's signer, heard by another way.</summary>
    public async Task<Outcome<TrustView>> Approve(ApproveTrustRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerTrust) is { } notPermitted)
            return notPermitted;
        var result = await database.Write<Outcome<TrustRow>>(Lane.Ordinary, s =>
        {
            if (TrustRow.Proposed(s, request.State) is not { } row)
                return new Refusal(RefusalCode.NotFound, $"no list of '{request.State}' waits for approval", "state");
            if (row.TakenBy == by.Name || users.ByName(row.TakenBy) is { } first && first.IsSamePersonAs(by))
                return new Refusal(RefusalCode.SecondPersonNeeded, $"{row.TakenBy} brought the list; another person must approve it");
            if (!Matches(row.Signer!.Value, request.Fingerprint))
                return new Refusal(RefusalCode.CardFingerprint, "the fingerprint typed is not that of the list's signer", "fingerprint");
            return Keep(s, row with { Status = TrustStatus.IN_USE, ApprovedBy = by.Name }, "trust.approved");
        });
        if (result.Succeeded)
            trust.Reload();
        return result.Then<TrustView>(row => TrustViews.Of(row));
    }

    private async Task<Outcome<TrustView>> TakeAgreement(SignedDocument signed, User by)
    {
        if (!Agreement.Read(signed.Content).TryGet(out var agreement, out var refusal))
            return refusal;
        var now = clock.GetUtcNow();
        if (agreement.State != ownState)
            return new Refusal(RefusalCode.AgreementNotValid, $"the agreement is {agreement.State}'s", "state");
        // Recognition is a decision of law: the lawyer's own signature puts it in force, whoever brings it.
        if (users.All.FirstOrDefault(u => u is { Revoked: null, SystemAccount: false } && u.Signing?.Sha256 == signed.Signer.Sha256) is not { } lawyer || !lawyer.Roles.Contains(Role.CENTRAL_AUTHORITY_MLA) || !signed.Signer.ValidAt(now))
            return new Refusal(RefusalCode.AgreementNotValid, $"an agreement is signed by a person with the role {Role.CENTRAL_AUTHORITY_MLA} at this gateway");
        var result = await database.Write<Outcome<TrustRow>>(Lane.Ordinary, s =>
        {
            var current = TrustRow.InUse(s, agreement.Peer, TrustKind.AGREEMENT, agreement.Id);
            if (current is not null && current.Sha256 == signed.Sha256)
                return current;
            if (current is not null && agreement.Version <= current.Number)
                return new Refusal(RefusalCode.AgreementNotValid, $"version {agreement.Version} does not replace version {current.Number}", "version");
            return Keep(s, new TrustRow(signed.Sha256, agreement.Peer, TrustKind.AGREEMENT, agreement.Id, agreement.Version, signed.Signer.Sha256, TrustStatus.IN_USE, by.Name, lawyer.Name, now, signed.Der.ToArray()), "trust.agreed");
        });
        if (result.Succeeded)
            trust.Reload();
        return result.Then<TrustView>(row => TrustViews.Of(row));
    }

    /// <summary>A certificate of an authority between the listed ones and persons: material for paths and for the signatures of revocation lists, never an anchor.</summary>
    private async Task<Outcome<TrustView>> TakeCertificate(Certificate certificate, string state, User by)
    {
        if (!Ids.IsState(state))
            return new Refusal(RefusalCode.ArgumentNotValid, "name the State whose certificate it is", "state");
        var issuers = trust.Of(state).Issuers(peers.ByState(state)?.Card).Select(c => Certificate.Read(c)).Where(c => c.Succeeded).Select(c => c.Value);
        if (!certificate.IsAuthority || !issuers.Any(certificate.IssuedBy))
            return new Refusal(RefusalCode.MaterialNotFitting, $"{certificate.Subject} is no authority that one listed for {state} has certified", "content");
        var now = clock.GetUtcNow();
        var row = new TrustRow(certificate.Sha256, state, TrustKind.CERTIFICATE, certificate.Sha256.ToString(), 1, null, TrustStatus.IN_USE, by.Name, null, now, certificate.Der.ToArray());
        await database.Write(Lane.Ordinary, s => Keep(s, row, "trust.certificate"));
        trust.Reload();
        return TrustViews.Of(row);
    }

    /// <summary>A revocation list that a person brings, for States whose lists cannot be fetched from here. It must stand the same tests as a fetched one.</summary>
    private async Task<Outcome<TrustView>> TakeRevocation(byte[] bytes, Digest sha256, string state, User by)
    {
        if (!Ids.IsState(state))
            return new Refusal(RefusalCode.ArgumentNotValid, "name the State whose revocation list it is", "state");
        if (await status.List(bytes, new TrustSource { State = state, Kind = TrustSource.Crl, Url = "imported" }, by.Name) is { } refusal)
            return refusal;
        return database.Read(TrustRow.Current).Find(r => r.Sha256 == sha256) is { } row ? TrustViews.Of(row) : new Refusal(RefusalCode.StateConflict, "a newer list came at the same moment", "content");
    }

    private TrustRow Keep(Session s, TrustRow row, string act)
    {
        row.Store(s);
        new AuditRecord(act, row.ApprovedBy ?? row.TakenBy, row.Peer, Detail: $"{row.Kind} {row.Name} {row.Number}, {row.Sha256}").Append(s, clock.GetUtcNow());
        return row;
    }

    private static bool Matches(Digest signer, string typed)
        => Digest.TryParse(new string([.. typed.Where(char.IsAsciiHexDigit)]).ToLowerInvariant(), out var digest) && typed.All(c => char.IsAsciiHexDigit(c) || c is ' ' or ':' or '-') && digest == signer;
}

/// <summary>Documents of trust as people see them.</summary>
internal sealed class TrustViews(Database database)
{
    public Outcome<ListTrustReply> List()
    {
        var reply = new ListTrustReply();
        reply.Documents.AddRange(database.Read(TrustRow.Current).Select(Of));
        return reply;
    }

    public static TrustView Of(TrustRow row) => new()
    {
        State = row.Peer, Kind = row.Kind.ToString(), Name = row.Name, Number = (ulong)row.Number, Status = row.Status.ToString(), Sha256 = row.Sha256.ToString(),
        Fingerprint = row.Signer is { } signer ? SignedCard.Group(signer) : "", TakenBy = row.TakenBy, ApprovedBy = row.ApprovedBy ?? "", Time = DocumentWriter.FormatTime(row.Time),
    };
}
