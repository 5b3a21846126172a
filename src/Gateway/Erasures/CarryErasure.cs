using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Erasures;

/// <summary>
/// A State that no gateway serves hears of an erasure by a carrier: an officer takes the sealed document out, and that it was handed over, by what and to whom, is a leaf of the log.
/// The chain of the case has ended with the case, so that no receipt certifies it. Taken out again it is recorded again: the file of the first time may not have reached the disk.
/// </summary>
internal sealed class CarryErasure(Database database, PeerDirectory peers, NeedToKnow access, string ownState, TimeProvider clock)
{
    private const int MaxText = 200;

    public Task<Outcome<CarryErasureReply>> Run(CarryErasureRequest request, User by)
    {
        if (!Enum.TryParse<PaperChannel>(request.Channel, out var channel) || Enum.GetName(channel) != request.Channel)
            return Task.FromResult<Outcome<CarryErasureReply>>(new Refusal(RefusalCode.ArgumentNotValid, $"expected one of {string.Join(", ", Enum.GetNames<PaperChannel>())}", "channel"));
        var (person, reference) = (request.Person.Trim(), request.Reference.Trim());
        if (person.Length is 0 or > MaxText || reference.Length > MaxText)
            return Task.FromResult<Outcome<CarryErasureReply>>(new Refusal(RefusalCode.ArgumentNotValid, $"say in 1 to {MaxText} characters to whom it is handed; the carrier's number has no more", person.Length is 0 or > MaxText ? "person" : "reference"));
        return database.Write<Outcome<CarryErasureReply>>(Lane.Ordinary, s =>
        {
            if (CaseRow.Seen(s, access.Of(by, Permission.EraseCase), request.CaseId) is not { } row)
                return by.Refuse(Permission.EraseCase) ?? NeedToKnow.NoCase();
            if ((Permissions.Permit(Permission.EraseCase, by.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) ?? access.RefuseAnswering(s, by, row.Id)) is { } notPermitted)
                return notPermitted;
            if (!PaperCases.Has(s, row.Id))
                return new Refusal(RefusalCode.TransitionNotAllowed, $"{row.Peer} has a gateway: it is told by wire", "caseId");
            if (s.One("SELECT id, der FROM erasures WHERE case_id = $1 AND issuer = $2", r => Tuple.Create(r.GetString(0), r.Bytes(1)), row.Id, ownState) is not var (id, der))
                return new Refusal(RefusalCode.StateConflict, "the case is not erased", "caseId");
            var now = clock.GetUtcNow();
            s.Run("UPDATE erasures SET told = 1 WHERE id = $1 AND issuer = $2", id, ownState);
            new AuditRecord("erasure.carried", by.Name, id, row.Id, $"{Digest.Of(der)} by {channel}{(reference.Length > 0 ? $" ({reference})" : "")} to {person}").Append(s, now);
            Events.Append(s, now, "erasure.carried", row.Id, id, $"by {channel}, by {by.Name}");
            return new CarryErasureReply { Erasure = ByteString.CopyFrom(der) };
        });
    }
}
