using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Hosting;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Evidence keys are replaced every year and the old ones destroyed: no item may go with them.</summary>
public sealed class RenewGrantsTests
{
    [Fact]
    public async Task An_evidence_key_that_items_need_does_not_leave_the_configuration_before_they_are_wrapped_to_the_next()
    {
        await using var flow = await Received();
        var (state, item) = (flow.Flow.States.Asking, flow.Item);
        await state.Stop();
        var (old, fresh) = Keys(state);

        Use(state, fresh);
        var refusal = (await Install(state)).Refusal;
        Assert.Equal(RefusalCode.EvidenceKeyNeeded, refusal?.Code);
        Assert.Contains(item.Id, refusal!.Detail, StringComparison.Ordinal);
        var (code, _, error) = await Wrap(state);
        Assert.Equal(1, code);
        Assert.Contains(item.Id, error, StringComparison.Ordinal);

        Use(state, fresh, old);
        Assert.Equal(0, (await Wrap(state)).Code);
        Use(state, fresh);
        Assert.Equal(2, (await Install(state)).Value.Card.Version);
        await state.Start();
        Assert.Equal(item.Content, (await flow.Flow.Download(flow.Flow.States.Lawyer, item)).Content);
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.GRANTS_UNREADABLE);
    }

    [Fact]
    public async Task What_comes_to_an_older_key_is_wrapped_anew_while_serving_and_once()
    {
        await using var flow = await Received();
        var (state, item) = (flow.Flow.States.Asking, flow.Item);
        await state.Stop();
        var (old, fresh) = Keys(state);
        Use(state, fresh, old);
        await state.Start();
        await Eventually.Holds(() => Renewed(state) == 1);
        Assert.Equal(0, (await state.Get<RenewGrants>().Run()).Renewed);
        await state.Stop();
        Use(state, fresh);
        await state.Start();
        Assert.Equal(item.Content, (await flow.Flow.Download(flow.Flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task A_key_that_is_lost_for_good_is_accepted_by_name_only_and_the_loss_stays_on_the_board_and_on_record()
    {
        await using var flow = await Received();
        var state = flow.Flow.States.Asking;
        await state.Stop();
        var (old, fresh) = Keys(state);
        Use(state, fresh);
        Assert.True((await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles(), acceptUnreadable: true)).Succeeded);
        await state.Start();
        await state.Get<WatchGrants>().Look();
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.GRANTS_UNREADABLE && a.Subject == "XA-CP");
        Assert.Equal(1, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.unreadable'")));
        await Refused.By(() => flow.Flow.Download(flow.Flow.States.Lawyer, flow.Item), "T706");

        // The copy in the safe is found: nothing was given up.
        await state.Stop();
        Use(state, fresh, old);
        await state.Start();
        await state.Get<WatchGrants>().Look();
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.GRANTS_UNREADABLE);
        Assert.Equal(flow.Item.Content, (await flow.Flow.Download(flow.Flow.States.Lawyer, flow.Item)).Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_sent_as_a_grant_and_is_none_keeps_no_key_in_the_configuration(bool damaged)
    {
        await using var flow = await Received();
        var (state, item) = (flow.Flow.States.Asking, flow.Item);
        var evidence = state.Get<Gateway.Keys.KeyRing>().Evidence("XA-CP")[0].Certificate;
        var garbage = Protocol.Envelopes.Envelope.Encrypt("no grant"u8, evidence);
        if (damaged)
            garbage[^1] ^= 1;
        var caseId = flow.Flow.Sent.CaseId;
        var kept = state.Get<CaseKeys>().Seal(caseId, $"grant:{item.Id}", garbage);
        await state.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE items SET grant_envelope = $1 WHERE id = $2", kept, item.Id));
        await state.Stop();
        var (old, fresh) = Keys(state);
        Use(state, fresh, old);
        var (code, _, error) = await Wrap(state);
        Assert.Equal(0, code);
        Assert.Contains(item.Id, error, StringComparison.Ordinal);
        Use(state, fresh);
        Assert.True((await Install(state)).Succeeded);
        await state.Start();
        await state.Get<WatchGrants>().Look();
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.GRANTS_UNREADABLE);
        Assert.Equal(1, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.grantSpoiled'")));
    }

    [Fact]
    public async Task What_is_granted_to_somebody_who_was_never_ours_is_named_and_blocks_nothing()
    {
        await using var flow = await Received();
        var (state, item) = (flow.Flow.States.Asking, flow.Item);
        await flow.Flow.SpoilGrant(item);
        byte[] Kept() => state.Get<Database>().Read(s => s.One("SELECT grant_envelope FROM items WHERE id = $1", r => r.Bytes(0), item.Id))!;
        var before = Kept();
        await state.Stop();
        var (_, fresh) = Keys(state);
        Use(state, fresh);
        var (code, _, error) = await Wrap(state);
        Assert.Equal(0, code);
        Assert.Contains(item.Id, error, StringComparison.Ordinal);
        Assert.True((await Install(state)).Succeeded);
        await state.Start();
        await state.Get<WatchGrants>().Look();
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.GRANTS_UNREADABLE);
        // Left as it came: what belongs to a card that was lost with a database opens when its key is there again.
        Assert.Equal(before, Kept());
    }

    private static async Task<Arrived> Received()
    {
        var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(3000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        return new Arrived(flow, item);
    }

    // The pair in use, and the next one.
    private static (JsonObject Old, JsonObject Fresh) Keys(TestState state)
    {
        var fresh = state.Pki.Issue("next evidence key of XA-CP", TestPki.Agree);
        return (new JsonObject { ["Certificate"] = "XA-CP-evidence.crt", ["Key"] = "XA-CP-evidence.key" },
            new JsonObject { ["Certificate"] = state.Write("next.crt", fresh.CertificatePem), ["Key"] = state.Write("next.key", fresh.KeyPem) });
    }

    private static void Use(TestState state, params JsonObject[] pairs) => state.Configure(json =>
        json["Keys"]!["Authorities"]![1]!["Evidence"] = new JsonArray([.. pairs.Select(p => p.DeepClone())]));

    private static Task<Outcome<Protocol.PeerCards.SignedCard>> Install(TestState state) => new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles());

    private static async Task<(int Code, string Output, string Error)> Wrap(TestState state)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        return (await new Commands(output, error, state.Clock).Run(["key", "wrap", "--config", state.ConfigurationFile]), output.ToString(), error.ToString());
    }

    private static long Renewed(TestState state) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.grantRenewed'"));

    private sealed record Arrived(EvidenceFlow Flow, TestItem Item) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Flow.DisposeAsync();
    }
}
