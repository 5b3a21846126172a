using Gateway.Cli.Requests;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The questions of <c>request new</c>: only what the kind needs, each answer of the right shape.</summary>
public sealed class RequestWizardTests
{
    [Fact]
    public void Only_what_the_kind_needs_is_asked()
    {
        var (_, asked) = Run(RequestKind.TECHNICAL_ADVICE, new Dictionary<string, string>());
        var row = RequestKinds.Of(RequestKind.TECHNICAL_ADVICE);
        Assert.All(row.AllFields.Where(f => f.Need != Need.Optional && f.Shape is not (Shape.Object or Shape.Objects) && !f.Filled && f.Name is not ("kind" or "reference")), f => Assert.Contains($"{f.Name}: ", asked, StringComparison.Ordinal));
        Assert.DoesNotContain("emergencyFacts: ", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("judicialAuthorisation", asked.Split("Optional:")[0], StringComparison.Ordinal);
        Assert.DoesNotContain("preserveDays", asked, StringComparison.Ordinal);
    }

    [Fact]
    public void An_emergency_is_asked_for_its_facts()
    {
        var (fields, asked) = Run(RequestKind.PRESERVE_DATA, new Dictionary<string, string> { ["urgency"] = "1", ["emergencyFacts"] = "A message says that she will be moved at six." });
        Assert.Contains("emergencyFacts: ", asked, StringComparison.Ordinal);
        Assert.Equal("EMERGENCY", fields!["urgency"]!.GetValue<string>());
        Assert.Equal("A message says that she will be moved at six.", fields["emergencyFacts"]!.GetValue<string>());
    }

    [Fact]
    public void An_answer_that_does_not_fit_is_explained_and_asked_again()
    {
        var output = new StringWriter();
        var fields = new RequestWizard(new StringReader(string.Join('\n', Enumerable.Repeat("", 3).Prepend("ORDINARY").Prepend("SOON"))), output).Ask(RequestKinds.Of(RequestKind.PRESERVE_DATA));
        Assert.Null(fields);
        Assert.Contains("that does not fit:", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("3 ORDINARY", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_take_several_and_flags_and_numbers_are_no_texts()
    {
        var (fields, _) = Run(RequestKind.PRESERVE_DATA, new Dictionary<string, string> { ["offence[0].title"] = "Fraud", ["offence[0].maxPenaltyMonths"] = "96", ["preserveDays"] = "60", ["intendsMla"] = "y" });
        Assert.Equal(96, fields!["offence"]![0]!["maxPenaltyMonths"]!.GetValue<long>());
        Assert.Equal(60, fields["preserveDays"]!.GetValue<long>());
        Assert.True(fields["intendsMla"]!.GetValue<bool>());
        Assert.True(fields["noPersonKnown"]!.GetValue<bool>());
    }

    // Answers by the prompt; everything else is skipped.
    private static (System.Text.Json.Nodes.JsonObject? Fields, string Asked) Run(RequestKind kind, Dictionary<string, string> answers)
    {
        var output = new StringWriter();
        return (new RequestWizard(new Answering(output, answers), output).Ask(RequestKinds.Of(kind)), output.ToString());
    }

    private sealed class Answering(StringWriter asked, Dictionary<string, string> answers) : TextReader
    {
        public override string ReadLine()
        {
            // What a person types ends the line; here nothing is echoed.
            var name = asked.ToString().Split('\n')[^1][..^2].Split(": ")[^1];
            // Each once: what does not fit would be asked for ever.
            return answers.Remove(name, out var answer) ? answer : "";
        }
    }
}
