using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Submission;

/// <summary>The reference is what people write on files and say on the telephone: no two requests bear the same.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_reference_is_given_twice_also_after_a_restart(bool byAnEarlierProgram)
    {
        await using var states = await TwoStates.Start();
        var given = new List<string> { await Reference(states), await Reference(states) };
        if (byAnEarlierProgram)
            await states.Asking.Get<Database>().Write(Lane.Ordinary, s => s.Run("DELETE FROM facts WHERE name LIKE 'register:RQ-%'"));
        await states.Asking.Stop();
        await states.Asking.Start();
        given.Add(await Reference(states));
        Assert.Equal(3, given.Distinct().Count());
        Assert.All(given, reference => Assert.StartsWith("RQ-XA-", reference, StringComparison.Ordinal));
    }

    private static async Task<string> Reference(TwoStates states)
    {
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields.Remove("reference");
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        return (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Reference;
    }
}
