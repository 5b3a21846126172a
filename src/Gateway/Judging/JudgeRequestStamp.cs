using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Judging;

/// <summary>What is found of the time-stamp over a request that arrived, for a State that asks for one.</summary>
/// <param name="Event">Kind of the event.</param>
/// <param name="Text">For people.</param>
internal sealed record RequestStamp(string Event, string Text)
{
    public const string Good = "request.timeStamped";
    public const string Open = "request.timeStampOpen";
    public const string Lacking = "request.timeStampLacking";
}

/// <summary>
/// Judges the RFC 3161 time-stamps that came with a request by the trusted lists of the State that sent it. It holds nothing up: a State whose gateway does not know yet that
/// one is asked for sends without, and whoever reads the request is told and may return it for one.
/// </summary>
internal sealed class JudgeRequestStamp(TrustStore trust)
{
    private const string MediaType = "application/timestamp-reply";

    public RequestStamp Judge(Cover cover, ReadOnlyMemory<byte> signed, SignedCard card, DateTimeOffset now)
    {
        var known = trust.Of(card.Card.State);
        var agreements = known.Agreements.Select(a => a.Agreement).ToList();
        var anchors = new TrustAnchors([.. known.Lists.SelectMany(list => ListAnchors.Of(list, agreements))]);
        var verdicts = cover.In(PartRole.attachment).Where(IsReply).Select(part => Recogniser.RecogniseTimeStamp(new RecognitionInput
        {
            Document = part.Content,
            Content = new SignedContent(signed),
            At = now,
            Trust = anchors,
            Material = known.Material,
            Policy = ValidationPolicy.Default with { RequireRevocation = false, RequireProfile = false },
        })).Where(verdict => verdict.Indication != Indication.Failed && verdict.Time is not null).ToList();
        // A time ahead of our clock proves nothing of when it was signed.
        return verdicts.Find(v => v.Indication == Indication.Passed && v.Time <= now + CardMarks.Tolerance) is { } good
                ? new RequestStamp(RequestStamp.Good, $"{good.Authority} stamped the request as signed at {DocumentWriter.FormatTime(good.Time!.Value)}")
            : verdicts is [var open, ..]
                ? new RequestStamp(RequestStamp.Open, $"the request bears a time-stamp of {DocumentWriter.FormatTime(open.Time!.Value)} by somebody whom no trusted list of {card.Card.State} names")
            : new RequestStamp(RequestStamp.Lacking, $"the request bears no time-stamp, which our profile asks for; 'gatewayctl request return' asks {card.Card.State} for one");
    }

    private static bool IsReply(Part part) => part.MediaType.Split(';')[0].Trim().Equals(MediaType, StringComparison.OrdinalIgnoreCase);
}
