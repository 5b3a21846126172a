using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>An act on a case that the other side took, or that a record of a reply on paper stands for.</summary>
internal sealed record TakenAct(CoverFact Cover, ActEntry Entry, Act Document)
{
    /// <summary>The acts on a case in the order in which they were taken: by the receipts of the side that took them; on paper by those of the one side that has a chain.</summary>
    public static IEnumerable<TakenAct> Of(Facts facts, CoverCheck covers, CoverFact opening)
        => opening.Cover.Suite == Suites.OnPaper ? OnPaper(facts, covers, opening) : ByWire(facts, covers, opening);

    private static IEnumerable<TakenAct> ByWire(Facts facts, CoverCheck covers, CoverFact opening)
        => facts.By.CoversByCase[opening.Cover.Case].Where(c => c.Act is not null)
            .Select(c => (Cover: c, Time: covers.About(c, ReceiptEvent.RelayAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min()))
            .Where(c => c.Time is not null).OrderBy(c => c.Time).ThenBy(c => c.Cover.Act!.Document.Time)
            .Select(c => OwnOrOther(c.Cover, opening));

    private static IEnumerable<TakenAct> OnPaper(Facts facts, CoverCheck covers, CoverFact opening)
        => facts.By.CoversByCase[opening.Cover.Case].Where(c => c.Cover.Sender.State == opening.Cover.Sender.State && (c.Act is not null || c.Paper?.Document.Way == PaperWay.RECEIVED))
            .Select(c => (Cover: c, Seq: covers.About(c, ReceiptEvent.SubmissionAcceptance).Select(r => (long?)r.Seq).Min()))
            .Where(c => c.Seq is not null).OrderBy(c => c.Seq)
            .SelectMany(c => c.Cover.Paper is { } paper ? Said(c.Cover, paper.Document) : [OwnOrOther(c.Cover, opening)]);

    private static TakenAct OwnOrOther(CoverFact cover, CoverFact opening) => new(cover,
        ActEntry.Of(cover.Act!.Document, cover.Cover.Sender.State == opening.Requesting.State ? CaseSide.Requesting : CaseSide.Requested), cover.Act.Document);

    private static IEnumerable<TakenAct> Said(CoverFact cover, PaperRecord record)
        => record.Entries.Zip(record.ActsOf(cover.Cover.Recipient.Authority), (entry, act) => new TakenAct(cover, entry, act));
}
