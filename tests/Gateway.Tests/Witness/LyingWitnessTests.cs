using System.Globalization;
using System.Net;
using System.Text;
using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Witness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>A peer with genuine keys that answers whatever it likes where a witness should cosign. Nothing of it is stored, and nothing of it lasts.</summary>
public sealed class LyingWitnessTests
{
    [Fact]
    public async Task Garbage_is_no_cosignature()
    {
        await using var stage = await Stage.Set();
        foreach (var garbage in (string[])["", "hello\n", "\u2014 gateway-witness/XB AAAA\n", "\u2014 gateway-witness/XB " + Convert.ToBase64String(new byte[76]) + "\n", new string('\u2014', 10_000), "<html>OK</html>"])
            await stage.Refuses(_ => (200, "text/plain", garbage), "something else than its cosignature");
        // More than a note may have.
        await stage.Refuses(_ => (200, "text/plain", new string('x', 8 << 20)), "XB");
        Assert.Null(stage.Stored().Cosigned);
    }

    [Fact]
    public async Task A_character_set_that_nobody_knows_and_lines_that_no_note_holds_are_answers_like_others()
    {
        await using var stage = await Stage.Set();
        await stage.Refuses(_ => (200, "text/plain; charset=x", "hello\n"), "something else than its cosignature");
        // Each line is well formed, and all of them are as long as a note may be: with the text they are longer.
        var line = "\u2014 gateway-witness/XB " + Convert.ToBase64String(new byte[32_700]) + "\n";
        var last = "\u2014 gateway-witness/XB ";
        var rest = SignedNote.MaxBytes - Encoding.UTF8.GetByteCount(line) - Encoding.UTF8.GetByteCount(last) - 1;
        var lines = line + last + Convert.ToBase64String(new byte[rest / 4 * 3]) + "\n";
        Assert.True(NoteSignature.ReadLines(Encoding.UTF8.GetBytes(lines)).Succeeded);
        await stage.Refuses(_ => (200, "text/plain", lines), "something else than its cosignature");
        Assert.Null(stage.Stored().Cosigned);
    }

    [Fact]
    public async Task One_witness_cannot_fill_the_note_with_its_lines()
    {
        await using var stage = await Stage.Set();
        var now = stage.Log.Clock.GetUtcNow();
        var answer = await stage.Ask(text => (200, "text/plain", string.Concat(Enumerable.Range(0, 30).SelectMany(i => stage.Keys.Cosign("XB", text, now.AddSeconds(-i))))));
        Assert.Null(answer.Problem);
        Assert.Equal(answer.Lines.Count, answer.Lines.DistinctBy(l => (l.Name, l.KeyId)).Count());
    }

    // A card may be dated a day ahead of our clock. Until then a verifier does not count its new keys, and would say so of every checkpoint that bears such a line.
    [Fact]
    public async Task A_line_by_a_key_whose_card_is_still_to_be_issued_is_not_kept()
    {
        await using var stage = await Stage.Set();
        stage.Log.Clock.Offset -= TimeSpan.FromHours(3);
        var early = stage.Log.Clock.GetUtcNow();
        await stage.Refuses(text => (200, "text/plain", string.Concat(stage.Keys.Cosign("XB", text, early))), "it counts from then on");
        Assert.Null(stage.Stored().Cosigned);
        stage.Log.Clock.Offset += TimeSpan.FromHours(3);
        var now = stage.Log.Clock.GetUtcNow();
        Assert.Null((await stage.Ask(text => (200, "text/plain", string.Concat(stage.Keys.Cosign("XB", text, now))))).Problem);
    }

    [Fact]
    public async Task A_line_of_another_key_over_another_text_or_of_another_time_is_no_cosignature()
    {
        await using var stage = await Stage.Set();
        var now = stage.Log.Clock.GetUtcNow();
        string Lines(IEnumerable<NoteSignature> lines) => string.Concat(lines);
        using var stranger = new TemporaryKeys();
        await stage.Refuses(text => (200, "text/plain", Lines(stranger.Keys.Cosign("XB", text, now))), "something else than its cosignature");
        await stage.Refuses(text => (200, "text/plain", Lines(stage.Keys.Cosign("XB", new Checkpoint(stage.Newest.Origin, stage.Newest.Size + 1, stage.Newest.Row.Root).Write(), now))), "something else than its cosignature");
        await stage.Refuses(text => (200, "text/plain", Lines(stage.Keys.Cosign("XB", text, now.AddMinutes(20)))), "one of the two clocks is wrong");
        Assert.Null(stage.Stored().Cosigned);
        // The honest line is taken, so it was not the stage that refused.
        var good = await stage.Ask(text => (200, "text/plain", Lines(stage.Keys.Cosign("XB", text, now))));
        Assert.Null(good.Problem);
        Assert.NotEmpty(good.Lines);
    }

    [Fact]
    public async Task A_size_that_our_log_never_had_is_not_adopted()
    {
        await using var stage = await Stage.Set();
        foreach (var size in (string[])["999999999\n", "999999999999999999\n"])
        {
            var answer = await stage.Ask(_ => (409, "text/x.tlog.size", size));
            Assert.Contains("says that it cosigned", answer.Problem, StringComparison.Ordinal);
            // The next time it is asked anew, from nothing.
            Assert.Equal(0, answer.Holds);
        }
        foreach (var size in (string[])["-5\n", "", "01\n", "9223372036854775806\n", "99999999999999999999999\n", "seven\n"])
            await stage.Refuses(_ => (409, "text/x.tlog.size", size), "knows another checkpoint");
        // Another size each time: it is left alone after a few.
        var asked = 0;
        var last = await stage.Ask(_ => (409, "text/x.tlog.size", (++asked % 2 + 1).ToString(CultureInfo.InvariantCulture) + "\n"));
        Assert.Contains("another size each time", last.Problem, StringComparison.Ordinal);
        Assert.InRange(asked, 2, 5);
    }

    [Fact]
    public async Task A_status_or_silence_is_told_and_nothing_waits_for_it()
    {
        await using var stage = await Stage.Set();
        await stage.Refuses(_ => (302, "text/plain", ""), "answers 302");
        await stage.Refuses(_ => (500, "text/plain", "line\u001b[31m one\nline two"), "line [31m one line two");
        // What is logged and alarmed holds none of its words.
        Assert.Equal("XB answers 500", (await stage.Ask(_ => (500, "text/plain", "line one"))).Problem);
        await stage.Refuses(_ => (403, "text/plain", new string('y', 5000)), "does not accept the signature");
        await stage.Stop();
        var answer = await stage.Ask(_ => (200, "text/plain", ""));
        Assert.False(answer.Reached);
        Assert.Contains("does not answer", answer.Problem, StringComparison.Ordinal);
    }

    private sealed class TemporaryKeys : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("keys-").FullName;

        public TemporaryKeys()
        {
            Directory.CreateDirectory(Path.Combine(_folder, "keys"));
            foreach (var purpose in new[] { KeyPurpose.Log, KeyPurpose.LogCertificate, KeyPurpose.Cosigner })
                LogKeys.Create(_folder, "XB", purpose, TimeProvider.System.GetUtcNow());
            Keys = LogKeys.Load(_folder);
        }

        public LogKeys Keys { get; }

        public void Dispose()
        {
            Keys.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>XA with a log, and a server with XB's certificate and keys in the place of XB's gateway.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly TestState _witness;
        private readonly WebApplication _app;
        private Func<ReadOnlyMemory<byte>, (int Status, string Type, string Body)> _answer = _ => (503, "text/plain", "");

        private Stage(TestState log, TestState witness)
        {
            (Log, _witness) = (log, witness);
            Keys = LogKeys.Load(witness.DataFolder);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, witness.ExchangePort, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(witness.Tls.X509, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.AllowAnyClientCertificate();
                });
            }));
            _app = builder.Build();
            _app.Run(Answer);
        }

        public TestState Log { get; }

        /// <summary>XB's true keys.</summary>
        public LogKeys Keys { get; }

        public OwnCheckpoint Newest => Log.Get<OwnLog>().Newest()!;

        public static async Task<Stage> Set()
        {
            var clock = new TestClock();
            // One checkpoint, made by hand: the loops are not to ask as well.
            var log = await TestState.Running("XA", clock, json => json["Witness"] = new System.Text.Json.Nodes.JsonObject { ["EverySeconds"] = 3600, ["PatienceSeconds"] = 5 });
            var witness = await TestState.Running("XB", clock);
            await TestState.Introduce(log, witness);
            await witness.Stop();
            await Eventually.Holds(() => log.Get<Sequencer>().MaySign);
            await log.Get<Sequencer>().Advance();
            var stage = new Stage(log, witness);
            await stage._app.StartAsync();
            return stage;
        }

        public Task<WitnessAnswer> Ask(Func<ReadOnlyMemory<byte>, (int Status, string Type, string Body)> answer)
        {
            _answer = answer;
            return Log.Get<AskWitness>().Run(Log.Get<PeerDirectory>().ByState("XB")!, Newest, 0, CancellationToken.None);
        }

        public async Task Refuses(Func<ReadOnlyMemory<byte>, (int Status, string Type, string Body)> answer, string because)
        {
            var got = await Ask(answer);
            Assert.Empty(got.Lines);
            Assert.Contains(because, $"{got.Problem}: {got.Words}", StringComparison.Ordinal);
        }

        public CheckpointRow Stored() => Log.Get<Database>().Read(s => Checkpoints.At(s, Newest.Epoch, Newest.Size))!;

        public Task Stop() => _app.StopAsync();

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            Keys.Dispose();
            await Log.DisposeAsync();
            await _witness.DisposeAsync();
        }

        private async Task Answer(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var text = CheckpointSubmission.Read(body.ToArray()) is { } submission ? SignedNote.Read(submission.Note).Value.Text : default;
            var (status, type, content) = _answer(text);
            http.Response.StatusCode = status;
            http.Response.ContentType = type;
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(content));
        }
    }
}
