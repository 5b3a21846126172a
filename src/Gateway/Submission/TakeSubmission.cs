using Gateway.Protocol.Covers;
using Gateway.Protocol.Refusals;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Submission;

/// <summary>The call <c>Operator.Submit</c>: protobuf in, <see cref="SubmitDocument"/>, protobuf out.</summary>
internal sealed class TakeSubmission(SubmitDocument submit, UserDirectory users)
{
    private const int MaxAttachments = 50;

    public async Task<Outcome<SubmitReply>> Run(SubmitRequest request, User caller)
    {
        if (!users.PersonOf(caller, request.ActingFor).TryGet(out var person, out var refusal) || !SignerOf(request, caller, person).TryGet(out var signer, out refusal))
            return refusal;
        if (!Attachments(request.Attachments).TryGet(out var attachments, out refusal))
            return refusal;
        if (!(await submit.Submit(caller, signer, request.SignedDocument.Memory, request.IdempotencyKey, attachments, signer == person ? null : new Approver(person, request.Mark))).TryGet(out var result, out refusal))
            return refusal;
        var reply = new SubmitReply { Message = result.Outcome.Message, CaseId = result.Outcome.CaseId, Outcome = result.Outcome.Sentence, Duplicate = result.Duplicate };
        reply.Receipts.AddRange(result.Receipts.Select(r => UnsafeByteOperations.UnsafeWrap(r)));
        return reply;
    }

    // Whoever approves what another signed does so in person, and is another person.
    private Outcome<User> SignerOf(SubmitRequest request, User caller, User person)
    {
        if (request.SignedBy.Length == 0)
            return person;
        if (caller.SystemAccount)
            return new Refusal(RefusalCode.RoleMissing, "a person approves; a system submits what a person signed", "signedBy");
        if (users.ByName(request.SignedBy) is not { SystemAccount: false, Revoked: null } signer)
            return new Refusal(RefusalCode.UserUnknown, "there is no such person, or the person was revoked", "signedBy");
        return signer.Name == person.Name || signer.IsSamePersonAs(person)
            ? new Refusal(RefusalCode.SamePersonTwice, $"{person.Name} signed it; another person approves it", "signedBy")
            : signer;
    }

    /// <summary>The files beside a document, each with a name and a type; whether they may travel is for the document's own slice.</summary>
    public static Outcome<List<Part>> Attachments(IReadOnlyCollection<Attachment> given)
    {
        if (given.Count > MaxAttachments)
            return new Refusal(RefusalCode.ArgumentNotValid, $"at most {MaxAttachments} attachments travel with a message", "attachments");
        var attachments = given.Select(a => Part.Of(PartRole.attachment, a.Name, a.MediaType, a.Content.ToByteArray())).ToList();
        if (attachments.Any(a => a.Name.Length is 0 or > 255 || a.MediaType.Length is 0 or > 100))
            return new Refusal(RefusalCode.ArgumentNotValid, "an attachment has a name of 1 to 255 and a media type of 1 to 100 characters", "attachments");
        return attachments;
    }
}
