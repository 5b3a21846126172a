using System.Globalization;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Whoever may write into the same folder neither reads what is written there nor leads it elsewhere, and what failed leaves nothing behind.</summary>
public sealed class NewFileTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{0}.{1}.tmp")]
    [InlineData(".{0}.{1}.partial")]
    public void A_link_that_waits_under_a_name_that_could_be_guessed_is_not_followed(string guess)
    {
        var (path, victim) = (_folder["secret.json"], _folder["victim"]);
        File.WriteAllText(victim, "untouched");
        File.CreateSymbolicLink(_folder[string.Format(CultureInfo.InvariantCulture, guess, "secret.json", Environment.ProcessId)], victim);
        OwnerOnly.Replace(path, "one"u8);
        OwnerOnly.Replace(path, "two"u8);
        Assert.Equal(("two", "untouched"), (File.ReadAllText(path), File.ReadAllText(victim)));
        Assert.Equal(Private, File.GetUnixFileMode(path));
    }

    [Fact]
    public void What_was_begun_anew_is_never_written_through_a_link_or_into_a_file_that_others_may_read()
    {
        var (path, victim) = (_folder["leaves"], _folder["victim"]);
        File.WriteAllText(victim, "untouched");
        File.CreateSymbolicLink(path, victim);
        using (var file = OwnerOnly.Anew(path))
            file.Write("leaves"u8);
        Assert.Equal(("leaves", "untouched"), (File.ReadAllText(path), File.ReadAllText(victim)));
        File.SetUnixFileMode(path, Private | UnixFileMode.OtherRead);
        OwnerOnly.Anew(path).Dispose();
        Assert.Equal((Private, 0L), (File.GetUnixFileMode(path), new FileInfo(path).Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_fails_leaves_nothing_behind(bool ownerOnly)
    {
        // A folder stands where the file should go.
        Directory.CreateDirectory(_folder["secret.json"]);
        Assert.ThrowsAny<Exception>(() => NewFile.Write(_folder["secret.json"], "one"u8, force: true, ownerOnly));
        Assert.Equal([_folder["secret.json"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_is_there_is_not_replaced_unasked()
    {
        File.WriteAllText(_folder["form.pdf"], "first");
        Assert.Equal(ExitCode.Incomplete, Assert.Throws<StopException>(() => NewFile.Write(_folder["form.pdf"], "second"u8)).Exit);
        Assert.Equal("first", File.ReadAllText(_folder["form.pdf"]));
        Assert.Equal([_folder["form.pdf"]], Directory.GetFileSystemEntries(_folder.Path));
    }
}
