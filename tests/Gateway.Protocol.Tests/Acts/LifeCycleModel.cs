using System.Collections.Immutable;
using System.Globalization;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>
/// Two gateways, a request between them and all that may happen to it and to the acts behind it. What production decides by, <see cref="DeliveryTrack"/> for what the machines certify of the
/// request, <see cref="Transitions"/> and <see cref="CaseHistory"/> for what people do, decides here; only the line is imitated. The line loses and repeats: a message, or the answer to it, that is lost is sent again, so it arrives later, with whatever happened
/// meanwhile before it. The line repeats old messages and lets one overtake another: the receiver knows the number that it expects (as the chain of receipts does), answers an
/// older one as it did the first time, and takes no later one. The receiver rejects: what was not possible by its author's knowledge, or anything at all (a mark that failed), and the author
/// hears of it now or much later.
/// </summary>
/// <param name="Asking">The side that asks.</param>
/// <param name="Asked">The side that is asked.</param>
/// <param name="There">What the requested side certified of the request, behind the word of its sender.</param>
/// <param name="Here">What the requesting side has of that, in the order in which it had it.</param>
/// <param name="Acts">How many acts may follow.</param>
/// <param name="Rejections">How many messages may still be rejected although they were possible.</param>
internal sealed record LifeCycleModel(LifeCycleModel.Gateway Asking, LifeCycleModel.Gateway Asked, DeliveryStory There, DeliveryStory Here, int Acts, int Rejections)
{
    private static readonly DeliveryStory Submitted = DeliveryStory.Of([(ReceiptEvent.SubmissionAcceptance, MessageEnd.SENDER)]);

    /// <summary>One gateway: what it knows of the case, what it sent, its answers to what the other one sent, and how many of the other one's answers it has.</summary>
    internal sealed record Gateway(CaseHistory History, ImmutableList<ActEntry> Sent, ImmutableList<bool> Answers, int Told)
    {
        public static Gateway At(Standing standing) => new(CaseHistory.Continue(standing), [], [], 0);
    }

    /// <summary>The request was sent and has not arrived.</summary>
    /// <param name="acts">How many acts may follow it.</param>
    /// <param name="rejections">How many messages the receivers reject although they were possible.</param>
    public static LifeCycleModel Sent(int acts, int rejections) => new(Gateway.At(Standing.Delivered), Gateway.At(Standing.Delivered), Submitted, Submitted, acts, rejections);

    /// <summary>Whether the requested side has a case; null: the request did not arrive, or waits there for a decision about its marks.</summary>
    public bool? Opened => There.Request switch { CaseState.DELIVERED => true, CaseState.REJECTED_TECHNICAL => false, _ => null };

    /// <summary>Whether the requesting side has heard of that.</summary>
    public bool Heard => Opened is not null && Here.Request == There.Request;

    /// <summary>Everything arrived and was answered, and the answers too.</summary>
    public bool Settled => Heard && Asking.Answers.Count == Asked.Sent.Count && Asked.Answers.Count == Asking.Sent.Count && Asking.Told == Asking.Sent.Count && Asked.Told == Asked.Sent.Count;

    /// <summary>The state that the requesting side shows: what it did while the request was on its way does not say that it arrived.</summary>
    public CaseState Shown => Here.Request == CaseState.REJECTED_TECHNICAL || Asking.History.Standing.State == CaseState.DELIVERED ? Here.Request : Asking.History.Standing.State;

    /// <summary>When both know the same, only where they stand matters for what may follow.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Acts} {Rejections} {There.State} {Here.State} {Here.Has(ReceiptEvent.RelayFailure)} {Asked.History.From} {Describe(Asking)} | {Describe(Asked)}");

    public Gateway Of(CaseSide side) => side == CaseSide.Requesting ? Asking : Asked;

    public static CaseSide OtherOf(CaseSide side) => side == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting;

    /// <summary>Everything that may happen next: acts of either side, arrivals that are taken or rejected, answers.</summary>
    /// <param name="tried">Acts that people try.</param>
    /// <param name="refused">Told of every act that is refused to its own author.</param>
    public IEnumerable<LifeCycleModel> Next(IReadOnlyList<ActKind> tried, Action refused)
    {
        foreach (var next in Delivery())
            yield return next;
        foreach (var kind in Acts > 0 ? tried : [])
        {
            foreach (var side in Transitions.SidesOf(kind))
            {
                if (Try(side, kind) is { } acted)
                    yield return acted;
                else
                    refused();
            }
        }
        foreach (var side in Enum.GetValues<CaseSide>())
        {
            foreach (var next in Arrive(side))
                yield return next;
            if (Of(side).Told < Of(OtherOf(side)).Answers.Count)
                yield return Answer(side);
        }
    }

    // What may happen to the request: it is given up for the time, arrives, waits there for a person's decision about its marks (of which the requesting side hears before or with the
    // decision), is whole, or rejected.
    private IEnumerable<LifeCycleModel> Delivery()
    {
        if (Here.State == DeliveryState.QUEUED)
            yield return this with { Here = Certified(Here, ReceiptEvent.RelayFailure) };
        if (Opened is not null)
        {
            if (!Heard)
                yield return this with { Here = Tell(There) };
            yield break;
        }
        var held = There.Has(ReceiptEvent.RelayAcceptance);
        if (!held)
            yield return this with { There = Certified(There, ReceiptEvent.RelayAcceptance) };
        else if (!Here.Has(ReceiptEvent.RelayAcceptance))
            yield return this with { Here = Tell(There) };
        yield return this with { There = Certified(held ? There : Certified(There, ReceiptEvent.RelayAcceptance), ReceiptEvent.ContentConsignment) };
        if (Rejections > 0)
            yield return this with { There = Certified(There, held ? ReceiptEvent.ContentConsignmentFailure : ReceiptEvent.RelayRejection), Rejections = Rejections - 1 };
    }

    // Whoever issues a receipt does so by the table, and the case moves by the other one.
    private static DeliveryStory Certified(DeliveryStory before, ReceiptEvent certified)
    {
        var after = before.With(certified);
        Assert.NotEqual(before, after);
        Assert.True(after.Request == before.Request || Transitions.ApplySystem(before.Request, after.Request).Succeeded, $"{certified} leads from {before.Request} to {after.Request}");
        return after;
    }

    // Receipts come in the order in which they were issued; each chain of them is heard as a whole, or not at all.
    private DeliveryStory Tell(DeliveryStory there)
        => Enum.GetValues<ReceiptEvent>().Where(one => there.Has(one) && !Here.Has(one)).OrderBy(one => DeliveryTrack.Needs(one) is not null).Aggregate(Here, Certified);

    /// <summary>Whatever the line repeats or lets overtake changes nothing, and what was answered once is answered so again.</summary>
    /// <returns>How many messages came once more, and how many too early.</returns>
    public (int Again, int Early) Disturb()
    {
        var (again, early) = (0, 0);
        foreach (var from in Enum.GetValues<CaseSide>())
        {
            var (sent, receiver) = (Of(from).Sent, Of(OtherOf(from)));
            for (var number = 0; number < sent.Count; number++)
            {
                var answered = Receive(from, number, reject: false, out var answer);
                if (number > receiver.Answers.Count || (number == receiver.Answers.Count && from == CaseSide.Requesting && Opened is null))
                {
                    Assert.Null(answer);
                    early++;
                }
                else if (number < receiver.Answers.Count)
                {
                    // Twice: as after an answer that was lost, and again long afterwards.
                    Assert.Equal(receiver.Answers[number], answer);
                    Assert.Same(this, answered.Receive(from, number, reject: false, out var once));
                    Assert.Equal(answer, once);
                    if (answer == true)
                        Assert.Same(receiver.History, receiver.History.Take(sent[number]).Value);
                    again++;
                }
                else
                    continue;
                Assert.Same(this, answered);
            }
        }
        return (again, early);
    }

    /// <summary>Once both know the same they stand at the same place, with the same acts and the same of them without effect; from there on nothing else matters.</summary>
    public LifeCycleModel Meet()
    {
        if (!Settled)
            return this;
        // That it was given up, and that it came after all, may cross: each side has the one before the other.
        var last = Here.Has(ReceiptEvent.RelayFailure) ? There.With(ReceiptEvent.RelayFailure) : There;
        Assert.Equal((Here.State, Here.Request), (last.State, last.Request));
        var met = this with { Here = There };
        if (Opened == false)
        {
            Assert.Equal(CaseState.REJECTED_TECHNICAL, Shown);
            Assert.Empty(Asked.History.Acts);
            Assert.DoesNotContain(true, Asked.Answers);
            return met;
        }
        Assert.Equal(Asked.History.Standing, Asking.History.Standing);
        Assert.Equal(Asked.History.Standing.State, Shown);
        Assert.True(Asking.History.Void.SetEquals(Asked.History.Void));
        Assert.True(Asking.History.Acts.ToHashSet().SetEquals(Asked.History.Acts));
        var standing = Asked.History.Standing;
        return met with { Asking = Gateway.At(standing), Asked = Gateway.At(standing) };
    }

    // Null when it is not possible for its author.
    private LifeCycleModel? Try(CaseSide side, ActKind kind)
    {
        // The requested side has nothing before it arrived, and both have nothing to do on what was rejected.
        if (side == CaseSide.Requested ? Opened != true : Shown == CaseState.REJECTED_TECHNICAL)
            return null;
        var own = Of(side);
        var number = own.Sent.Count;
        var act = new ActEntry($"{side}{number}", side, kind, own.History.LastOf(OtherOf(side)))
        {
            Waived = true,
            Outcome = kind == ActKind.EXECUTED ? "FULL" : null,
            Until = kind == ActKind.PRESERVED ? DateTimeOffset.UnixEpoch.AddDays(30 * (number + 1)) : null,
        };
        return own.History.Take(act).TryGet(out var next, out var refusal) ? With(side, own with { History = next, Sent = own.Sent.Add(act) }) with { Acts = Acts - 1 } : Known(refusal);
    }

    private static LifeCycleModel? Known(Refusal refusal)
    {
        Assert.Equal(RefusalCode.TransitionNotAllowed, refusal.Code);
        return null;
    }

    private IEnumerable<LifeCycleModel> Arrive(CaseSide from)
    {
        var number = Of(OtherOf(from)).Answers.Count;
        // One message of a case is on its way in each direction: the next one leaves when the answer to the one before it has come.
        if (number == Of(from).Sent.Count || Of(from).Told < number || (from == CaseSide.Requesting && !Heard))
            yield break;
        var taken = Receive(from, number, reject: false, out var answer);
        if (answer is null)
            yield break;
        // Nothing that its author could do is impossible at the receiver, but what leans on an act that was rejected.
        if (answer == false)
            Assert.True(Opened == false || Of(OtherOf(from)).Answers.Contains(false), $"{Of(from).Sent[number]} was possible for its author and is refused");
        yield return taken;
        if (answer == true && Rejections > 0)
            yield return Receive(from, number, reject: true, out _) with { Rejections = Rejections - 1 };
    }

    // What the receiver does with the message of this number: an older one gets its first answer, a later one none.
    private LifeCycleModel Receive(CaseSide from, int number, bool reject, out bool? answer)
    {
        var receiver = Of(OtherOf(from));
        answer = null;
        if (number > receiver.Answers.Count || (from == CaseSide.Requesting && Opened is null))
            return this;
        if (number < receiver.Answers.Count)
        {
            answer = receiver.Answers[number];
            return this;
        }
        var taken = Opened == true && !reject ? receiver.History.Take(Of(from).Sent[number]) : new Refusal(RefusalCode.SignatureInvalid, "rejected");
        answer = taken.Succeeded;
        return With(OtherOf(from), receiver with { History = taken.Succeeded ? taken.Value : receiver.History, Answers = receiver.Answers.Add(taken.Succeeded) }).Told();
    }

    private LifeCycleModel Answer(CaseSide side)
    {
        var own = Of(side);
        return With(side, own with { History = own.History.Without(own.Sent[own.Told].Id), Told = own.Told + 1 }).Told();
    }

    // An answer that takes a message changes nothing that its author does next: it is not waited for.
    private LifeCycleModel Told()
    {
        var told = this;
        foreach (var side in Enum.GetValues<CaseSide>())
        {
            var (own, answers) = (told.Of(side), told.Of(OtherOf(side)).Answers);
            var upTo = own.Told;
            while (upTo < answers.Count && answers[upTo])
                upTo++;
            if (upTo > own.Told)
                told = told.With(side, own with { Told = upTo });
        }
        return told;
    }

    private LifeCycleModel With(CaseSide side, Gateway changed) => side == CaseSide.Requesting ? this with { Asking = changed } : this with { Asked = changed };

    private static string Describe(Gateway gateway)
        => $"{gateway.Told} {string.Concat(gateway.Answers.Select(a => a ? '+' : '-'))} {string.Join(' ', gateway.Sent.Select(act => $"{act.Kind}<{act.After}"))}";
}
