using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Recognition.TrustLists;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.TimeStamps;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.TimeStamps;

/// <summary>A State that takes requests only with a time-stamp over the signed request; the authority is <c>openssl ts</c>.</summary>
public sealed class StampedRequestTests
{
    [Fact]
    public async Task Without_a_time_stamp_nothing_leaves_and_whoever_composes_is_told_before()
    {
        await using var states = await TwoStates.Start(configure: Asks);
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        Assert.Empty(composed.Problems);
        Assert.Contains(composed.Warnings, w => w.Code == "T809");
        var refused = await Refused.By(() => states.SendPreserve(), "T809");
        Assert.Equal("XB takes a request only with a time-stamp (RFC 3161) over its signature; this gateway asks no time-stamp authority", refused.Detail);
        Assert.Empty((await states.Asking.Client(states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task The_gateway_has_the_signed_request_stamped_and_the_other_side_finds_what_openssl_finds()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start(configure: json => Asks(json, authority));
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var opened = await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        var (request, token) = (opened.Parts.Single(p => p.Role == "request").Content.ToByteArray(), opened.Parts.Single(p => p.Name == "request.tsr"));
        Assert.Equal("application/timestamp-reply", token.MediaType);
        Assert.True(authority.Verifies(request, token.Content.ToByteArray()));
        Assert.Equal("", opened.Held);
        // Whose it is no list of XA says yet.
        Assert.Contains("by somebody whom no trusted list of XA names", Assert.Single(Events(states.Asked, "request.timeStampOpen", sent.CaseId)), StringComparison.Ordinal);

        // A list that names the authority.
        var now = states.Asked.Clock.GetUtcNow();
        using var signer = states.Asking.Pki.SelfSigned("List of XA", TestPki.Sign, isAuthority: false).Signer();
        using var root = X509Certificate2.CreateFromPem(authority.RootPem);
        var service = new TrustedService("XA", "Ministry", "Time", [root.RawData], [new ServicePeriod(now.AddYears(-1), "CA", ServiceWords.Granted, [MarkUse.TIMESTAMP], [])], null, []);
        var list = SignedDocument.Sign(new StateList("XA", 1, now, now.AddDays(30), [service]).Write(), signer, now);
        var view = await states.Asked.Client(states.AskedLawyer).ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(list), State = "XA" });
        await states.Asked.Client(states.Asked.Administrator).ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = view.Fingerprint });
        var second = await states.SendPreserve();
        await states.Settled(second.CaseId, 3);
        Assert.Contains("stamped the request as signed at", Assert.Single(Events(states.Asked, "request.timeStamped", second.CaseId)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_that_is_down_or_a_stranger_lets_nothing_leave_but_an_emergency()
    {
        await using var authority = new TestAuthority { Signs = "stranger" };
        await using var states = await TwoStates.Start(configure: json => Asks(json, authority));
        Assert.Contains("is not believed", (await Refused.By(() => states.SendPreserve(), "T809")).Detail, StringComparison.Ordinal);
        (authority.Signs, authority.Down) = ("tsa", true);
        Assert.Contains("answers 503", (await Refused.By(() => states.SendPreserve(), "T809")).Detail, StringComparison.Ordinal);

        var fields = TwoStates.Fields("emergency-disclosure.json");
        fields["requestedAuthority"] = "XB-CP";
        var emergency = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        Assert.Contains("without the time-stamp, for an emergency does not wait for one", emergency.Outcome, StringComparison.Ordinal);
        await Eventually.Holds(() => Events(states.Asked, "request.timeStampLacking", emergency.CaseId).Count == 1);

        authority.Down = false;
        await states.SendPreserve();

        // One that takes a connection and says nothing keeps an emergency for seconds only.
        using var silence = new ManualResetEventSlim();
        authority.Bend = reply =>
        {
            silence.Wait(TimeSpan.FromMinutes(1));
            return reply;
        };
        var unanswered = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields.DeepClone().AsObject());
        silence.Set();
        Assert.Contains("none answered within 5 seconds", unanswered.Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_certificate_that_cannot_be_read_stops_no_emergency()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start(configure: json => Asks(json, authority));
        await states.SendPreserve();
        File.WriteAllText(authority.Root, "no certificate");
        await Refused.By(() => states.SendPreserve(), "T809");
        var fields = TwoStates.Fields("emergency-disclosure.json");
        fields["requestedAuthority"] = "XB-CP";
        Assert.Contains("without the time-stamp", (await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields)).Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_without_one_is_taken_and_told_since_an_older_gateway_cannot_know()
    {
        await using var states = await TwoStates.Start(configure: Asks);
        var delivered = await Courier.Deliver(states, (await Courier.For(states)).Make());
        Assert.Null(delivered.Rejection);
        var told = Assert.Single(states.Asked.Get<Database>().Read(s => s.Query("SELECT text FROM events WHERE kind = 'request.timeStampLacking'", r => r.GetString(0))));
        Assert.Contains("gatewayctl request return", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_stamp_of_something_else_counts_for_nothing_and_one_beside_a_request_is_nobodys_signature()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start();
        var reply = authority.Reply(TimeStampRequest.New("another document"u8, null).Encode());
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        using var signer = states.DutyOfficer.Signing.Signer();
        var sent = await states.Asking.Client(states.DutyOfficer).SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "log.tsr", MediaType = "application/timestamp-reply", Content = ByteString.CopyFrom(reply) } },
        });
        // Neither rejected as a bad signature nor held as an open one.
        await states.Settled(sent.CaseId, 3);
        Assert.Equal("DELIVERED", Assert.Single((await states.Asked.Client(states.AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases).State);
        // Nor does it stand for the one that is asked for.
        await using var strict = await TwoStates.Start(configure: Asks);
        composed = await strict.Asking.Client(strict.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(strict.Asking.Clock).ToJsonString() });
        using var person = strict.DutyOfficer.Signing.Signer();
        var signed = SignedDocument.Sign(composed.Document.Span, person, strict.Asking.Clock.GetUtcNow());
        SubmitRequest With(byte[] token) => new()
        {
            SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New(), Attachments = { new Attachment { Name = "request.tsr", MediaType = "application/timestamp-reply", Content = ByteString.CopyFrom(token) } },
        };
        await Refused.By(async () => await strict.Asking.Client(strict.DutyOfficer).SubmitAsync(With(reply)), "T809");
        // One that a system had made itself does, without an authority here.
        await strict.Asking.Client(strict.DutyOfficer).SubmitAsync(With(authority.Reply(TimeStampRequest.New(signed, null).Encode())));
    }

    private static void Asks(JsonObject json) => Asks(json, null);

    private static void Asks(JsonObject json, TestAuthority? authority)
    {
        if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
            json["Profile"] = new JsonObject { ["RequiresTimeStamp"] = true };
        else if (authority is not null)
            json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(new JsonObject { ["Name"] = "tsa-1", ["Url"] = authority.Url, ["Roots"] = new JsonArray(authority.Root) }), ["EveryMinutes"] = 1000 };
    }

    private static List<string> Events(TestState state, string kind, string caseId)
        => state.Get<Database>().Read(s => s.Query("SELECT text FROM events WHERE kind = $1 AND case_id = $2", r => r.GetString(0), kind, caseId));
}
