using System.Collections.Immutable;
using Gateway.Protocol.Acts;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>An answer that is disputed again and again: what is allocated for it grows as the case does, not with its square.</summary>
public class ManyDisputesTests
{
    private const int Few = 250;

    public static TheoryData<string> Looks => ["act by act", "a whole history", "stored acts added", "acts that cross each dispute"];

    [Theory]
    [MemberData(nameof(Looks))]
    public void Eight_times_as_many_disputes_take_eight_times_as_much(string look)
    {
        Look(look, 10);
        var (few, many) = (Allocated(() => Look(look, Few)), Allocated(() => Look(look, 8 * Few)));
        // Trees are a little deeper in a long case; the square would be 64 times as much.
        Assert.InRange(many / (double)few, 4, 16);
    }

    private static void Look(string look, int disputes)
    {
        var acts = Disputed(disputes, crossed: look == "acts that cross each dispute");
        var history = look switch
        {
            "act by act" => acts.Aggregate(CaseHistory.New, (known, act) => known.Take(act).Value),
            "stored acts added" => acts.Aggregate(CaseHistory.New, (known, act) => known.With(act)),
            "acts that cross each dispute" => acts.Aggregate(CaseHistory.New, (known, act) => known.Take(act).Value),
            _ => CaseHistory.Of(CaseState.DELIVERED, acts),
        };
        Assert.Equal(CaseState.IN_EXECUTION, history.Standing.State);
        Assert.Equal(acts.Count, history.Acts.Count);
    }

    private static ImmutableList<ActEntry> Disputed(int disputes, bool crossed)
    {
        var acts = ImmutableList.CreateBuilder<ActEntry>();
        foreach (var kind in (ActKind[])[ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION])
            acts.Add(new ActEntry($"{kind}", CaseSide.Requested, kind, null));
        string? last = null;
        for (var i = 0; i < disputes; i++)
        {
            acts.Add(new ActEntry($"e{i}", CaseSide.Requested, ActKind.EXECUTED, last) { Outcome = "FULL" });
            if (crossed)
                acts.Add(new ActEntry($"r{i}", CaseSide.Requested, ActKind.RETURN_OF_OBJECT, last));
            acts.Add(new ActEntry($"d{i}", CaseSide.Requesting, ActKind.DISPUTED, $"e{i}"));
            last = $"d{i}";
        }
        return acts.ToImmutable();
    }

    private static long Allocated(Action look)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        look();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
