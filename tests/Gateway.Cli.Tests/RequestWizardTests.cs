using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
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
    public void Behind_every_answer_stands_how_much_of_what_is_needed_is_there()
    {
        var (_, asked) = Run(RequestKind.PRESERVE_DATA, new Dictionary<string, string>(), Sample(RequestKind.PRESERVE_DATA));
        var counts = System.Text.RegularExpressions.Regex.Matches(asked, "([0-9]+) of ([0-9]+) that are needed").Select(m => (Given: int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), Needed: int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))).ToList();
        Assert.True(counts.Count > 10, asked);
        Assert.All(counts, count => Assert.InRange(count.Given, 1, count.Needed));
        Assert.Equal(counts.Select(c => c.Given).Order(), counts.Select(c => c.Given));
        Assert.Equal(counts[^1].Needed, counts[^1].Given);
        // What an answer makes necessary counts from then on.
        var (_, urgent) = Run(RequestKind.PRESERVE_DATA, new Dictionary<string, string> { ["urgency"] = "EMERGENCY" });
        Assert.EndsWith($" of {counts[0].Needed} that are needed", Assert.Single(urgent.Split('\n'), line => line.Contains("that are needed", StringComparison.Ordinal)), StringComparison.Ordinal);
        var (_, facts) = Run(RequestKind.PRESERVE_DATA, new Dictionary<string, string> { ["urgency"] = "EMERGENCY", ["emergencyFacts"] = "A message says that she will be moved at six." });
        Assert.Contains($"2 of {counts[0].Needed + 3} that are needed", facts, StringComparison.Ordinal);
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

    public static TheoryData<RequestKind> Kinds => [.. Enum.GetValues<RequestKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_answers_of_every_kind_make_a_request_that_may_leave_and_none_was_asked_in_vain(RequestKind kind)
    {
        var sample = Sample(kind);
        var (fields, asked) = Run(kind, new Dictionary<string, string>(), sample);
        Assert.Empty(Problems(fields!, sample));
        // What the table requires, what is alone of its group, and what another answer calls for: without it the request may not leave.
        Assert.All(fields!.Select(field => field.Key).Where(name => name != "kind").ToList(), name =>
        {
            var less = fields!.DeepClone().AsObject();
            less.Remove(name);
            // The gateway names its own authority by itself.
            Assert.True(name == "requestingAuthority" || Problems(less, sample).Count > 0, $"{name} was asked and is not needed");
        });
        Assert.DoesNotContain("that does not fit:", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RequestKind.FURTHER_USE_CONSENT, "thirdParty", "Ministry of XC", "thirdPartyState", "XC")]
    [InlineData(RequestKind.EXTRADITION, "deathPenalty", "PROVIDED", "deathPenaltyAssurance", "It will not be carried out.")]
    [InlineData(RequestKind.EMERGENCY_DISCLOSURE, "formalRequestFollows", "y", "formalRequestDays", "30")]
    [InlineData(RequestKind.TAKE_EVIDENCE, "officersPresent", "y", "officers", "Judge J. Sample")]
    [InlineData(RequestKind.SUBSCRIBER_INFO, "handling.retention", "UNTIL_DATE", "handling.retainUntil", "2031-01-01")]
    [InlineData(RequestKind.SUBSCRIBER_INFO, "handling.conditions[0].code", "OTHER", "handling.conditions[0].text", "Only for the trial.")]
    [InlineData(RequestKind.SUBSCRIBER_INFO, "handling.conditions[0].code", "NO_DISCLOSURE_TO_SUBJECT_UNTIL", "handling.conditions[0].until", "2031-01-01")]
    [InlineData(RequestKind.SUBSCRIBER_INFO, "legalBasis[0].instrument", "BILATERAL", "legalBasis[0].title", "Treaty of 2001")]
    [InlineData(RequestKind.TECHNICAL_ADVICE, "persons[0].name", "A. Sample", "handling.controllerState", "XA")]
    [InlineData(RequestKind.TECHNICAL_ADVICE, "confidentiality", "REQUEST_CONFIDENTIAL", "confidentialityEnds", "When it is public.")]
    public void What_an_answer_makes_necessary_is_asked_behind_it(RequestKind kind, string first, string answer, string then, string next)
    {
        var answers = new Dictionary<string, string> { [first] = answer, [then] = next, ["add which (empty: none)"] = first.Split('.', '[')[0], ["Is a person known (suspect, witness, victim, account holder)? [y/N]"] = "y" };
        var (_, asked) = Run(kind, answers, Sample(kind));
        Assert.Contains($"{then}: ", asked, StringComparison.Ordinal);
        Assert.True(asked.IndexOf($"{then}: ", StringComparison.Ordinal) > asked.IndexOf($"{first}: ", StringComparison.Ordinal));
        Assert.DoesNotContain($"{then}: ", Run(kind, new Dictionary<string, string>(), Without(Sample(kind), first.Split('.', '[')[0])).Asked, StringComparison.Ordinal);
    }

    private static JsonObject Without(JsonObject sample, string member)
    {
        sample.Remove(member);
        return sample;
    }

    // As 'request check' does at the gateway of the sample's authorities.
    private static IReadOnlyList<string> Problems(JsonObject fields, JsonObject sample)
    {
        var context = new RequestContext(DateTimeOffset.Parse("2026-11-20T10:00:00Z", CultureInfo.InvariantCulture), [RoleOf(sample, "requestingAuthority")], [RoleOf(sample, "requestedAuthority")], new StateProfile { Languages = ["en", "fr"] })
        {
            Reference = "RQ-XA-2026-000417",
            SenderAuthority = sample["requestingAuthority"]!.GetValue<string>(),
        };
        return [.. RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), context).Problems.Select(problem => problem.ToString())];
    }

    private static string RoleOf(JsonObject fields, string member) => fields[member]!.GetValue<string>()[3..] switch
    {
        "CP" => "CONTACT_POINT_24_7",
        "CAX" => "CENTRAL_AUTHORITY_EXTRADITION",
        "EMB" => "DIPLOMATIC_MISSION",
        "POL" => "LAW_ENFORCEMENT",
        _ => "CENTRAL_AUTHORITY_MLA",
    };

    private static JsonObject Sample(RequestKind kind)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", $"{kind.ToString().ToLowerInvariant().Replace('_', '-')}.json")), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);

    // Answers by the prompt; everything else is skipped.
    private static (System.Text.Json.Nodes.JsonObject? Fields, string Asked) Run(RequestKind kind, Dictionary<string, string> answers, JsonObject? sample = null)
    {
        var output = new StringWriter();
        return (new RequestWizard(new Answering(output, answers, sample), output).Ask(RequestKinds.Of(kind)), output.ToString());
    }

    private sealed class Answering(StringWriter asked, Dictionary<string, string> answers, JsonObject? sample) : TextReader
    {
        private readonly Dictionary<string, int> _given = [];

        public override string ReadLine()
        {
            // What a person types ends the line; here nothing is echoed.
            var prompt = asked.ToString().Split('\n')[^1][..^2];
            var name = prompt.EndsWith("none)", StringComparison.Ordinal) ? "add which (empty: none)" : prompt.Split(": ")[^1];
            // Each once: what does not fit would be asked for ever.
            return answers.Remove(name, out var answer) ? answer : sample is null ? "" : FromSample(name);
        }

        // A member by its path, as a person would type it; of a list that the request itself has every element, of one inside another the first.
        private string FromSample(string prompt)
        {
            if (prompt.StartsWith("another ", StringComparison.Ordinal))
            {
                var list = prompt["another ".Length..prompt.IndexOf('?', StringComparison.Ordinal)];
                _given[list] = _given.GetValueOrDefault(list, 1) + 1;
                return sample![list] is JsonArray all && _given[list] <= all.Count ? "y" : "";
            }
            JsonNode? at = sample;
            foreach (var step in prompt.Replace("]", "", StringComparison.Ordinal).Split('.', '['))
                at = int.TryParse(step, out var index) ? at is JsonArray list && index < list.Count ? list[index] : null : (at as JsonObject)?[step];
            return at switch
            {
                null => "",
                JsonArray many => string.Join(',', many.Select(one => one!.ToString())),
                _ => at.ToString(),
            };
        }

    }
}
