using Gateway.EndToEnd.Tests.Processes;
using Xunit;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>One finished case between two gateways, stopped.</summary>
public sealed class FinishedCase : IAsyncLifetime
{
    internal GatewayPair Pair { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Pair = await GatewayPair.Start();
        var sent = await Pair.SendPreserve();
        await Pair.CompleteCase(sent.CaseId);
        await Pair.Settle();
        Assert.Equal(0, await Pair.Asking.Stop());
        Assert.Equal(0, await Pair.Asked.Stop());
    }

    public async Task DisposeAsync() => await Pair.DisposeAsync();
}

/// <summary>The script that judges the kill tests must itself notice what could go wrong.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class ReceiptCountTests(FinishedCase made) : IClassFixture<FinishedCase>
{
    [Fact]
    public void An_untouched_case_has_no_difference()
        => Assert.EndsWith("\n0 differences\n", made.Pair.Count(), StringComparison.Ordinal);

    [Theory]
    [InlineData("a receipt is lost", "DELETE FROM receipts WHERE issuer = 'XB' AND seq = 3")]
    [InlineData("the last receipt is lost with its leaf and head", "DELETE FROM log_leaves WHERE idx = (SELECT max(idx) FROM log_leaves); DELETE FROM receipts WHERE issuer = 'XB' AND seq = (SELECT max(seq) FROM receipts WHERE issuer = 'XB'); UPDATE chains SET seq = seq - 1 WHERE issuer = 'XB'")]
    [InlineData("a receipt's number is changed", "UPDATE receipts SET seq = 99 WHERE issuer = 'XA' AND seq = 2")]
    [InlineData("a receipt is another's", "UPDATE receipts SET der = (SELECT der FROM receipts WHERE issuer = 'XB' AND seq = 1) WHERE issuer = 'XB' AND seq = 2")]
    [InlineData("a bit of a signature is flipped", "UPDATE receipts SET der = CAST(substr(der, 1, length(der) - 1) || x'00' AS BLOB) WHERE issuer = 'XA' AND seq = 1")]
    [InlineData("a leaf is lost", "DELETE FROM log_leaves WHERE idx = 3")]
    [InlineData("the last leaf is lost", "DELETE FROM log_leaves WHERE idx = (SELECT max(idx) FROM log_leaves)")]
    [InlineData("a receipt is logged twice", "INSERT INTO log_leaves SELECT (SELECT max(idx) + 1 FROM log_leaves), kind, sha256 FROM log_leaves WHERE kind = 'receipt' LIMIT 1")]
    [InlineData("a message is lost", "DELETE FROM messages WHERE about = 'ACT' AND kind = 'ACCEPTED'")]
    [InlineData("a message is there twice", "INSERT INTO messages SELECT position + 1000, 'ffffffffffffffffffffffffffffffff', direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body, refusal, detail, opened FROM messages LIMIT 1")]
    [InlineData("a message has other content", "UPDATE messages SET cover_sha256 = zeroblob(32) WHERE about = 'REQUEST'")]
    [InlineData("a message waits", "INSERT INTO outbox SELECT position, id, case_id, 'XB', 'Ordinary', 'QUEUED', 0, created, created, NULL FROM messages LIMIT 1")]
    [InlineData("the case stands otherwise", "UPDATE cases SET state = 'EXECUTED'")]
    [InlineData("a submission's answer is lost", "DELETE FROM idempotency")]
    [InlineData("two receipts had one number", "INSERT INTO receipt_forks (chain, issuer, seq, der, seen) VALUES ('c', 'XB', 1, x'00', '')")]
    public void A_ledger_with_a_fault_has_differences(string fault, string sql)
    {
        var copy = Directory.CreateTempSubdirectory("gateway-fault-").FullName;
        try
        {
            Assert.Equal(0, Repository.Run("cp", "-a", made.Pair.Asking.DataFolder + "/.", copy).ExitCode);
            var (code, _, error) = Repository.Run("/usr/bin/env", "python3", "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])", Path.Combine(copy, "gateway.db"), sql);
            Assert.True(code == 0, error);
            var said = made.Pair.Count(askingData: copy);
            Assert.Matches(@"\n[1-9]\d* differences\n$", said);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
        Assert.NotEmpty(fault);
    }
}
