using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Tests.TrustLists;
using Gateway.Recognition.TrustLists;
using Xunit;

namespace Gateway.Recognition.Tests.Agreements;

public class DecideTests
{
    private static readonly DateTimeOffset Now = StateListTests.Now;
    private static readonly Digest Anchor = TestIdentity.P256.Certificate.Sha256;

    internal static readonly AgreementRule Rule = new(MarkUse.SIGNATURE, Level.RECOGNISED, null, [], [], [], [], [], 0, [], new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), null);

    internal static Agreement Of(params AgreementRule[] rules) => new(new string('a', 32), 1, "XA", "XB", Direction.OURS, new("Treaty on legal assistance", "art. 7", "2024-05-01"), Now.AddDays(-9), rules);

    private static RecognitionFacts Facts(params (int Year, string Status)[] periods)
    {
        var list = StateList.Open(StateListTests.Signed(StateListTests.List(StateListTests.Service(periods))), null).Value;
        return new(MarkUse.SIGNATURE, "XB", "PRESERVE_DATA", Now, list.Services[0], list, ["1.2.3"], 256, true);
    }

    private static RecognitionAnswer Answer(RecognitionFacts facts, params Agreement[] agreements) => Decide.On(facts, agreements).Answer;

    [Fact]
    public void Without_an_agreement_nothing_is_recognised()
    {
        var facts = Facts((2020, "GRANTED"));
        Assert.Equal("RECOGNITION_NO_AGREEMENT", Decide.On(facts, []).Reason);
        Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts, Of(Rule) with { Peer = "XC" }));
        Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts, Of(Rule) with { Direction = Direction.THEIRS }));
        Assert.Equal("RECOGNITION_NOT_COVERED", Decide.On(facts, [Of()]).Reason);
    }

    [Fact]
    public void A_rule_that_covers_the_mark_recognises_it_and_is_named()
    {
        var decision = Decide.On(Facts((2020, "GRANTED")), [Of(Rule with { Object = MarkUse.SEAL }, Rule)]);
        Assert.Equal((RecognitionAnswer.RECOGNISED, 2, "art. 7"), (decision.Answer, decision.Rule, decision.Instrument!.Article));
    }

    [Fact]
    public void The_signer_must_be_the_one_named()
        => Assert.Equal("RECOGNITION_SIGNER_NOT_NAMED", Decide.On(Facts((2020, "GRANTED")) with { SignerIsNamed = false }, [Of(Rule)]).Reason);

    [Fact]
    public void A_service_of_another_State_does_not_vouch_for_this_ones()
        => Assert.Equal("RECOGNITION_OTHER_STATE", Decide.On(Facts((2020, "GRANTED")) with { Peer = "XC" }, [Of(Rule) with { Peer = "XC" }]).Reason);

    [Fact]
    public void Each_condition_of_a_rule_excludes_what_does_not_meet_it()
    {
        var facts = Facts((2020, "GRANTED"));
        AgreementRule[] excluding =
        [
            Rule with { Object = MarkUse.TIMESTAMP },
            Rule with { ServiceTypes = ["OTHER"] },
            Rule with { Statuses = ["WITHDRAWN"] },
            Rule with { Qualifiers = ["QSCD", "OTHER"] },
            Rule with { Anchors = [Digest.Of("other"u8)] },
            Rule with { Policies = ["1.2.4"] },
            Rule with { MinKeyBits = 257 },
            Rule with { Kinds = ["EXTRADITION"] },
            Rule with { From = Now.AddSeconds(1) },
            Rule with { Until = Now },
        ];
        Assert.All(excluding, rule => Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts, Of(rule))));
        Assert.Equal(RecognitionAnswer.RECOGNISED, Answer(facts, Of(Rule with { ServiceTypes = ["CA"], Statuses = ["GRANTED"], Qualifiers = ["QSCD"], Anchors = [Anchor], Policies = ["1.2.3"], MinKeyBits = 256, Kinds = ["PRESERVE_DATA"], Until = Now.AddDays(1) })));
    }

    [Fact]
    public void The_status_that_counts_is_that_of_the_time_at_which_the_mark_existed()
    {
        var facts = Facts((2026, "WITHDRAWN"), (2020, "GRANTED"));
        Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts, Of(Rule)));
        Assert.Equal(RecognitionAnswer.RECOGNISED, Answer(facts with { At = new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero) }, Of(Rule)));
    }

    [Fact]
    public void The_first_rule_decides_and_may_say_no_or_set_a_condition()
    {
        var facts = Facts((2020, "GRANTED"));
        Assert.Equal("RECOGNITION_REFUSED_BY_RULE", Decide.On(facts, [Of(Rule with { Level = Level.NOT_RECOGNISED }, Rule)]).Reason);
        var conditional = Decide.On(facts, [Of(Rule with { Level = Level.RECOGNISED_CONDITIONALLY, Condition = "an apostille follows" })]);
        Assert.Equal((RecognitionAnswer.RECOGNISED_CONDITIONALLY, "an apostille follows"), (conditional.Answer, conditional.Condition));
    }

    [Fact]
    public void Of_an_agreement_only_the_highest_version_holds()
    {
        var facts = Facts((2020, "GRANTED"));
        Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts, Of(Rule), Of() with { Version = 2 }));
    }

    [Fact]
    public void A_States_own_words_count_when_a_rule_names_them()
    {
        var facts = Facts((2020, "GRANTED"));
        var foreign = facts.Service! with { Periods = [facts.Service.Periods[0] with { Type = "https://xb.example/ca", Status = "https://xb.example/ok", Uses = [] }] };
        var agreement = Of(Rule with { ServiceTypes = ["https://xb.example/ca"], Statuses = ["https://xb.example/ok"] });

        Assert.Equal(RecognitionAnswer.NOT_RECOGNISED, Answer(facts with { Service = foreign }, Of(Rule)));
        Assert.Equal(RecognitionAnswer.RECOGNISED, Answer(facts with { Service = foreign }, agreement));
        Assert.Empty(ListAnchors.Of(facts.List! with { Services = [foreign] }, [Of(Rule)]));
        Assert.Single(ListAnchors.Of(facts.List! with { Services = [foreign] }, [agreement]));
    }

    [Fact]
    public void An_agreement_reads_back_and_one_that_contradicts_itself_is_refused()
    {
        var agreement = Of(Rule, Rule with { Level = Level.RECOGNISED_CONDITIONALLY, Condition = "an apostille follows", Until = Now, Anchors = [Anchor] });
        var read = Agreement.Read(agreement.Write()).Value;
        Assert.Equal(agreement.Write(), read.Write());

        Agreement[] bad =
        [
            Of(Rule) with { Peer = "XA" },
            Of(Rule with { Condition = "but" }),
            Of(Rule with { Level = Level.RECOGNISED_CONDITIONALLY }),
            Of(Rule with { Until = Rule.From }),
        ];
        Assert.All(bad, a => Assert.Equal(RefusalCode.DocumentValue, Agreement.Read(a.Write()).Refusal?.Code));
    }
}
