using System.Text;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Marks;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.PeerCards;

/// <summary>What a card may say of its State's wishes and of the names of its authorities; a card that says nothing of it is written as before.</summary>
public class PeerCardTests
{
    private static readonly CardAuthority Plain = new("XB-CA", "Central Authority", ["CENTRAL_AUTHORITY_MLA"], "https://gateway.xb.example:8443", [TestIdentity.P256.Certificate], [], [], [], []);

    private static PeerCard Card(StateProfile profile, CardAuthority? authority = null)
        => new("XB", 1, RequestSamples.Now, RequestSamples.Now.AddYears(1), [TestIdentity.P256.Certificate], [authority ?? Plain], ["P256-A256GCM-SHA256"], 1, profile);

    [Fact]
    public void A_card_that_says_nothing_of_it_has_none_of_the_newer_members()
    {
        var text = Encoding.UTF8.GetString(Card(new StateProfile()).Write());
        Assert.All(["specialDocuments", "requiresTimeStamp", "channelsAllowed", "maxItemMiB", "deMinimisNote", "names"], member => Assert.DoesNotContain($"\"{member}\"", text, StringComparison.Ordinal));
        var read = PeerCard.Read(Card(new StateProfile()).Write()).Value.Profile;
        Assert.Empty(read.DocumentsOf(RequestKind.EXTRADITION));
        Assert.False(read.RequiresTimeStamp);
        Assert.Null(read.ChannelsOf(RequestKind.EXTRADITION));
        Assert.Null(read.MaxItemMiB);
        Assert.Null(read.DeMinimisNote);
    }

    [Fact]
    public void What_a_State_asks_reads_back_as_it_was_written()
    {
        var written = Card(
            new StateProfile
            {
                SpecialDocuments = [new KindDocuments(RequestKind.EXTRADITION, ["TEXT_OF_LAW", "DIPLOMATIC_NOTE"])],
                RequiresTimeStamp = true,
                ChannelsAllowed = [new KindChannels(RequestKind.SUBSCRIBER_INFO, [Channel.LEGAL_ASSISTANCE, Channel.POLICE])],
                MaxItemMiB = 50_000,
                DeMinimisNote = "Below 500 units we do not act.",
            },
            Plain with { Names = [new Term("fr", "Autorité centrale"), new Term("ru", "Центральный орган")] }).Write();
        var card = PeerCard.Read(written).Value;
        Assert.Equal(written, card.Write());
        Assert.Equal(["TEXT_OF_LAW", "DIPLOMATIC_NOTE"], card.Profile.DocumentsOf(RequestKind.EXTRADITION));
        Assert.Equal([Channel.LEGAL_ASSISTANCE, Channel.POLICE], card.Profile.ChannelsOf(RequestKind.SUBSCRIBER_INFO));
        Assert.True(card.Profile.RequiresTimeStamp);
        Assert.Equal((50_000, "Below 500 units we do not act."), (card.Profile.MaxItemMiB, card.Profile.DeMinimisNote));
        var authority = card.Find("XB-CA")!;
        Assert.Equal(("Autorité centrale", "Autorité centrale", "Central Authority", "Central Authority"), (authority.NameIn("fr"), authority.NameIn("fr-CH"), authority.NameIn("en"), authority.NameIn(null)));
    }

    [Fact]
    public void What_a_later_version_knows_of_kinds_and_channels_opens_nothing_and_refuses_no_card()
    {
        var text = Encoding.UTF8.GetString(Card(new StateProfile { ChannelsAllowed = [new KindChannels(RequestKind.SUBSCRIBER_INFO, [Channel.POLICE])], SpecialDocuments = [new KindDocuments(RequestKind.EXTRADITION, ["WARRANT"])] }).Write());
        var later = PeerCard.Read(Encoding.UTF8.GetBytes(text.Replace("\"POLICE\"", "\"CARRIER_PIGEON\"", StringComparison.Ordinal).Replace("\"EXTRADITION\"", "\"OF_TOMORROW\"", StringComparison.Ordinal))).Value.Profile;
        Assert.Empty(later.ChannelsOf(RequestKind.SUBSCRIBER_INFO)!);
        Assert.Empty(later.SpecialDocuments);
    }

    [Theory]
    [InlineData("\"maxItemMiB\":50000", "\"maxItemMiB\":0", "profile.maxItemMiB")]
    [InlineData("\"maxItemMiB\":50000", "\"maxItemMiB\":16777217", "profile.maxItemMiB")]
    [InlineData("\"deMinimisNote\":\"Below", "\"deMinimisNote\":\"\",\"x\":\"Below", "profile.deMinimisNote")]
    [InlineData("\"language\":\"ru\"", "\"language\":\"fr\"", "authorities[0].names")]
    public void Values_out_of_bounds_and_two_names_in_one_language_are_refused(string from, string to, string path)
    {
        var text = Encoding.UTF8.GetString(Card(new StateProfile { MaxItemMiB = 50_000, DeMinimisNote = "Below 500 units we do not act." }, Plain with { Names = [new Term("fr", "a"), new Term("ru", "b")] }).Write());
        Assert.Contains(from, text, StringComparison.Ordinal);
        var refusal = PeerCard.Read(Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal))).Refusal!;
        Assert.Equal((RefusalCode.DocumentValue, path), (refusal.Code, refusal.Path));
    }
}
