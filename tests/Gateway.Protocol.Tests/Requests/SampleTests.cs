using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

/// <summary>deploy/samples holds for every kind one request that may leave and one that may not, whose first line says what it lacks.</summary>
public class SampleTests
{
    private const string Lacks = "// Lacks: ";

    public static TheoryData<RequestKind> Kinds => [.. Enum.GetValues<RequestKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_complete_sample_may_leave_and_is_accepted_on_arrival(RequestKind kind)
    {
        var sample = RequestSamples.Of(kind);
        var composed = RequestSamples.Compose(sample);
        Assert.Empty(composed.Problems.Select(problem => problem.ToString()));
        Assert.Empty(composed.Warnings);
        var request = Request.Read(composed.Document).Value;
        Assert.Equal(kind, request.Kind);
        Assert.Empty(RequestRules.Check(request, RequestSamples.ContextOf(sample) with { Arrived = true }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_incomplete_sample_is_stopped_with_everything_that_it_lacks_at_once(RequestKind kind)
    {
        var sample = RequestSamples.Of(kind) + "-incomplete";
        var head = File.ReadLines(RequestSamples.Path(sample)).First();
        Assert.StartsWith(Lacks, head, StringComparison.Ordinal);
        var composed = RequestSamples.Compose(sample);
        Assert.Null(composed.Document);
        Assert.Equal(head[Lacks.Length..].Split(", ").Order(StringComparer.Ordinal), composed.Problems.Select(problem => $"{problem.Code.Text()} {problem.Path}").Order(StringComparer.Ordinal));
        Assert.All(composed.Problems, problem => Assert.NotEmpty(problem.Remedy));
    }
}
