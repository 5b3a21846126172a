using System.Text.Json.Nodes;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>What a State asks by its card is asked before a request leaves and again when it arrives, there by the card that was in force when it came.</summary>
public sealed class AskedByProfileTests
{
    private const string Reason = "compared with the court by telephone";

    [Fact]
    public async Task A_document_that_the_State_wants_with_the_kind_is_asked_for_on_both_sides()
    {
        await using var states = await TwoStates.Start();
        var composedBefore = (await Courier.For(states)).Make();
        await Asks(states, Documents(), alsoThere: true);

        var fields = TwoStates.Preserve(states.Asking.Clock);
        var problem = Assert.Single((await Compose(states, fields)).Problems);
        Assert.Equal(("V001", "attachments"), (problem.Code, problem.Path));
        Assert.Contains("the profile of XB wants a document of type TEXT_OF_LAW", problem.Detail, StringComparison.Ordinal);
        var rejected = (await Courier.Deliver(states, composedBefore)).Rejection;
        Assert.Equal("V001", rejected.Code);

        var law = "Section 271: whoever obtains property by input of data."u8.ToArray();
        fields["attachments"] = new JsonArray(new JsonObject
        {
            ["name"] = "law.txt", ["type"] = "TEXT_OF_LAW", ["mediaType"] = "text/plain", ["sizeBytes"] = law.Length, ["sha256"] = Digest.Of(law).ToString(), ["language"] = "en",
        });
        var composed = await Compose(states, fields);
        Assert.Empty(composed.Problems);
        // Named and not there, it does not leave.
        await Refused.By(() => Submit(states, composed.Document), "V035");
        var sent = await Submit(states, composed.Document, new Attachment { Name = "law.txt", MediaType = "text/plain", Content = ByteString.CopyFrom(law) });
        await states.Settled(sent.CaseId, 3);
    }

    [Fact]
    public async Task What_waits_is_judged_by_the_card_that_was_in_force_when_it_came()
    {
        await using var states = await TwoStates.Start();
        using var judge = new TestPki("XA").Issue("Judge", TestPki.Sign).Signer();
        var order = SignedDocument.Sign("order 12/2026"u8, judge, states.Asking.Clock.GetUtcNow());
        var composed = await Compose(states, TwoStates.Preserve(states.Asking.Clock));
        var sent = await Submit(states, composed.Document, new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(order) });
        await states.Settled(sent.CaseId, 2);
        states.Asked.Clock.Offset += TimeSpan.FromHours(1);
        var stricter = Documents();
        stricter["SignatureLevels"] = new JsonArray(new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Level"] = "QUALIFIED" });
        await Asks(states, stricter, alsoThere: false);

        var decided = await states.Asked.Client(states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = Reason });
        Assert.Equal("RECEIVED", decided.State);
        await states.Settled(sent.CaseId, 3);
    }

    [Fact]
    public async Task A_kind_goes_by_the_channels_that_the_State_allows_and_another_is_suggested()
    {
        await using var states = await TwoStates.Start();
        var composedBefore = (await Courier.For(states)).Make();
        await Asks(states, new JsonObject { ["ChannelsAllowed"] = new JsonArray(new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Channels"] = new JsonArray("LEGAL_ASSISTANCE") }) }, alsoThere: true);
        var problem = Assert.Single((await Compose(states, TwoStates.Preserve(states.Asking.Clock))).Problems);
        Assert.Equal(("V009", "XB takes PRESERVE_DATA by LEGAL_ASSISTANCE only, as its profile says."), (problem.Code, problem.Detail));
        Assert.Equal("V009", (await Courier.Deliver(states, composedBefore)).Rejection.Code);

        // From the central authority it goes, to the central authority.
        var fields = TwoStates.Preserve(states.Asking.Clock);
        (fields["requestingAuthority"], fields["requestedAuthority"]) = ("XA-CA", "XB-CP");
        var other = Assert.Single((await states.Asking.Client(states.Lawyer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() })).Problems);
        Assert.Equal(("V003", "XB-CP is not a designated recipient for PRESERVE_DATA. Use XB-CA."), (other.Code, other.Detail));
        fields["requestedAuthority"] = "XB-CA";
        await states.Arrived((await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields)).CaseId);
    }

    [Fact]
    public async Task What_a_State_says_of_petty_cases_is_told_to_whoever_composes_and_in_its_profile()
    {
        await using var states = await TwoStates.Start();
        await Asks(states, new JsonObject { ["DeMinimisNote"] = "Below 500 units we do not act." }, alsoThere: true);
        var composed = await Compose(states, TwoStates.Preserve(states.Asking.Clock));
        Assert.Empty(composed.Problems);
        Assert.Equal("XB says of petty cases: Below 500 units we do not act.", Assert.Single(composed.Warnings, w => w.Code == "V007").Detail);
        Assert.Contains("\"deMinimisNote\":\"Below 500 units we do not act.\"", (await states.Asking.Client(states.DutyOfficer).ShowProfileAsync(new ShowProfileRequest { State = "XB" })).ProfileJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_has_its_name_in_the_languages_of_its_card()
    {
        await using var states = await TwoStates.Start(configure: json => json["Keys"]!["Authorities"]![0]!["Names"] = new JsonArray(
            new JsonObject { ["Language"] = "fr", ["Text"] = "Autorité centrale" }, new JsonObject { ["Language"] = "ru", ["Text"] = "Центральный орган" }));
        var listed = (await states.Asking.Client(states.DutyOfficer).ListPeersAsync(new ListPeersRequest())).Peers.SelectMany(p => p.Authorities).Single(a => a.Authority == "XB-CA");
        Assert.Equal(("Autorité centrale", "Центральный орган"), (listed.Names["fr"], listed.Names["ru"]));
        Assert.Empty((await states.Asking.Client(states.DutyOfficer).ListPeersAsync(new ListPeersRequest())).Peers.SelectMany(p => p.Authorities).Single(a => a.Authority == "XB-CP").Names);
    }

    private static JsonObject Documents() => new() { ["SpecialDocuments"] = new JsonArray(new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Types"] = new JsonArray("TEXT_OF_LAW") }) };

    // XB's next card, in force at home and, where asked for, taken over by its peer.
    private static async Task Asks(TwoStates states, JsonObject profile, bool alsoThere)
    {
        states.Asked.Configure(json => json["Profile"] = profile);
        var card = states.Asked.IssueCard(states.Asked.Card);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => PeerRows.StoreOwn(s, card, states.Asked.Clock.GetUtcNow()));
        states.Asked.Get<PeerDirectory>().Reload();
        if (alsoThere)
            await states.Asking.Get<TakeCard>().Run(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) }, states.Asking.Get<PeerDirectory>().ByState("XB")!);
    }

    private static async Task<ComposeReply> Compose(TwoStates states, JsonObject fields)
        => await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });

    private static async Task<SubmitReply> Submit(TwoStates states, ByteString document, params Attachment[] attachments)
    {
        using var signer = states.DutyOfficer.Signing.Signer();
        return await states.Asking.Client(states.DutyOfficer).SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(document.Span, signer, states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { attachments },
        });
    }
}
