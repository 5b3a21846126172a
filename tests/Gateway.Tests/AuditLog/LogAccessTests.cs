using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.AuditLog;

public sealed class LogAccessTests
{
    [Fact]
    public async Task Users_see_how_far_the_log_is_and_get_proofs_that_verify()
    {
        await using var state = await TestState.Running();
        var row = await Checkpoint(state);
        var user = state.Client(state.Administrator);
        var view = await user.ShowLogAsync(new ShowLogRequest());
        var epoch = Assert.Single(view.Epochs);
        Assert.Equal(((ulong)row.Size, 0UL, (ulong)row.Size), (epoch.SignedSize, epoch.WitnessedSize, view.Leaves));
        // The keys that it names are those of the card that peers hold.
        Assert.True(LogName.TryParse(epoch.Origin, out var name));
        var keys = state.Card.Card.Log!.LogKeys(name);
        Assert.Equal(keys.Select(k => k.ToString()), view.LogKeys);
        for (var leaf = 0; leaf < row.Size; leaf++)
        {
            var proof = await user.ProveLoggedAsync(new ProveLoggedRequest { Id = $"{leaf}" });
            var entry = LogLeaf.Read(proof.Entry.Select(c => (byte)c).ToArray()).Value;
            Assert.Equal(row.Size, TlogProof.Read(proof.Proof.Memory).Value.VerifyUnwitnessed(entry, keys).Value.Checkpoint.Size);
        }
        await Refused.By(async () => await user.ProveLoggedAsync(new ProveLoggedRequest { Id = $"{row.Size}" }), "T804");
        await Refused.By(async () => await user.ProveLoggedAsync(new ProveLoggedRequest { Id = new string('0', 64) }), "T804");
        await Refused.By(async () => await user.ProveLoggedAsync(new ProveLoggedRequest { Id = "-1" }), "T806");
    }

    [Fact]
    public async Task The_keys_of_a_log_are_named_after_the_year_has_turned()
    {
        await using var state = await TestState.Running();
        var row = await Checkpoint(state);
        await state.Get<Database>().Write(Lane.Ordinary, s => LogEpoch.Follow(s, new LogName("XA", 2030), Digest.Of(row.Note), state.Clock.GetUtcNow()));
        var user = state.Client(state.Administrator);
        var proof = await user.ProveLoggedAsync(new ProveLoggedRequest { Id = "0" });
        var keys = (await user.ShowLogAsync(new ShowLogRequest())).LogKeys.Select(k => NoteKey.Read(k).Value).ToList();
        Assert.Equal(["gateway-log/XA/2030", proof.Origin], keys.Select(k => k.Name).Distinct().OrderDescending());
        var entry = LogLeaf.Read(proof.Entry.Select(c => (byte)c).ToArray()).Value;
        Assert.True(TlogProof.Read(proof.Proof.Memory).Value.VerifyUnwitnessed(entry, [.. keys.Where(k => k.Name == proof.Origin)]).Succeeded);
    }

    [Fact]
    public async Task The_growth_between_two_sizes_is_proved()
    {
        await using var state = await TestState.Running();
        var row = await Checkpoint(state);
        var user = state.Client(state.Administrator);
        var proof = await user.ProveGrowthAsync(new ProveGrowthRequest { FromSize = 1 });
        Assert.Equal((ulong)row.Size, proof.ToSize);
        Assert.Equal(row.Root, new Digest(proof.ToRoot.Span));
        Assert.True(ConsistencyProof.Verify(1, proof.ToSize, new Digest(proof.FromRoot.Span), row.Root, [.. proof.Hashes.Select(h => new Digest(h.Span))]));
        await Refused.By(async () => await user.ProveGrowthAsync(new ProveGrowthRequest { FromSize = 0 }), "T806");
        await Refused.By(async () => await user.ProveGrowthAsync(new ProveGrowthRequest { FromSize = 2, ToSize = 1 }), "T806");
        await Refused.By(async () => await user.ProveGrowthAsync(new ProveGrowthRequest { FromSize = 1, ToSize = (ulong)row.Size + 1 }), "T806");
        await Refused.By(async () => await user.ProveGrowthAsync(new ProveGrowthRequest { FromSize = 1, Origin = "gateway-log/XA/2020" }), "T804");
    }

    [Fact]
    public async Task Auditors_read_the_log_as_files_and_nobody_else_does()
    {
        await using var state = await TestState.Running();
        var auditor = await state.AddUser("auditor", "XA-CA", "AUDITOR");
        var row = await Checkpoint(state);
        using var client = Http(state, auditor.Client);
        var root = $"/log/XA/{state.Clock.GetUtcNow().Year}/";
        Assert.Equal(row.Newest, await client.GetByteArrayAsync(root + "checkpoint"));
        var tile = new TilePath(0, 0, (int)row.Size);
        var hashes = Tile.Read(tile, await client.GetByteArrayAsync(root + tile)).Value;
        Assert.Equal(row.Root, TreeNodes.Root(row.Size, Tile.Nodes(row.Size, _ => hashes)));
        var entries = EntryBundle.Read(tile with { Level = TilePath.Entries }, await client.GetByteArrayAsync(root + (tile with { Level = TilePath.Entries }))).Value;
        Assert.Equal(hashes, entries.Select(e => LogLeaf.Read(e.Span).Value.Hash));
        foreach (var absent in new[] { root + (tile with { Width = tile.Width + 1 }), root + "tile/1/000.p/1", root + "tile/0/0", root, "/log/XA/2020/checkpoint", "/log/XB/2026/checkpoint" })
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(absent)).StatusCode);
        // What rotted is not handed out, and whoever asks is told.
        await state.Get<Gateway.Storage.Database>().Write(Gateway.Storage.Lane.Ordinary, s => s.Run("UPDATE log_leaves SET sha256 = CAST(x'00' || substr(sha256, 2) AS BLOB) WHERE idx = 1"));
        var refused = await client.GetAsync(root + tile);
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Contains("LEAF_ALTERED", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(state.Get<Gateway.Runtime.Alarms>().All, a => a.Code == Gateway.Runtime.AlarmCode.LEDGER_DAMAGED);
        using var administrator = Http(state, state.Administrator.Client);
        Assert.Equal(HttpStatusCode.Forbidden, (await administrator.GetAsync(root + "checkpoint")).StatusCode);
        using var stranger = Http(state, state.Pki.Issue("stranger", TestPki.Sign));
        Assert.Empty(await stranger.GetByteArrayAsync(root + "checkpoint"));
    }

    // The gate opens by itself when there is nobody to compare with.
    private static async Task<CheckpointRow> Checkpoint(TestState state)
    {
        await Eventually.Holds(() => state.Get<Sequencer>().MaySign);
        await state.Get<Sequencer>().Advance();
        return state.Get<Gateway.Storage.Database>().Read(Checkpoints.Latest)!;
    }

    private static HttpClient Http(TestState state, TestIdentity identity) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificates = [identity.X509],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => identity.X509,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        },
    })
    {
        BaseAddress = new Uri($"https://127.0.0.1:{state.OperatorPort}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
