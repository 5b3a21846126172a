using Gateway.Judging;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>What a peer with valid TLS may try. Each is refused by its code; no case opens, and chains and log grow only as far as decision says.</summary>
public sealed class HostileDeliveryTests : IAsyncLifetime
{
    private TwoStates _states = null!;

    public async Task InitializeAsync() => _states = await TwoStates.Start();

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task What_a_courier_makes_by_hand_is_accepted_when_nothing_is_bent()
    {
        var reply = await Courier.Deliver(_states, (await Courier.For(_states)).Make());
        Assert.Null(reply.Rejection);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], Events(reply));
    }

    [Fact]
    public async Task A_message_delivered_twice_gives_the_same_receipts_byte_for_byte()
    {
        var courier = await Courier.For(_states);
        var request = courier.Make();
        var first = await Courier.Deliver(_states, request);
        var leaves = Leaves();
        var again = await Courier.Deliver(_states, request);
        Assert.True(again.Duplicate);
        Assert.Equal(first.Receipts, again.Receipts);
        Assert.Equal(leaves, Leaves());
    }

    [Fact]
    public async Task The_same_id_with_other_content_is_a_signed_conflict_once()
    {
        var courier = await Courier.For(_states);
        await Courier.Deliver(_states, courier.Make());
        var other = courier.Make();
        var conflict = await Courier.Deliver(_states, other);
        Assert.Equal("V031", conflict.Rejection.Code);
        Assert.EndsWith("what changes a request as an AMENDMENT.", conflict.Rejection.Detail, StringComparison.Ordinal);
        Assert.True(conflict.SignedRejection && conflict.OnChannel);
        var leaves = Leaves();
        var again = await Courier.Deliver(_states, other);
        Assert.Equal(conflict.Receipts, again.Receipts);
        Assert.Equal(leaves, Leaves());
        Assert.Equal(1, Cases());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Garbage_is_rejected_on_the_channel_once(int length)
    {
        var request = (await Courier.For(_states)).Make();
        request.Envelope = ByteString.CopyFrom(new byte[length]);
        var reply = await Courier.Deliver(_states, request);
        Assert.StartsWith("T3", reply.Rejection.Code, StringComparison.Ordinal);
        Assert.True(reply.OnChannel);
        var leaves = Leaves();
        Assert.Equal(reply.Receipts, (await Courier.Deliver(_states, request)).Receipts);
        Assert.Equal(leaves, Leaves());
        Assert.Equal(0, Cases());
    }

    [Fact]
    public async Task Above_the_limit_rejections_are_unsigned_and_nothing_grows()
    {
        var courier = await Courier.For(_states);
        var request = courier.Make();
        var signed = 0;
        var begun = Minute();
        for (var i = 0; i < 70; i++)
        {
            request.Message = Ids.New();
            request.Envelope = ByteString.CopyFrom(BitConverter.GetBytes(i));
            if ((await Courier.Deliver(_states, request)).SignedRejection)
                signed++;
        }
        // The limit is one of each minute of the clock, and the test may see more than one.
        var minutes = Minute() - begun + 1;
        Assert.InRange(signed, 1, (int)(60 * minutes));
        Assert.True(signed < 70 || minutes > 1);
        var leaves = Leaves();
        request.Message = Ids.New();
        request.Envelope = ByteString.CopyFrom(1, 2, 3);
        var last = await Courier.Deliver(_states, request);
        Assert.True(last.SignedRejection || Leaves() == leaves);
    }

    [Fact]
    public async Task A_message_sealed_for_another_authority_and_encrypted_again_to_us_is_refused()
    {
        var courier = (await Courier.For(_states)).With(bend: c => c with { Recipient = Party.Of("XB-CP") });
        var reply = await Courier.Deliver(_states, courier.Make());
        Assert.Equal("T307", reply.Rejection.Code);
        Assert.Equal(0, Cases());
    }

    [Fact]
    public async Task A_message_encrypted_to_another_key_is_refused()
    {
        var courier = (await Courier.For(_states)).With(encryptTo: _states.Asked.Card.Card.Find("XB-CP")!.Encryption[0]);
        Assert.Equal("T303", (await Courier.Deliver(_states, courier.Make())).Rejection.Code);
    }

    [Fact]
    public async Task A_seal_of_another_authority_of_the_same_State_is_refused()
    {
        var keys = _states.Asking.Get<KeyRing>();
        var courier = (await Courier.For(_states)).With(seal: keys.Seal("XA-CA"));
        Assert.Equal("T210", (await Courier.Deliver(_states, courier.Make())).Rejection.Code);
    }

    [Fact]
    public async Task A_cover_of_a_third_State_over_our_connection_is_refused_with_V029()
    {
        using var own = new TestPki("XC").Issue("seal", TestPki.Sign).Signer();
        var courier = (await Courier.For(_states)).With(seal: own, bend: c => c with { Sender = Party.Of("XC-CA") });
        Assert.Equal("V029", (await Courier.Deliver(_states, courier.Make())).Rejection.Code);
    }

    [Fact]
    public async Task Routing_that_differs_from_the_cover_is_refused()
    {
        var request = (await Courier.For(_states)).Make();
        request.CaseId = Ids.NewCase("XA");
        Assert.Equal("T309", (await Courier.Deliver(_states, request)).Rejection.Code);
    }

    [Fact]
    public async Task A_request_whose_signer_no_card_vouches_for_waits_for_an_officer_and_opens_no_case()
    {
        var stranger = new TestPki("XA").Issue("stranger", TestPki.Sign);
        var courier = (await Courier.For(_states)).With(bend: c =>
        {
            using var signer = stranger.Signer();
            var content = SignedDocument.Open(c.Parts[0].Content).Value.Content;
            var resigned = Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", SignedDocument.Sign(content.Span, signer, _states.Asking.Clock.GetUtcNow()));
            return c with { Parts = [resigned] };
        });
        var reply = await Courier.Deliver(_states, courier.Make());
        Assert.Null(reply.Rejection);
        Assert.Equal([ReceiptEvent.RelayAcceptance], Events(reply));
        Assert.Equal(0, Cases());
        Assert.Equal(1, Count("SELECT count(*) FROM recognition_holds WHERE refusal = 'V027' AND decided IS NULL"));
    }

    [Fact]
    public async Task The_key_of_a_registry_is_no_persons_signature()
    {
        var stamp = _states.Asking.Get<KeyRing>().Stamp("XA-CP");
        var courier = (await Courier.For(_states)).With(bend: c =>
        {
            var content = SignedDocument.Open(c.Parts[0].Content).Value.Content;
            return c with { Parts = [Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", SignedDocument.Sign(content.Span, stamp, _states.Asking.Clock.GetUtcNow()))] };
        });
        Assert.Equal("V025", (await Courier.Deliver(_states, courier.Make())).Rejection.Code);
    }

    [Fact]
    public async Task Receipts_that_do_not_fit_are_refused_without_a_receipt()
    {
        var request = (await Courier.For(_states)).Make();
        var leaves = Leaves();
        request.Receipts.Clear();
        var reply = await Courier.Deliver(_states, request);
        Assert.Equal("T501", reply.Rejection.Code);
        Assert.False(reply.SignedRejection);
        Assert.Equal(leaves, Leaves());
    }

    [Fact]
    public async Task An_act_on_a_case_that_does_not_exist_is_rejected_on_the_channel()
    {
        var courier = (await Courier.For(_states)).With(bend: c => c with { About = CoverAbout.ACT });
        var reply = await Courier.Deliver(_states, courier.Make());
        Assert.Equal("T804", reply.Rejection.Code);
        Assert.True(reply.OnChannel);
    }

    [Fact]
    public async Task A_peer_cannot_push_receipts_into_a_case_that_is_not_there()
    {
        var request = (await Courier.For(_states)).Make();
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _states.Asked.ExchangeClient(_states.Asking.Tls).PushReceiptsAsync(
            new PushReceiptsRequest { CaseId = request.CaseId, FirstReceipt = 1, Receipts = { request.Receipts } }));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.DoesNotContain("   at ", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_over_sized_call_is_refused_before_it_is_read()
    {
        var request = (await Courier.For(_states)).Make();
        request.Envelope = ByteString.CopyFrom(new byte[17 * 1024 * 1024]);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Courier.Deliver(_states, request));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Fact]
    public async Task A_message_by_another_authority_of_the_same_State_does_not_enter_the_case()
    {
        var courier = await Courier.For(_states);
        await Courier.Deliver(_states, courier.Make());
        var other = courier.With(message: Ids.New(), seal: _states.Asking.Get<KeyRing>().Seal("XA-CA"), bend: c => c with { About = CoverAbout.EVIDENCE, Sender = Party.Of("XA-CA") }).Make();
        other.Sender = "XA-CA";
        var reply = await Courier.Deliver(_states, other);
        Assert.Equal("T804", reply.Rejection.Code);
        Assert.True(reply.OnChannel);
    }

    [Fact]
    public async Task A_request_under_a_case_id_of_another_State_begins_no_chain_of_that_name()
    {
        var courier = (await Courier.For(_states)).With(caseId: Ids.NewCase("XC"));
        var reply = await Courier.Deliver(_states, courier.Make());
        Assert.Equal("T804", reply.Rejection.Code);
        Assert.True(reply.OnChannel);
        Assert.Equal(0, Count($"SELECT count(*) FROM chains WHERE chain = '{courier.CaseId}'"));
    }

    [Fact]
    public async Task The_id_of_a_message_of_another_sender_is_taken()
    {
        var sent = await _states.SendPreserve();
        await _states.Settled(sent.CaseId, 3);
        var answer = await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new() { ["reference"] = "B-1", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(5)) });
        var reply = await Courier.Deliver(_states, (await Courier.For(_states)).With(message: answer.Message).Make());
        Assert.Equal("V031", reply.Rejection.Code);
        Assert.Equal(1, Count($"SELECT count(*) FROM messages WHERE id = '{answer.Message}'"));
    }

    [Fact]
    public async Task A_chain_that_a_peer_has_filled_gets_no_receipt_beyond_the_limit()
    {
        var courier = await Courier.For(_states);
        await Courier.Deliver(_states, courier.Make());
        var garbage = courier.Make();
        garbage.Envelope = ByteString.CopyFrom(1);
        await Courier.Deliver(_states, garbage);
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE chains SET seq = $1 WHERE issuer = 'XB'", Receipt.MaxSeq));
        var leaves = Leaves();
        Assert.False((await Courier.Deliver(_states, courier.With(message: Ids.New(), bend: c => c with { About = CoverAbout.ACT }).Make())).SignedRejection);
        garbage.Message = Ids.New();
        Assert.False((await Courier.Deliver(_states, garbage)).SignedRejection);
        Assert.Equal(leaves, Leaves());
    }

    [Fact]
    public async Task A_fork_is_told_once_however_often_it_is_signed()
    {
        var courier = await Courier.For(_states);
        await Courier.Deliver(_states, courier.Make());
        for (var i = 0; i < 3; i++)
        {
            var push = new PushReceiptsRequest { CaseId = courier.CaseId, FirstReceipt = 1, Receipts = { courier.Make().Receipts } };
            await Assert.ThrowsAsync<RpcException>(async () => await _states.Asked.ExchangeClient(_states.Asking.Tls).PushReceiptsAsync(push));
        }
        Assert.Equal(1, Count("SELECT count(*) FROM receipt_forks"));
        Assert.Equal(1, Count("SELECT count(*) FROM events WHERE kind = 'receipt.fork'"));
    }

    [Fact]
    public async Task A_request_is_not_tied_to_a_case_with_a_third_State()
    {
        var (third, ours) = (Ids.NewCase("XC"), Ids.NewCase("XA"));
        var composed = await _states.Asking.Client(_states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(_states.Asking.Clock).ToJsonString() });
        var request = Request.Read(composed.Document.ToByteArray()).Value;
        var now = _states.Asked.Clock.GetUtcNow();
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            SendRequest.OpenCase(s, third, Ids.New(), request, CaseSide.Requested, CaseState.DELIVERED, "XB-CA", "XC-CA", now);
            var linking = request with { Linked = [new LinkedRequest(Relation.PRESERVES_FOR, third, null), new LinkedRequest(Relation.PRESERVES_FOR, ours, null)] };
            SendRequest.OpenCase(s, Ids.NewCase("XA"), Ids.New(), linking, CaseSide.Requested, CaseState.DELIVERED, "XB-CA", "XA-CP", now);
        });
        Assert.Equal(0, Count($"SELECT count(*) FROM case_links WHERE linked = '{third}'"));
        Assert.Equal(1, Count($"SELECT count(*) FROM case_links WHERE linked = '{ours}'"));
    }

    [Fact]
    public async Task Nobody_fills_the_disk_from_outside()
    {
        var request = (await Courier.For(_states)).Make();
        await _states.Asked.Stop();
        _states.Asked.Configure(json => json["Gateway"]!["MinFreeMiB"] = int.MaxValue);
        await _states.Asked.Start();
        // Until the heads are compared after the start, everything is refused for that.
        await Eventually.Holds(() => _states.Asked.Get<LedgerGate>().Shut is null);
        var leaves = Leaves();
        var reply = await Courier.Deliver(_states, request);
        Assert.Equal("T602", reply.Rejection.Code);
        Assert.False(reply.SignedRejection);
        Assert.Equal(leaves, Leaves());
        await Assert.ThrowsAsync<RpcException>(async () => await _states.Asked.ExchangeClient(_states.Asking.Tls).PushReceiptsAsync(new PushReceiptsRequest { Receipts = { request.Receipts } }));
        await _states.Asked.Client(_states.Asked.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XA", Reason = "it fills our disk" });
    }

    [Fact]
    public void Who_is_not_an_authority_vouches_for_no_signature()
    {
        var person = _states.Asking.Pki.SelfSigned("person", TestPki.Sign, isAuthority: false);
        using var signer = person.Signer();
        var signed = SignedDocument.Open(SignedDocument.Sign("text"u8, signer, _states.Asking.Clock.GetUtcNow())).Value;
        var verdict = JudgeMarks.Signature(signed, _states.Asking.Card.Card with { PersonAuthorities = [person.Certificate] });
        Assert.True(verdict.IsUndetermined);
    }

    [Fact]
    public void The_words_of_a_peer_are_cut_and_put_on_one_line()
    {
        var refusal = RefusalWire.FromWire(new V1.Refusal { Code = "V043", Detail = "no\n" + new string('x', 100_000), Path = "a" });
        Assert.StartsWith("no x", refusal.Detail, StringComparison.Ordinal);
        Assert.InRange(refusal.Detail.Length, 4, 4000);
    }

    private static ReceiptEvent[] Events(DeliverReply reply)
        => [.. reply.Receipts.Select(r => Receipt.Read(SignedDocument.Open(r.ToByteArray()).Value.Content).Value.Event)];

    private long Count(string sql) => _states.Asked.Get<Database>().Read(s => s.Number(sql));

    // The gateway notes its quorum by itself, soon after a peer was approved.
    private long Leaves() => _states.Asked.Get<Database>().Read(s => s.Number("SELECT (SELECT count(*) FROM log_leaves) - (SELECT count(*) FROM audit_records WHERE act = 'log.quorum')"));

    private long Minute() => _states.Asked.Clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    private long Cases() => _states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases"));
}
