using Gateway.Access;
using Gateway.Cases;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Reception;

/// <summary>A request that arrives: its marks are judged, the rules run again, the case opens as DELIVERED.</summary>
internal sealed class ReadRequest(Surroundings around, JudgeFiles files, JudgeRequestStamp timeStamps, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is not null)
            return new Refusal(RefusalCode.SameIdOtherContent, $"the case {cover.Case} exists already", "case");
        if (Ids.StateOf(cover.Case) != cover.Sender.State)
            return new Refusal(RefusalCode.CoverRouting, "a case id begins with the requesting State's code", "case");
        var stamps = cover.In(PartRole.stamp).ToList();
        if (cover.In(PartRole.request).ToList() is not [var requestPart] || stamps.Count > 1)
            return new Refusal(RefusalCode.ManifestIncomplete, "a request message carries one request and at most one stamp", "parts");
        var attachments = Attachments.Examine(cover.In(PartRole.attachment));
        if (attachments.Refused is { } file)
            return file;
        if (!SignedDocument.Open(requestPart.Content).TryGet(out var signed, out var refusal))
            return refusal;
        if (!Request.Read(signed.Content).TryGet(out var request, out refusal))
            return refusal;
        if (NamedDocuments.Missing(request.Fields, requestPart.Content.Length, [.. cover.In(PartRole.attachment)]) is { } incomplete)
            return incomplete;
        if (request.RequestingAuthority != cover.Sender.Authority || request.RequestedAuthority != cover.Recipient.Authority)
            return new Refusal(RefusalCode.CoverRouting, "the request names other authorities than the cover", "requestingAuthority");

        var card = message.Peer.Card.Card;
        // A card that came while the message waited may name its authority no more.
        if (card.Find(cover.Sender.Authority) is not { } sender)
            return new Refusal(RefusalCode.MarkSignerUnknown, $"{cover.Sender.Authority} stands in the card of {card.State} no more", "sender");
        var now = clock.GetUtcNow();
        var occasion = message.Judge(request.Kind.ToString(), now);
        files.Attachments(cover, signed.Content, message.Peer.Card, occasion);
        var person = JudgeMarks.Signature(signed, message.Peer.Card, files, occasion);
        var marks = DecidingMarks.Of([person, .. stamps.Select(s => JudgeMarks.Stamp(s, signed.Sha256, sender, message.Peer.Retired))], occasion.Judged, message, request.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        // What our card asked for when the message came is asked; a newer card that was issued while it waited asks it of others.
        var own = peers.CardOf(peers.OwnCard.Card.State, message.Taken ?? now) ?? peers.OwnCard.Card;
        if (own.Profile.RefuseLevel(request.Kind, signed.Signer, own.State) is { } level)
            return level;
        // What is due is reckoned by the card of the delivery, as the other side and a verifier do.
        var delivering = peers.CardOf(own.State, now) ?? peers.OwnCard.Card;
        var timeStamp = own.Profile.RequiresTimeStamp ? timeStamps.Judge(cover, requestPart.Content, message.Peer.Card, now) : null;
        if (RequestRules.Check(request, around.Of(request, now) with { Arrived = true, Recipient = own.Profile, Sent = Sent(message) }) is { Count: > 0 } problems)
            return Refusal.Joined(problems);
        return new ReceivedContent(occasion.Kind, request.Urgency, Consigned: true, ClosesCase: false,
            s =>
            {
                SendRequest.OpenCase(s, cover.Case, cover.Message, request, CaseSide.Requested, CaseState.DELIVERED, cover.Recipient.Authority, cover.Sender.Authority, now, request.OriginalDue(delivering.Profile, now));
                attachments.Tell(s, cover.Case, cover.Message, now);
                if (timeStamp is not null)
                    Events.Append(s, now, timeStamp.Event, cover.Case, cover.Message, timeStamp.Text);
            })
        {
            Held = marks.Holds,
            OpenDesk = s => Desks.Open(s, cover.Case, cover.Recipient.Authority, peers.OwnCard.Card, access.ReadersOf(signed.Content), now),
            Recognitions = occasion.Judged,
        };
    }

    // As its sender's gateway certified when it took the request on, and not before it was sealed. One that is judged again came without its receipts.
    private static DateTimeOffset Sent(OpenedMessage message)
        => message.Receipts.Where(r => r.Receipt.Event == ReceiptEvent.SubmissionAcceptance && r.Receipt.Subject.Message == message.Cover.Message).Select(r => r.Receipt.Time).Append(message.Cover.Created).Max();
}
