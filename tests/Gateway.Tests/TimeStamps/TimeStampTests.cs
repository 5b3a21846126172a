using System.Text.Json.Nodes;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.TimeStamps;
using Gateway.V1;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.TimeStamps;

/// <summary>Time-stamps over checkpoints; the authority is <c>openssl ts</c>.</summary>
public sealed class TimeStampTests
{
    private static readonly byte[] s_content = "gateway-log/XA/2026\n1\nroot\n"u8.ToArray();

    [Fact]
    public async Task The_newest_checkpoint_is_stamped_and_openssl_verifies_what_is_kept()
    {
        await using var authority = new TestAuthority();
        await using var state = await Stamped(authority);
        await Eventually.Holds(() => Stamps(state).Count == 1);
        var stamp = Assert.Single(Stamps(state));
        Assert.True(authority.Verifies(stamp.Note.ToArray(), stamp.Reply.ToArray()));
        Assert.False(authority.Verifies([.. stamp.Note.ToArray(), (byte)'\n'], stamp.Reply.ToArray()));
        Assert.Equal("tsa-1", stamp.Authority);
        // Nothing new within the interval, and nothing new without new leaves after it.
        var asked = authority.Asked;
        await state.Get<StampLoop>().Round(CancellationToken.None);
        state.Clock.Offset = TimeSpan.FromMinutes(2);
        await state.AddUser("one", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => state.Get<OwnLog>().Newest()!.Size > stamp.Size);
        await state.Get<StampLoop>().Round(CancellationToken.None);
        Assert.Equal(asked, authority.Asked);
    }

    [Fact]
    public async Task An_authority_that_stays_away_raises_an_alarm_after_the_grace_and_may_stop_new_acts()
    {
        await using var authority = new TestAuthority { Down = true };
        await using var state = await Stamped(authority, "STOP");
        await Eventually.Holds(() => authority.Asked > 0);
        var loop = state.Get<StampLoop>();
        await loop.Round(CancellationToken.None);
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE);
        Assert.Null(state.Get<Standstill>().Refusal);
        state.Clock.Offset = TimeSpan.FromMinutes(62);
        await loop.Round(CancellationToken.None);
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE && a.Subject == "tsa-1");
        await Refused.By(async () => await state.Client(state.Administrator).SubmitAsync(new SubmitRequest { IdempotencyKey = "k" }), "T546");
        // It never recovers by itself only if nobody asks again: back, it is asked, and all is well.
        authority.Down = false;
        state.Clock.Offset = TimeSpan.Zero;
        await Eventually.Holds(() => { loop.Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(state).Count == 1; });
        // The loop's own round may have brought it, and not yet have looked who is late.
        await loop.Round(CancellationToken.None);
        Assert.Null(state.Get<Standstill>().Refusal);
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE);
    }

    [Fact]
    public async Task With_two_authorities_one_that_answers_is_enough_to_go_on()
    {
        await using var good = new TestAuthority();
        await using var bad = new TestAuthority { Down = true };
        await using var state = await TestState.Initialised();
        state.Configure(json => json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(Json(good, "tsa-1"), Json(bad, "tsa-2")), ["EveryMinutes"] = 1, ["GraceMinutes"] = 60, ["WhenLate"] = "STOP" });
        await state.Start();
        await Eventually.Holds(() => Stamps(state).Count == 1);
        state.Clock.Offset = TimeSpan.FromMinutes(62);
        await state.Get<StampLoop>().Round(CancellationToken.None);
        Assert.Equal(["tsa-2"], state.Get<Alarms>().All.Where(a => a.Code == AlarmCode.TIME_STAMP_LATE).Select(a => a.Subject));
        Assert.Null(state.Get<Standstill>().Refusal);
    }

    [Fact]
    public async Task What_was_late_when_the_year_ended_stays_late_until_the_log_that_ended_is_stamped()
    {
        await using var authority = new TestAuthority { Down = true };
        await using var state = await Stamped(authority, "STOP");
        await Eventually.Holds(() => authority.Asked > 0);
        var loop = state.Get<StampLoop>();
        state.Clock.Offset = TimeSpan.FromMinutes(62);
        await loop.Round(CancellationToken.None);
        Assert.NotNull(state.Get<Standstill>().Refusal);
        // Into January: another log begins, and nothing of it is late yet.
        var ended = state.Get<OwnLog>().Newest()!.Epoch;
        var now = TimeProvider.System.GetUtcNow();
        state.Clock.Offset = new DateTimeOffset(now.Year + 1, 1, 1, 0, 0, 5, TimeSpan.Zero) - now;
        await state.Get<Gateway.AuditLog.Sequencer>().Advance();
        state.Clock.Offset += TimeSpan.FromHours(1);
        await Eventually.Holds(() => state.Get<OwnLog>().Newest()?.Epoch.Number == ended.Number + 1);
        await loop.Round(CancellationToken.None);
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE && a.Subject == "tsa-1");
        Assert.NotNull(state.Get<Standstill>().Refusal);

        authority.Down = false;
        state.Clock.Offset = TimeSpan.Zero;
        var last = state.Get<Database>().Read(s => Gateway.AuditLog.Checkpoints.Latest(s, ended))!.Size;
        await Eventually.Holds(() => { loop.Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(state).Count == 1; });
        Assert.Equal(last, Assert.Single(state.Get<Database>().Read(s => TimeStampRows.Newest(s, ended.Name.Origin))).Size);
        await loop.Round(CancellationToken.None);
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE);
        Assert.Null(state.Get<Standstill>().Refusal);
    }

    [Fact]
    public async Task A_log_that_ended_long_ago_without_a_stamp_stops_nothing()
    {
        await using var authority = new TestAuthority();
        await using var state = await Stamped(authority, "STOP");
        var (loop, database) = (state.Get<StampLoop>(), state.Get<Database>());
        await Eventually.Holds(() => Stamps(state).Count == 1);
        var ended = state.Get<OwnLog>().Newest()!.Epoch;
        var now = TimeProvider.System.GetUtcNow();
        state.Clock.Offset = new DateTimeOffset(now.Year + 1, 1, 1, 0, 0, 5, TimeSpan.Zero) - now;
        await state.Get<Gateway.AuditLog.Sequencer>().Advance();
        state.Clock.Offset += TimeSpan.FromHours(1);
        await Eventually.Holds(() => state.Get<OwnLog>().Newest()?.Epoch.Number == ended.Number + 1);
        state.Clock.Offset = TimeSpan.Zero;
        await Eventually.Holds(() => { loop.Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(state).Count == 1; });

        // As when the authority was named after that log had ended.
        authority.Down = true;
        await database.Write(Lane.Ordinary, s =>
        {
            s.Run("UPDATE log_checkpoints SET time = $1", now.AddHours(-5));
            s.Run("DELETE FROM time_stamps WHERE origin = $1", ended.Name.Origin);
        });
        await loop.Round(CancellationToken.None);
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE);
        Assert.Null(state.Get<Standstill>().Refusal);

        // What rotted of it is for the check of the records: this loop goes on.
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE log_checkpoints SET note = X'00' WHERE epoch = $1", ended.Number));
        state.Clock.Offset = TimeSpan.FromHours(-1);
        await loop.Round(CancellationToken.None);
        await loop.Round(CancellationToken.None);
        Assert.DoesNotContain(state.Get<Alarms>().All, a => a.Code == AlarmCode.TIME_STAMP_LATE);
        Assert.Null(state.Get<Standstill>().Refusal);
    }

    [Fact]
    public async Task A_root_that_cannot_be_read_is_told_and_keeps_nobody_from_telling_who_is_late()
    {
        await using var authority = new TestAuthority();
        await using var silent = new TestAuthority { Down = true };
        await using var state = await TestState.Initialised();
        var broken = state.Write("broken.pem", authority.RootPem);
        state.Configure(json => json["TimeStamps"] = new JsonObject
        {
            ["Authorities"] = new JsonArray(new JsonObject { ["Name"] = "tsa-1", ["Url"] = authority.Url, ["Roots"] = new JsonArray(broken) }, Json(silent, "tsa-2")),
            ["EveryMinutes"] = 1,
            ["GraceMinutes"] = 60,
        });
        File.WriteAllText(broken, "no certificate");
        await state.Start();
        await Eventually.Holds(() => silent.Asked > 0);
        var loop = state.Get<StampLoop>();
        // Asked again with growing pauses, not at every look.
        await loop.Round(CancellationToken.None);
        var asked = authority.Asked;
        await loop.Round(CancellationToken.None);
        await loop.Round(CancellationToken.None);
        Assert.Equal(asked, authority.Asked);
        for (var i = 0; i < 3; i++)
        {
            state.Clock.Offset += TimeSpan.FromMinutes(25);
            await loop.Round(CancellationToken.None);
        }
        Assert.Equal(["tsa-1", "tsa-2"], state.Get<Alarms>().All.Where(a => a.Code == AlarmCode.TIME_STAMP_LATE).Select(a => a.Subject).Order());
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.ROUND_FAILS && a.Subject.Contains("tsa-1", StringComparison.Ordinal));
        // Mended, it is read again: nobody must restart the gateway for it.
        File.WriteAllText(broken, authority.RootPem);
        state.Clock.Offset = TimeSpan.Zero;
        await Eventually.Holds(() => { loop.Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(state).Count == 1; });
        await Eventually.Holds(() => state.Get<Alarms>().All.All(a => a.Code != AlarmCode.ROUND_FAILS));
    }

    [Fact]
    public async Task A_good_answer_is_believed()
    {
        await using var authority = new TestAuthority();
        var request = TimeStampRequest.New(s_content, "1.3.6.1.4.1.99999.2");
        Assert.True(Check(authority, request, authority.Reply(request.Encode())).Succeeded);
    }

    [Fact]
    public async Task Answers_that_are_not_what_was_asked_for_are_refused()
    {
        await using var authority = new TestAuthority();
        var request = TimeStampRequest.New(s_content, null);
        var good = authority.Reply(request.Encode());
        Assert.True(Check(authority, request, good).Succeeded);
        // An old answer for a new request, and one over other bytes.
        Assert.Contains("nonce", Refusal(Check(authority, TimeStampRequest.New(s_content, null), good)), StringComparison.Ordinal);
        Assert.Contains("something else", Refusal(Check(authority, TimeStampRequest.New([.. s_content, 1], null), authority.Reply(request.Encode()))), StringComparison.Ordinal);
        // Another policy than asked for.
        Assert.Contains("policy", Refusal(Check(authority, request with { Policy = "1.3.6.1.4.1.99999.2" }, good)), StringComparison.Ordinal);
        // The same names, signed under another root.
        authority.Signs = "stranger";
        Assert.Contains("not believed", Refusal(Check(authority, request, authority.Reply(request.Encode()))), StringComparison.Ordinal);
        // A clock that is wrong by ten minutes.
        Assert.Contains("clock", Refusal(TimeStampCheck.Open(authority.Options(), TimeStampCheck.Trust(authority.Options()), request, s_content, good, TimeProvider.System.GetUtcNow().AddMinutes(10))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_bit_of_what_an_answer_says_can_be_changed()
    {
        await using var authority = new TestAuthority();
        var request = TimeStampRequest.New(s_content, null);
        var good = authority.Reply(request.Encode());
        var said = TimeStampReply.Read(good).Value;
        var believed = 0;
        for (var i = 0; i < good.Length; i++)
        {
            var bent = (byte[])good.Clone();
            bent[i] ^= 0x01;
            if (!Check(authority, request, bent).TryGet(out var time, out _))
                continue;
            // Some bits around the signed content are nobody's word (a status of 1, versions, the list of digests); the word itself is the same.
            believed++;
            var now = TimeStampReply.Read(bent).Value;
            Assert.Equal((said.Time, said.Policy, said.Nonce, said.Time), (now.Time, now.Policy, now.Nonce, time));
            Assert.True(said.Imprint.Span.SequenceEqual(now.Imprint.Span));
        }
        Assert.InRange(believed, 1, 30);
    }

    [Fact]
    public async Task A_refusal_of_the_authority_is_no_time_stamp()
    {
        await using var authority = new TestAuthority();
        // An unknown policy: openssl answers with status 2 (rejection).
        var request = TimeStampRequest.New(s_content, "1.3.6.1.4.1.99999.77");
        Assert.Contains("did not grant", Refusal(Check(authority, request, authority.Reply(request.Encode()))), StringComparison.Ordinal);
        Assert.Contains("not a time-stamp", Refusal(Check(authority, request, "hello"u8.ToArray())), StringComparison.Ordinal);
        Assert.Contains("not a time-stamp", Refusal(Check(authority, request, [])), StringComparison.Ordinal);
    }

    private static Outcome<DateTimeOffset> Check(TestAuthority authority, TimeStampRequest request, byte[] reply)
        => TimeStampCheck.Open(authority.Options(), TimeStampCheck.Trust(authority.Options()), request, s_content, reply, TimeProvider.System.GetUtcNow());

    private static string Refusal(Outcome<DateTimeOffset> outcome)
    {
        Assert.False(outcome.TryGet(out _, out var refusal));
        Assert.Equal(RefusalCode.TimeStampMissing, refusal!.Code);
        return refusal.Detail;
    }

    private static async Task<TestState> Stamped(TestAuthority authority, string whenLate = "GO_ON")
    {
        var state = await TestState.Initialised();
        state.Configure(json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        state.Configure(json => json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(Json(authority, "tsa-1")), ["EveryMinutes"] = whenLate == "STOP" ? 1 : 60, ["GraceMinutes"] = 60, ["WhenLate"] = whenLate });
        await state.Start();
        return state;
    }

    private static JsonObject Json(TestAuthority authority, string name) => new() { ["Name"] = name, ["Url"] = authority.Url, ["Roots"] = new JsonArray(authority.Root) };

    private static IReadOnlyList<TimeStampRow> Stamps(TestState state)
        => state.Get<OwnLog>().Newest() is { } newest ? state.Get<Database>().Read(s => TimeStampRows.Newest(s, newest.Origin)) : [];
}
