using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Tests.Evidence;
using Xunit;

namespace Gateway.Protocol.Tests.Parts;

public sealed class FileEntryTests
{
    private static readonly FileEntry s_file = new(
        Samples.ItemId, 3, "album/b.bin", FileKind.FILE, 7, new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero), Digest.Of([1]), 1536, null, [], null, new byte[32]);

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("invoice\u202egpj.exe")]
    [InlineData("line\nbreak")]
    [InlineData("%2e")]
    [InlineData("%41")]
    [InlineData("%ZZ")]
    [InlineData("%E2%80")]
    [InlineData("100%")]
    public void A_path_that_misleads_or_has_another_spelling_is_refused(string path)
    {
        Assert.NotNull(FilePaths.Problem(path));
        Assert.False(FileEntry.Read((s_file with { Path = path.Length == 0 ? "/" : path }).Write()).Succeeded);
    }

    [Fact]
    public void A_path_longer_than_the_limit_is_refused()
    {
        Assert.Null(FilePaths.Problem(new string('a', FilePaths.MaxLength)));
        Assert.NotNull(FilePaths.Problem(new string('a', FilePaths.MaxLength + 1)));
    }

    [Fact]
    public void Every_name_has_one_spelling_that_is_accepted()
        => Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), given => FilePaths.Problem(FilePaths.Escape(given.Get)) is null).QuickCheckThrowOnFailure();

    [Fact]
    public void An_entry_comes_back_as_it_was_written()
    {
        foreach (var entry in (FileEntry[])[
            s_file,
            s_file with { Unread = [new UnreadRange(0, 2), new UnreadRange(4, 3)] },
            s_file with { Kind = FileKind.LINK, Size = 0, Sha256 = null, Offset = null, Target = "../elsewhere" },
            s_file with { Kind = FileKind.SPECIAL, Size = 0, Sha256 = null, Offset = null, Problem = FileProblem.NOT_A_FILE }])
        {
            var bytes = entry.Write();
            Assert.Equal(bytes, FileEntry.Read(bytes).Value.Write());
        }
    }

    public static TheoryData<string, FileEntry> Lies => new()
    {
        { "contained without a digest", s_file with { Sha256 = null } },
        { "contained without a place", s_file with { Offset = null } },
        { "a digest of what is not contained", s_file with { Problem = FileProblem.NOT_PERMITTED } },
        { "a link with content", s_file with { Kind = FileKind.LINK, Target = "x" } },
        { "a file that leads somewhere", s_file with { Target = "x" } },
        { "unread beyond the end", s_file with { Unread = [new UnreadRange(4, 4)] } },
        { "unread out of order", s_file with { Unread = [new UnreadRange(4, 1), new UnreadRange(0, 1)] } },
        { "unread that touches", s_file with { Unread = [new UnreadRange(0, 1), new UnreadRange(1, 1)] } },
        { "a short salt", s_file with { Salt = new byte[31] } },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void An_entry_that_contradicts_itself_is_refused(string what, FileEntry entry)
        => Assert.False(FileEntry.Read(entry.Write()).Succeeded, what);

    [Fact]
    public void The_salt_of_an_entry_is_its_own()
    {
        using var key = ItemKey.From(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        Assert.Equal(3, new[] { key.FileSalt(Samples.ItemId, 0), key.FileSalt(Samples.ItemId, 1), key.FileSalt(new string('0', 32), 0) }.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(key.FileSalt(Samples.ItemId, 5), key.FileSalt(Samples.ItemId, 5));
        // Computed with Python's hmac module.
        Assert.Equal("c79588afdb23f1db5ceb82d5ebc6482afe8344a86d5f79951542d3dcef31e024", Convert.ToHexStringLower(key.FileSalt(Samples.ItemId, 0)));
    }
}
