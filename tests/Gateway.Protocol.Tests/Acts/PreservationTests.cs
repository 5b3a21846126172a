using System.Globalization;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>What became of preserved data, from the acts on the case, the cases that follow it and the day.</summary>
public class PreservationTests
{
    private static readonly DateTimeOffset Until = DateTimeOffset.Parse("2031-03-01T00:00:00Z", CultureInfo.InvariantCulture);
    private static readonly DateTimeOffset Before = Until.AddDays(-1);
    private static readonly DateTimeOffset After = Until.AddDays(1);

    [Theory]
    [InlineData(CaseTrack.NONE, PreservationState.NONE)]
    [InlineData(CaseTrack.MEASURE_STARTED, PreservationState.NONE)]
    [InlineData(CaseTrack.PRESERVED, PreservationState.PRESERVED)]
    [InlineData(CaseTrack.PRESERVATION_EXTENDED, PreservationState.EXTENDED)]
    [InlineData(CaseTrack.PRESERVATION_RELEASED, PreservationState.RELEASED_EARLY)]
    [InlineData(CaseTrack.PRESERVATION_NOT_POSSIBLE, PreservationState.NOT_POSSIBLE)]
    public void The_acts_say_how_it_stands_before_its_day(CaseTrack track, PreservationState state)
        => Assert.Equal(state, Of(track, Before).State);

    [Theory]
    [InlineData(CaseTrack.PRESERVED)]
    [InlineData(CaseTrack.PRESERVATION_EXTENDED)]
    public void It_lapses_when_its_day_has_passed_and_nothing_followed(CaseTrack track)
    {
        Assert.Equal(new Preservation(PreservationState.LAPSED, Until), Of(track, After));
        Assert.NotEqual(PreservationState.LAPSED, Of(track, Until).State);
    }

    [Fact]
    public void What_was_released_or_could_not_be_kept_does_not_lapse()
    {
        Assert.Equal(new Preservation(PreservationState.RELEASED_EARLY, null), Of(CaseTrack.PRESERVATION_RELEASED, After));
        Assert.Equal(new Preservation(PreservationState.NOT_POSSIBLE, null), Of(CaseTrack.PRESERVATION_NOT_POSSIBLE, After));
    }

    [Fact]
    public void A_case_that_prolongs_it_moves_its_day()
    {
        var longer = Follow(Relation.EXTENDS, CaseState.EXECUTED, Until.AddDays(60));
        Assert.Equal(new Preservation(PreservationState.EXTENDED, Until.AddDays(60)), Of(CaseTrack.PRESERVED, After, longer));
        Assert.Equal(PreservationState.LAPSED, Of(CaseTrack.PRESERVED, After.AddDays(60), longer).State);
        Assert.Equal(PreservationState.LAPSED, Of(CaseTrack.PRESERVED, After, Follow(Relation.EXTENDS, CaseState.EXECUTED, Until.AddDays(-5))).State);
        Assert.Equal(PreservationState.LAPSED, Of(CaseTrack.PRESERVED, After, Follow(Relation.EXTENDS, CaseState.REFUSED, null)).State);
    }

    [Theory]
    [InlineData(CaseState.SENT, PreservationState.LAPSED)]
    [InlineData(CaseState.DELIVERED, PreservationState.SUPERSEDED)]
    [InlineData(CaseState.IN_EXECUTION, PreservationState.SUPERSEDED)]
    [InlineData(CaseState.COMPLETED, PreservationState.SUPERSEDED)]
    [InlineData(CaseState.REFUSED, PreservationState.LAPSED)]
    [InlineData(CaseState.WITHDRAWN, PreservationState.LAPSED)]
    [InlineData(CaseState.EXPIRED, PreservationState.LAPSED)]
    [InlineData(CaseState.REJECTED_TECHNICAL, PreservationState.LAPSED)]
    public void A_request_for_disclosure_takes_its_place_unless_it_came_to_nothing(CaseState state, PreservationState preservation)
        => Assert.Equal(preservation, Of(CaseTrack.PRESERVED, After, Follow(Relation.FOLLOWS_PRESERVATION, state, null)).State);

    [Theory]
    [InlineData("preserve-data", "preserveDays", 90, "2026-02-13T08:00:00.000Z", "2026-05-14T08:00:00.000Z")]
    [InlineData("preserve-extension", "additionalDays", 30, "2026-02-13T08:00:00.000Z", "2031-03-31T00:00:00.000Z")]
    [InlineData("stored-content-data", null, 0, "2026-02-13T08:00:00.000Z", null)]
    public void A_request_says_until_when_data_are_to_be_kept(string sample, string? member, int days, string from, string? until)
    {
        var request = Request.Read(RequestSamples.Document(sample, f =>
        {
            if (member is not null)
                f[member] = days;
            if (sample == "preserve-extension")
                f["preservedUntil"] = "2031-03-01T01:00:00+01:00";
        })).Value;
        Assert.Equal(until, Preservation.AskedUntil(request, DateTimeOffset.Parse(from, CultureInfo.InvariantCulture)) is { } asked ? DocumentWriter.FormatTime(asked) : null);
    }

    [Fact]
    public void Another_link_changes_nothing()
        => Assert.Equal(PreservationState.PRESERVED, Of(CaseTrack.PRESERVED, Before, Follow(Relation.SUPPLEMENTS, CaseState.DELIVERED, Until.AddDays(60))).State);

    private static FollowUp Follow(Relation relation, CaseState state, DateTimeOffset? until) => new("XA-0123456789abcdef0123456789abcdef", relation, state, until);

    private static Preservation Of(CaseTrack track, DateTimeOffset now, params FollowUp[] followUps)
        => Preservation.Of(new Standing(CaseState.ACCEPTED) { Track = track, PreservedUntil = Until }, followUps, now);
}
