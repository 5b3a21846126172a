using System.Security.Cryptography;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class AttachJournalTests : IDisposable
{
    private static readonly AttachedItem Item = new(new string('a', 32), LoopbackOperator.CaseId, LoopbackOperator.RequestMessage, "/evidence/disk.dd", 5_000_000, ["MD5"]);
    private readonly TemporaryFolder _folder = new();

    private string Journals => _folder["attach"];

    [Fact]
    public void An_interrupted_item_is_found_again_with_its_key_and_chunks()
    {
        byte[] key;
        using (var begun = AttachJournal.Begin(Journals, Item))
        {
            key = begun.Key.ToArray();
            begun.Chunks.Append(0, Leaf(0), Plain(0));
            begun.Chunks.Append(1, Leaf(1), Plain(1));
        }
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath)!;
        Assert.Equal(Item.ItemId, found.Item.ItemId);
        Assert.Equal(key, found.Key.ToArray());
        Assert.Equal(2, found.Chunks.Count);
        Assert.Equal([Leaf(0), Leaf(1)], found.Chunks.Leaves(2));
        Assert.Equal(Plain(1), found.Chunks.Plain(1));
    }

    [Fact]
    public void Another_file_or_case_is_another_item()
    {
        AttachJournal.Begin(Journals, Item).Dispose();
        Assert.Null(AttachJournal.Find(Journals, null, Item.CaseId, "/evidence/other.dd"));
        Assert.Null(AttachJournal.Find(Journals, null, "XA-" + new string('0', 32), Item.SourcePath));
        Assert.Null(AttachJournal.Find(Journals, new string('b', 32), Item.CaseId, Item.SourcePath));
        Assert.Null(AttachJournal.Find(_folder["nowhere"], null, Item.CaseId, Item.SourcePath));
    }

    [Theory]
    [InlineData(71)]
    [InlineData(1)]
    public void A_torn_record_is_not_believed(int cut)
    {
        using (var begun = AttachJournal.Begin(Journals, Item))
        {
            begun.Chunks.Append(0, Leaf(0), Plain(0));
            begun.Chunks.Append(1, Leaf(1), Plain(1));
        }
        using (var file = new FileStream(PathOf(".chunks"), FileMode.Open))
            file.SetLength(file.Length - cut);
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath)!;
        Assert.Equal(1, found.Chunks.Count);
    }

    [Fact]
    public void A_record_of_zeros_is_not_believed()
    {
        AttachJournal.Begin(Journals, Item).Dispose();
        File.WriteAllBytes(PathOf(".chunks"), new byte[720]);
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath)!;
        Assert.Equal(0, found.Chunks.Count);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".key")]
    [InlineData(".chunks")]
    public void A_journal_that_others_may_read_is_refused(string extension)
    {
        using (var begun = AttachJournal.Begin(Journals, Item))
            begun.Chunks.Append(0, Leaf(0), Plain(0));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(extension)));
        File.SetUnixFileMode(PathOf(extension), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<StopException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_wrapping_key_does_not_open_it()
    {
        AttachJournal.Begin(Journals, Item).Dispose();
        File.WriteAllBytes(PathOf(".key"), RandomNumberGenerator.GetBytes(32));
        Assert.Equal(ExitCode.Incomplete, Assert.Throws<StopException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath)).Exit);
    }

    [Fact]
    public void The_item_key_never_stands_in_the_header()
    {
        using var begun = AttachJournal.Begin(Journals, Item);
        var header = File.ReadAllText(PathOf(".json"));
        Assert.DoesNotContain(Convert.ToBase64String(begun.Key.ToArray()), header, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(begun.Key.ToArray()), header, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_after_wiping()
    {
        using (var begun = AttachJournal.Begin(Journals, Item))
            begun.Wipe();
        Assert.Empty(Directory.GetFiles(Journals));
    }

    [Fact]
    public void Two_processes_do_not_attach_the_same_item()
    {
        using var begun = AttachJournal.Begin(Journals, Item);
        Assert.ThrowsAny<IOException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath));
    }

    public void Dispose() => _folder.Dispose();

    private static Digest Leaf(byte i) => Digest.Of([i]);

    private static Digest Plain(byte i) => Digest.Of([i, i]);

    private string PathOf(string extension) => Path.Combine(Journals, Item.ItemId + extension);
}
