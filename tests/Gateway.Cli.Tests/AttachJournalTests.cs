using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class AttachJournalTests : IDisposable
{
    private static readonly AttachedItem Item = new(new string('a', 32), LoopbackOperator.CaseId, LoopbackOperator.RequestMessage, "/evidence/disk.dd", 5_000_000, ["MD5"], "disk.dd", false, []);
    private readonly TemporaryFolder _folder = new();
    private readonly TechnicianKey _technician;

    public AttachJournalTests() => _technician = Person("technician");

    private string Journals => _folder["attach"];

    [Fact]
    public void An_interrupted_item_is_found_again_with_its_key_and_chunks()
    {
        byte[] key;
        using (var begun = AttachJournal.Begin(Journals, Item, _technician))
        {
            key = begun.Key.ToArray();
            begun.Chunks.Append(0, Leaf(0), Plain(0));
            begun.Chunks.Append(1, Leaf(1), Plain(1));
        }
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, _technician)!;
        Assert.Equal(Item.ItemId, found.Item.ItemId);
        Assert.Equal(key, found.Key.ToArray());
        Assert.Equal(2, found.Chunks.Count);
        Assert.Equal([Leaf(0), Leaf(1)], found.Chunks.Leaves(2));
        Assert.Equal(Plain(1), found.Chunks.Plain(1));
    }

    [Fact]
    public void Another_file_or_case_is_another_item()
    {
        AttachJournal.Begin(Journals, Item, _technician).Dispose();
        Assert.Null(AttachJournal.Find(Journals, null, Item.CaseId, "/evidence/other.dd", _technician));
        Assert.Null(AttachJournal.Find(Journals, null, "XA-" + new string('0', 32), Item.SourcePath, _technician));
        Assert.Null(AttachJournal.Find(Journals, new string('b', 32), Item.CaseId, Item.SourcePath, _technician));
        Assert.Null(AttachJournal.Find(_folder["nowhere"], null, Item.CaseId, Item.SourcePath, _technician));
    }

    [Theory]
    [InlineData(71)]
    [InlineData(1)]
    public void A_torn_record_is_not_believed(int cut)
    {
        using (var begun = AttachJournal.Begin(Journals, Item, _technician))
        {
            begun.Chunks.Append(0, Leaf(0), Plain(0));
            begun.Chunks.Append(1, Leaf(1), Plain(1));
        }
        using (var file = new FileStream(PathOf(".chunks"), FileMode.Open))
            file.SetLength(file.Length - cut);
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, _technician)!;
        Assert.Equal(1, found.Chunks.Count);
    }

    [Fact]
    public void A_record_of_zeros_is_not_believed()
    {
        AttachJournal.Begin(Journals, Item, _technician).Dispose();
        File.WriteAllBytes(PathOf(".chunks"), new byte[720]);
        using var found = AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, _technician)!;
        Assert.Equal(0, found.Chunks.Count);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".chunks")]
    public void A_journal_that_others_may_read_is_refused(string extension)
    {
        using (var begun = AttachJournal.Begin(Journals, Item, _technician))
            begun.Chunks.Append(0, Leaf(0), Plain(0));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(extension)));
        File.SetUnixFileMode(PathOf(extension), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<StopException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, _technician)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stolen_journal_opens_nothing_without_the_technicians_key()
    {
        byte[] key;
        using (var begun = AttachJournal.Begin(Journals, Item, _technician))
        {
            key = begun.Key.ToArray();
            begun.Chunks.Append(0, Leaf(0), Plain(0));
        }
        using var thief = Person("thief");
        var stop = Assert.Throws<StopException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, thief));
        Assert.Equal(ExitCode.Incomplete, stop.Exit);
        // Nothing that lies in the folder is the item key, or a key with which the wrapped one opens.
        var header = JsonDocument.Parse(File.ReadAllBytes(PathOf(".json"))).RootElement;
        var wrapped = header.GetProperty("wrappedKey").GetBytesFromBase64();
        foreach (var file in Directory.GetFiles(Journals))
        {
            var bytes = File.ReadAllBytes(file);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(key));
            for (var at = 0; at + 32 <= bytes.Length; at++)
                Assert.False(Opens(bytes.AsSpan(at, 32), wrapped), $"{Path.GetFileName(file)} holds the wrapping key at {at}");
        }
    }

    [Fact]
    public void A_wrapped_key_that_was_changed_or_belongs_to_another_item_opens_nothing()
    {
        using var key = ItemKey.New();
        var wrapped = _technician.Wrap(key, Item.ItemId);
        Assert.Equal(key.ToArray(), _technician.Unwrap(wrapped, Item.ItemId).ToArray());
        Assert.Throws<StopException>(() => _technician.Unwrap(wrapped, new string('b', 32)));
        for (var i = 0; i < wrapped.Length; i++)
        {
            var changed = wrapped.ToArray();
            changed[i] ^= 1;
            Assert.Throws<StopException>(() => _technician.Unwrap(changed, Item.ItemId));
            Assert.Throws<StopException>(() => _technician.Unwrap(wrapped.AsSpan(0, i), Item.ItemId));
        }
    }

    [Fact]
    public void The_item_key_never_stands_in_the_header()
    {
        using var begun = AttachJournal.Begin(Journals, Item, _technician);
        var header = File.ReadAllText(PathOf(".json"));
        Assert.DoesNotContain(Convert.ToBase64String(begun.Key.ToArray()), header, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(begun.Key.ToArray()), header, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_in_a_pkcs12_file_goes_on_with_what_the_same_key_in_pem_began()
    {
        var pki = new TestPki(_folder["bag"]).Marks("signing");
        var path = _folder["person.p12"];
        using (var bag = X509Certificate2.CreateFromPemFile(pki.Certificate("signing"), pki.Key("signing")))
        using (var file = OwnerOnly.Anew(path))
            file.Write(bag.Export(X509ContentType.Pkcs12));
        using var fromPem = TechnicianKey.Open(new Context("https://localhost", "", "", "", pki.Certificate("signing"), pki.Key("signing")));
        using var fromBag = TechnicianKey.Open(new Context("https://localhost", "", "", "", path, path));
        using var key = ItemKey.New();
        using var opened = fromBag.Unwrap(fromPem.Wrap(key, Item.ItemId), Item.ItemId);
        Assert.Equal(key.ToArray(), opened.ToArray());
    }

    [Fact]
    public void Nothing_is_left_after_wiping()
    {
        using (var begun = AttachJournal.Begin(Journals, Item, _technician))
            begun.Wipe();
        Assert.Empty(Directory.GetFiles(Journals));
    }

    [Fact]
    public void Two_processes_do_not_attach_the_same_item()
    {
        using var begun = AttachJournal.Begin(Journals, Item, _technician);
        Assert.ThrowsAny<IOException>(() => AttachJournal.Find(Journals, null, Item.CaseId, Item.SourcePath, _technician));
    }

    public void Dispose()
    {
        _technician.Dispose();
        _folder.Dispose();
    }

    private TechnicianKey Person(string name)
    {
        var pki = new TestPki(_folder[name]).Marks("signing");
        return TechnicianKey.Open(new Context("https://localhost", "", "", "", pki.Certificate("signing"), pki.Key("signing")));
    }

    private static bool Opens(ReadOnlySpan<byte> candidate, byte[] wrapped)
    {
        var sealedKey = wrapped.AsSpan(wrapped.Length - 60);
        using var aes = new AesGcm(candidate, 16);
        try
        {
            aes.Decrypt(sealedKey[..12], sealedKey.Slice(12, 32), sealedKey[^16..], new byte[32], Convert.FromHexString(Item.ItemId));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static Digest Leaf(byte i) => Digest.Of([i]);

    private static Digest Plain(byte i) => Digest.Of([i, i]);

    private string PathOf(string extension) => Path.Combine(Journals, Item.ItemId + extension);
}
