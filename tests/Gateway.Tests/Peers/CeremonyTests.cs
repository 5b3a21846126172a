using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Runtime;
using Gateway.Storage;

using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Peers;

/// <summary>How a State becomes a peer, and how its card changes afterwards.</summary>
public sealed class CeremonyTests : IAsyncLifetime
{
    private TestState _a = null!;
    private TestState _b = null!;

    public async Task InitializeAsync()
    {
        _a = await TestState.Running("XA");
        _b = TestState.Configured("XB");
    }

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Two_persons_approve_a_peer()
    {
        var card = _b.IssueCard(null);
        Assert.Equal("PROPOSED", (await Add(card)).Status);
        Assert.Equal("APPROVED", (await Approve(card, _a.Deputy)).Status);
        Assert.Equal(["peer.proposed", "peer.approved"], Acts("peer."));
    }

    [Fact]
    public async Task One_person_does_not()
    {
        var card = _b.IssueCard(null);
        await Add(card);
        await Refused.By(() => Approve(card, _a.Administrator), "T407");
        Assert.Equal(PeerStatus.PROPOSED, _a.Get<PeerDirectory>().ByState("XB")!.Status);
    }

    [Fact]
    public async Task One_person_with_two_accounts_does_not_either()
    {
        var again = _a.Person(_a.Administrator.Name) with { Name = "second-account" };
        await _a.Client(_a.Administrator).AddUserAsync(new AddUserRequest
        {
            Name = again.Name,
            Roles = { "ADMINISTRATOR" },
            Authority = "XA-CA",
            ClientCertificate = ByteString.CopyFrom(again.Client.X509.RawData),
        });
        var card = _b.IssueCard(null);
        await Add(card);
        await Refused.By(() => Approve(card, again), "T407");
        Assert.Equal("APPROVED", (await Approve(card, _a.Deputy)).Status);
    }

    [Fact]
    public async Task A_peer_cannot_have_cards_without_end_stored()
    {
        var card = _b.IssueCard(null);
        await Add(card);
        await Approve(card, _a.Deputy);
        var take = _a.Get<TakeCard>();
        var taken = 0;
        for (var i = 0; i < 30; i++)
        {
            card = _b.IssueCard(card);
            if ((await take.Run(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) }, _a.Get<PeerDirectory>().ByState("XB")!)).Succeeded)
                taken++;
        }
        Assert.Equal(19, taken); // with the one of the ceremony, twenty in a day
    }

    [Fact]
    public async Task A_wrong_fingerprint_is_refused_from_the_first_and_from_the_second_person()
    {
        var card = _b.IssueCard(null);
        var other = _b.IssueCard(null, _b.Pki.SelfSigned("Card of XB", TestPki.Sign, isAuthority: false));
        await Refused.By(() => Add(card, other.Fingerprint), "T405");
        await Refused.By(() => Add(card, ""), "T405");
        await Add(card);
        await Refused.By(() => Approve(card, _a.Deputy, other.Fingerprint), "T405");
        Assert.Equal(PeerStatus.PROPOSED, _a.Get<PeerDirectory>().ByState("XB")!.Status);
    }

    [Fact]
    public async Task Only_administrators_take_part()
    {
        var lawyer = await _a.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var card = _b.IssueCard(null);
        await Refused.By(() => Add(card, by: lawyer), "T802");
        await Add(card);
        await Refused.By(() => Approve(card, lawyer), "T802");
        await Refused.By(async () => await _a.Client(lawyer).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "why not" }), "T802");
    }

    [Fact]
    public async Task A_changed_card_an_expired_one_and_our_own_are_refused()
    {
        var card = _b.IssueCard(null);
        var bytes = card.Der.ToArray();
        bytes[^1] ^= 1;
        await Refused.Of(async () => await _a.Client(_a.Administrator).AddPeerAsync(new AddPeerRequest { Card = ByteString.CopyFrom(bytes), Fingerprint = card.Fingerprint }));
        await Refused.By(() => Add(_a.Card), "T403");
        _a.Clock.Offset = TimeSpan.FromDays(366);
        await Refused.By(() => Add(card), "T406");
    }

    [Fact]
    public async Task A_certificate_of_another_State_cannot_be_claimed()
    {
        await _a.Approve(_b.IssueCard(null));
        await using var c = TestState.Configured("XC");
        File.Copy(Path.Combine(_b.Folder, "tls.crt"), Path.Combine(c.Folder, "tls.crt"), overwrite: true);
        File.Copy(Path.Combine(_b.Folder, "tls.key"), Path.Combine(c.Folder, "tls.key"), overwrite: true);
        await Refused.By(() => Add(c.IssueCard(null)), "T403");
    }

    [Fact]
    public async Task A_card_that_was_only_brought_keeps_no_State_out()
    {
        await using var c = TestState.Configured("XC");
        var claim = Claiming(c, null);
        await Add(claim);
        var card = _b.IssueCard(null);
        await Add(card);
        await Approve(card, _a.Deputy);
        Assert.Equal("XB", _a.Get<PeerDirectory>().ByTls(Digest.Of(_b.Tls.X509.RawData))!.State);
        Assert.Equal(1ul, (await Push(card)).Version);
        var refused = await Refused.By(() => Approve(claim, _a.Deputy), "T403");
        Assert.Contains("of XB", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_pushes_a_certificate_of_another_displaces_nobody_and_is_named()
    {
        await using var c = TestState.Configured("XC");
        var (b, first) = (_b.IssueCard(null), c.IssueCard(null));
        await _a.Approve(b);
        await _a.Approve(first);
        var claim = Claiming(c, first);
        var refused = await Refused.By(async () => await _a.ExchangeClient(c.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(claim.Der.Span) }), "T403");
        Assert.DoesNotContain("XB", refused.Detail, StringComparison.Ordinal);
        var alarm = Assert.Single(_a.Get<Alarms>().All, a => a.Code == AlarmCode.CARD_CLASH);
        Assert.Equal("XC", alarm.Subject);
        Assert.Contains("XB", alarm.Text, StringComparison.Ordinal);
        Assert.Equal(1ul, (await Push(b)).Version);
        Assert.Equal(1, _a.Get<PeerDirectory>().ByState("XC")!.Card.Card.Version);

        // Had XB taken what is XC's, administrators would block XB; then the card of XC comes into force.
        await _a.Client(_a.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "lists what is not its own" });
        Assert.True((await _a.Get<TakeCard>().Run(new PushCardRequest { Card = ByteString.CopyFrom(claim.Der.Span) }, _a.Get<PeerDirectory>().ByState("XC")!)).Succeeded);
        Assert.Equal(2, _a.Get<PeerDirectory>().ByState("XC")!.Card.Card.Version);
        Assert.DoesNotContain(_a.Get<Alarms>().All, a => a.Code == AlarmCode.CARD_CLASH);
        await Refused.By(async () => await _a.Client(_a.Administrator).UnblockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "asked" }), "T403");
    }

    [Fact]
    public async Task An_approved_peer_pushes_a_newer_card_and_never_an_older_one()
    {
        var first = _b.IssueCard(null);
        var second = _b.IssueCard(first);
        var third = _b.IssueCard(second);
        await _a.Approve(first);
        Assert.Equal(3ul, (await Push(third)).Version);
        await Refused.By(() => Push(second), "T404");
        await Refused.By(() => Push(first), "T404");
        Assert.Equal(3ul, (await Push(third)).Version);
        Assert.Equal(3, _a.Get<PeerDirectory>().ByState("XB")!.Card.Card.Version);
        Assert.Equal(["peer.proposed", "peer.approved", "peer.card"], Acts("peer."));
    }

    [Fact]
    public async Task A_card_under_another_card_key_needs_the_ceremony_again()
    {
        var first = _b.IssueCard(null);
        await _a.Approve(first);
        var newKey = _b.Pki.SelfSigned("Card of XB", TestPki.Sign, isAuthority: false);
        // Version 2 of a State that lost its card key: nothing but the fingerprint tells it from a forgery.
        var forged = Second(newKey);
        await Refused.By(() => Push(forged), "T405");
        await Refused.By(() => Add(forged), "T805");
        await _a.Client(_a.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "card key lost" });
        Assert.Equal("PROPOSED", (await Add(forged)).Status);
        await Refused.By(() => Approve(forged, _a.Administrator), "T407");
        Assert.Equal("APPROVED", (await Approve(forged, _a.Deputy)).Status);
    }

    [Fact]
    public async Task A_card_of_another_State_cannot_be_pushed()
    {
        await using var c = TestState.Configured("XC");
        await _a.Approve(_b.IssueCard(null));
        await Refused.By(() => Push(c.IssueCard(null)), "T403");
    }

    [Fact]
    public async Task A_blocked_peer_does_not_come_back_by_a_new_proposal_under_the_same_card_key()
    {
        var first = _b.IssueCard(null);
        await _a.Approve(first);
        await _a.Client(_a.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "under investigation" });
        await Refused.By(() => Add(_b.IssueCard(first)), "T402");
        await Refused.By(async () => await _a.Client(_a.Administrator).UnblockPeerAsync(new BlockPeerRequest { State = "XB", Reason = " " }), "T806");
    }

    [Fact]
    public async Task A_proposed_peer_is_not_let_in()
    {
        await Add(_b.IssueCard(null));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Push(_b.IssueCard(null)));
    }

    [Fact]
    public async Task An_expired_card_keeps_its_State_out_until_a_person_brings_a_newer_one()
    {
        var first = _b.IssueCard(null, validDays: 10);
        await _a.Approve(first);
        _a.Clock.Offset = TimeSpan.FromDays(11);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Push(first));
        var second = _b.IssueCard(first);
        Assert.Equal("APPROVED", (await Add(second)).Status);
        Assert.Equal(2ul, (await Push(second)).Version);
    }

    [Fact]
    public async Task Testing_a_peer_says_whether_it_answers()
    {
        await using var b = await TestState.Running("XD");
        await _a.Approve(b.Card);
        var silent = await _a.Client(_a.Administrator).TestPeerAsync(new TestPeerRequest { State = "XD" });
        Assert.False(silent.Reachable);
        Assert.Contains("approved our card", silent.Text, StringComparison.Ordinal);
        Assert.Contains((await _a.Client(_a.Administrator).StatusAsync(new StatusRequest())).Alarms, a => a.Code == "PEER_UNREACHABLE");

        await b.Approve(_a.Card);
        var answers = await _a.Client(_a.Administrator).TestPeerAsync(new TestPeerRequest { State = "XD" });
        Assert.True(answers.Reachable, answers.Text);
        Assert.Equal(1ul, answers.CardVersionThere);
        // A call that began before the approval may end after the test and say once more that nobody answers.
        await Eventually.Holds(() => _a.Client(_a.Administrator).Status(new StatusRequest()).Alarms.All(a => a.Code != "PEER_UNREACHABLE"));
        await Refused.By(async () => await _a.Client(_a.Administrator).TestPeerAsync(new TestPeerRequest { State = "XZ" }), "T401");
    }

    [Fact]
    public async Task An_impostor_at_the_endpoint_of_a_peer_is_not_spoken_to()
    {
        await using var impostor = await TestState.Initialised("XC");
        impostor.Configure(json => json["Listen"]!["Exchange"] = $"127.0.0.1:{_b.ExchangePort}");
        await impostor.Start();
        await _a.Approve(_b.IssueCard(null));
        Assert.False((await _a.Client(_a.Administrator).TestPeerAsync(new TestPeerRequest { State = "XB" })).Reachable);
    }

    [Fact]
    public async Task A_renewed_card_is_pushed_to_peers_after_the_next_start()
    {
        await using var d = await TestState.Running("XD");
        await TestState.Introduce(_a, d);
        await d.Stop();
        var files = d.CardKeyFiles();
        Assert.Equal(2, (await new Gateway.Hosting.InstallKeys(d.Configuration(), d.Clock).Run(files)).Value.Card.Version);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var peers = _a.Get<PeerDirectory>();
        peers.Changed += () =>
        {
            if (peers.ByState("XD")!.Card.Card.Version == 2)
                taken.TrySetResult();
        };
        await d.Start();
        await taken.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    private SignedCard Second(TestIdentity cardKey)
    {
        var card = _b.IssueCard(null).Card with { Version = 2 };
        using var signer = cardKey.Signer();
        return SignedCard.Open(Gateway.Protocol.Marks.SignedDocument.Sign(card.Write(), signer, _b.Clock.GetUtcNow())).Value;
    }

    /// <summary>A card of XC under its own card key that lists XB's TLS certificate as its own.</summary>
    private SignedCard Claiming(TestState c, SignedCard? before)
    {
        foreach (var file in (string[])["tls.crt", "tls.key"])
            File.Copy(Path.Combine(_b.Folder, file), Path.Combine(c.Folder, file), overwrite: true);
        return c.IssueCard(before);
    }

    private async Task<PeerView> Add(SignedCard card, string? fingerprint = null, TestPerson? by = null)
        => await _a.Client(by ?? _a.Administrator).AddPeerAsync(new AddPeerRequest { Card = ByteString.CopyFrom(card.Der.Span), Fingerprint = fingerprint ?? card.Fingerprint });

    private async Task<PeerView> Approve(SignedCard card, TestPerson by, string? fingerprint = null)
        => await _a.Client(by).ApprovePeerAsync(new ApprovePeerRequest { State = card.Card.State, Fingerprint = fingerprint ?? card.Fingerprint });

    private async Task<PushCardReply> Push(SignedCard card)
        => await _a.ExchangeClient(_b.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });

    private List<string> Acts(string prefix)
        => _a.Get<Database>().Read(s => s.Query("SELECT act FROM audit_records ORDER BY idx", r => r.GetString(0))).Where(a => a.StartsWith(prefix, StringComparison.Ordinal)).ToList();
}
