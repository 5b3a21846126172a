using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;
using static Gateway.Tests.Witness.LogOfState;

namespace Gateway.Tests.Peers;

/// <summary>A card that ends a key on a day before things that were signed with it and are held here.</summary>
public sealed class EndedKeysTests
{
    private static readonly TimeSpan s_days = TimeSpan.FromDays(10);

    [Fact]
    public async Task A_card_dated_before_receipts_under_the_seal_that_it_drops_is_refused_and_one_of_today_is_taken()
    {
        await using var states = await TwoStates.Start();
        var first = states.Asked.Card;
        states.Asked.Clock.Offset += s_days;
        await states.Settled((await states.SendPreserve()).CaseId, 3);
        SealRotationTests.NewSeal(states.Asked, "XB-CA");
        await Refused.By(() => Push(states, Issue(states.Asked, first.Card.Issued.AddSeconds(1), first)), "T403");
        Assert.Equal(1, states.Asking.Get<PeerDirectory>().ByState("XB")!.Card.Card.Version);
        await Push(states, Issue(states.Asked, states.Asked.Clock.GetUtcNow(), first));
        Assert.Equal(2, states.Asking.Get<PeerDirectory>().ByState("XB")!.Card.Card.Version);
    }

    [Fact]
    public async Task A_card_that_was_long_on_its_way_is_taken_where_nothing_was_signed_with_the_old_seal_since()
    {
        await using var states = await TwoStates.Start();
        await states.Settled((await states.SendPreserve()).CaseId, 3);
        var first = states.Asked.Card;
        var dated = states.Asked.Clock.GetUtcNow();
        states.Asked.Clock.Offset += s_days;
        SealRotationTests.NewSeal(states.Asked, "XB-CA");
        await Push(states, Issue(states.Asked, dated, first));
        Assert.Equal(2, states.Asking.Get<PeerDirectory>().ByState("XB")!.Card.Card.Version);
    }

    [Fact]
    public async Task A_card_dated_before_cosignatures_under_the_key_that_it_drops_is_refused()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var first = states.Asked.Card;
        states.Asked.Clock.Offset += s_days;
        await states.Settled((await states.SendPreserve()).CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        var log = first.Card.Log!;
        var without = log with { Cosigners = [Ed25519Key.FromPem(Ed25519Key.CreatePem()).PublicKey] };
        await Refused.By(() => Push(states, Issue(states.Asked, first.Card.Issued.AddSeconds(1), first, without)), "T403");
        // One that keeps the key and only comes late takes nothing away.
        await Push(states, Issue(states.Asked, first.Card.Issued.AddSeconds(1), first, log));
        Assert.Equal(2, states.Asking.Get<PeerDirectory>().ByState("XB")!.Card.Card.Version);
    }

    private static SignedCard Issue(TestState state, DateTimeOffset dated, SignedCard before, CardLog? log = null)
    {
        var configuration = state.Configuration();
        using var signer = state.Pki.Card.Signer();
        return new IssueCard(state.State, configuration.Keys, configuration.Profile, log ?? before.Card.Log).Issue(signer, before, 365, dated).Value;
    }

    private static async Task Push(TwoStates states, SignedCard card) => await states.Asking.ExchangeClient(states.Asked.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });
}
