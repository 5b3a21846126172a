using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>A policy governs its size and those above, until the next one: what comes late and below changes nothing of what stood above.</summary>
public sealed class PolicyRowsTests
{
    private static readonly byte[] s_old = [1];
    private static readonly byte[] s_new = [2];

    [Fact]
    public async Task A_policy_kept_below_a_size_that_was_witnessed_does_not_govern_it()
    {
        await using var log = await Log.Begin(3);
        log.Keep(3, s_old);
        log.Witnessed(9);
        log.Witnessed(12);
        log.Keep(9, s_old);
        log.Witnessed(5);
        log.Keep(5, s_new);
        Assert.Equal<byte[]?>([s_old, s_new, s_old, s_old], [log.At(3), log.At(5), log.At(9), log.At(12)]);
    }

    [Fact]
    public async Task Where_no_policy_of_the_larger_one_is_known_none_is_put_below_it()
    {
        await using var log = await Log.Begin(9);
        log.Witnessed(5);
        log.Keep(5, s_new);
        Assert.Null(log.At(9));
        log.Witnessed(11);
        log.Keep(11, s_new);
        Assert.Null(log.At(9));
        Assert.Equal(s_new, log.At(11));
    }

    private sealed class Log : IAsyncDisposable
    {
        private readonly TestState _state;
        private readonly Database _database;
        private LogEpoch _epoch = null!;

        private Log(TestState state) => (_state, _database) = (state, Database.Open(state.DataFolder));

        public static async Task<Log> Begin(params long[] witnessed)
        {
            var log = new Log(await TestState.Initialised());
            log._epoch = log.Write(s => LogEpoch.Current(s) ?? LogEpoch.Begin(s, new LogName("XA", 2026), log._state.Clock.GetUtcNow()));
            foreach (var size in witnessed)
                log.Witnessed(size);
            return log;
        }

        public void Witnessed(long size) => Write(s => s.Run("INSERT INTO log_checkpoints (epoch, size, root, note, time, witnessed) VALUES ($1, $2, $3, $4, $5, $6)",
            _epoch.Number, size, Digest.Of([(byte)size]), new byte[] { 1 }, _state.Clock.GetUtcNow(), _state.Clock.GetUtcNow()));

        public void Keep(long size, byte[] policy) => Write(s =>
        {
            PolicyRows.Keep(s, _epoch.Name.Origin, size, policy);
            return 0;
        });

        public byte[]? At(long size) => _database.Read(s => PolicyRows.At(s, _epoch.Name.Origin, size));

        public async ValueTask DisposeAsync()
        {
            await _database.DisposeAsync();
            await _state.DisposeAsync();
        }

        private T Write<T>(Func<Session, T> work) => _database.Write(Lane.Ordinary, work).GetAwaiter().GetResult();
    }
}
