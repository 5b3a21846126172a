using System.Globalization;
using System.Text;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
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

    [Fact]
    public async Task A_reference_that_a_person_wrote_is_not_given_again_and_none_far_ahead_is_taken()
    {
        await using var states = await TwoStates.Start();
        var year = states.Asking.Clock.GetUtcNow().Year;
        string Of(int number) => string.Create(CultureInfo.InvariantCulture, $"RQ-XA-{year}-{number:000000}");
        var first = await Reference(states);
        Assert.Equal(Of(1), first);
        // Composed, or changed before it was signed.
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields["reference"] = Of(999_999);
        var problem = Assert.Single((await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() })).Problems);
        Assert.Equal(("T110", "reference"), (problem.Code, problem.Path));
        fields["reference"] = Of(4);
        var refused = await Refused.By(() => TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields,
            change: bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span).Replace(Of(4), Of(999_999), StringComparison.Ordinal))), "T110");
        Assert.Equal("reference", refused.Path);
        // The next one would be the one that was written.
        fields["reference"] = Of(5);
        await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        Assert.Equal(Of(6), await Reference(states));
        await states.Asking.Stop();
        await states.Asking.Start();
        Assert.Equal(Of(7), await Reference(states));
    }

    private static async Task<string> Reference(TwoStates states)
    {
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields.Remove("reference");
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        return (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Reference;
    }
}
