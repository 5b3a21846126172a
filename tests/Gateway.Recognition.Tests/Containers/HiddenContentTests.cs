using System.IO.Compression;
using System.Text;
using Gateway.Recognition.Pdf;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>What acts when a PDF is opened, where only compressed bytes are seen: in object streams.</summary>
public sealed class HiddenContentTests
{
    [Theory]
    [InlineData("/JavaScript", "<< /S /JavaScript /JS (app.alert(1)) >>")]
    [InlineData("/JS", "<< /Next << /S /Rendition /JS 7 0 R >> >>")]
    [InlineData("/Launch", "<< /Type /Action /S /Launch /F (cmd.exe) >>")]
    [InlineData("/EmbeddedFiles", "<< /Type /Catalog /Names << /EmbeddedFiles 9 0 R >> >>")]
    [InlineData("/EmbeddedFile", "[ 1 [ << /Type /EmbeddedFile >> ] ]")]
    [InlineData("/XFA", "<< /AcroForm << /XFA [ (a) 5 0 R ] >> >>")]
    [InlineData("/JavaScript", "<< /S /J#61vaScript >>")]
    public void What_acts_is_found_in_an_object_stream(string name, string active)
    {
        Assert.Null(Find(Pdf(Stream("<< /Type /Page >>"))));
        Assert.Equal(name, Find(Pdf(Stream("<< /Type /Page >>", active))));
        // In an array of filters, under a name that is written otherwise, and with a length that stands elsewhere, or lies.
        Assert.Equal(name, Find(Pdf(Stream("<< /Type /Page >>", active).Replace("/Filter /FlateDecode", "/Filter [ /FlateDecode ]", StringComparison.Ordinal))));
        Assert.Equal(name, Find(Pdf(Stream(active).Replace("/Type /ObjStm", "/Type /Obj#53tm", StringComparison.Ordinal))));
        Assert.Equal(name, Find(Pdf(Stream(active).Replace("/Length ", "/Length 9 0 R /Was ", StringComparison.Ordinal))));
        Assert.Equal(name, Find(Pdf(Stream(active).Replace("/Length ", "/Length 3 /Was ", StringComparison.Ordinal))));
        // In a version that a later one no longer shows, and behind what no cross-reference names.
        Assert.Equal(name, Find(Pdf(Stream(active), Stream("<< /Type /Page >>"))));
    }

    [Fact]
    public void Words_in_texts_and_names_alike_are_none()
    {
        Assert.Null(Find(Pdf(Stream("(/JavaScript and /Launch)", "<2F4A53>", "<< /Type /Font /BaseFont /JavaScriptSans /JSON 1 >>"))));
        Assert.Null(new HiddenContent().Find("%PDF-1.7\n1 0 obj\n<< /Title (obj << /Type /ObjStm) >>\nendobj\n%%EOF\n"u8.ToArray(), out _));
    }

    [Theory]
    [InlineData("a damaged stream")]
    [InlineData("another filter")]
    [InlineData("a header that lies")]
    [InlineData("an offset outside")]
    [InlineData("a broken object")]
    [InlineData("a dictionary that is not read")]
    [InlineData("a filter that stands elsewhere")]
    public void What_cannot_be_read_is_called_so_and_neither_refused_nor_passed_over(string how)
    {
        var stream = how switch
        {
            "a damaged stream" => Stream("<< >>").Replace("stream\n", "stream\nxx", StringComparison.Ordinal),
            "another filter" => Stream("<< >>").Replace("/FlateDecode", "/LZWDecode", StringComparison.Ordinal),
            "a header that lies" => Stream("<< >>").Replace("/N 1", "/N 900000", StringComparison.Ordinal),
            "an offset outside" => Stream("<< >>").Replace("/First ", "/First 999999 /Was ", StringComparison.Ordinal),
            "a broken object" => Stream("<< /A ["),
            "a filter that stands elsewhere" => Stream("<< >>").Replace("/Filter /FlateDecode", "/Filter 9 0 R", StringComparison.Ordinal),
            _ => Stream("<< >>").Replace("/Type /ObjStm", "/Type /ObjStm /Odd <zz>", StringComparison.Ordinal),
        };
        Assert.Null(new HiddenContent().Find(Pdf(stream), out var examined));
        Assert.False(examined);
        // What stands behind it is examined all the same.
        Assert.Equal("/Launch", new HiddenContent().Find(Pdf(stream, Stream("<< /S /Launch >>")), out _));
    }

    [Fact]
    public void The_budget_of_a_message_is_shared_by_its_files_and_its_end_refuses_nothing()
    {
        var file = Pdf(Stream([.. Enumerable.Range(0, 400).Select(i => $"<< /Type /Page /Number {i} >>")]));
        foreach (var small in new[] { new HiddenContent(tokens: 5_000), new HiddenContent(inflated: 30_000), new HiddenContent(scanned: 30_000) })
        {
            Assert.Null(small.Find(file, out var first));
            Assert.True(first);
            var seen = new List<bool>();
            for (var i = 0; i < 8; i++)
            {
                Assert.Null(small.Find(file, out var examined));
                seen.Add(examined);
            }
            Assert.False(seen[^1]);
            Assert.Equal(seen.OrderDescending(), seen);
        }
    }

    [Fact]
    public void What_is_made_to_cost_much_costs_no_more_than_the_budget()
    {
        var bomb = new StringBuilder("%PDF-1.7\n");
        for (var i = 0; i < 200_000; i++)
            bomb.Append("obj<<(obj<<(");
        Assert.Null(new HiddenContent().Find(Encoding.ASCII.GetBytes(bomb.ToString()), out var examined));
        Assert.False(examined);
        var comments = Encoding.ASCII.GetBytes("%PDF-1.7\n" + string.Concat(Enumerable.Repeat("obj%", 500_000)));
        Assert.Null(new HiddenContent().Find(comments, out examined));
        Assert.False(examined);
        // 60 MB of nothing.
        Assert.Null(new HiddenContent().Find(Pdf(Stream(new string(' ', 60 << 20) + "<< /S /Launch >>")), out examined));
        Assert.False(examined);
    }

    [Fact]
    public void No_change_of_one_byte_throws()
    {
        var file = Pdf(Stream("<< /Type /Page /Kids [1 0 R (a) <00> /B] >>", "<< /A << /B [null true 1.5] >> >>"));
        for (var at = 0; at < file.Length; at++)
        {
            foreach (var bit in new[] { 1, 16, 128 })
            {
                var changed = file.ToArray();
                changed[at] ^= (byte)bit;
                _ = new HiddenContent().Find(changed, out _);
            }
            _ = new HiddenContent().Find(file.AsMemory(0, at), out _);
        }
    }

    private static string? Find(byte[] file)
    {
        var found = new HiddenContent().Find(file, out var examined);
        Assert.True(examined);
        return found;
    }

    private static byte[] Pdf(params string[] streams)
    {
        var text = new StringBuilder("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
        for (var i = 0; i < streams.Length; i++)
            text.Append($"{i + 10} 0 obj\n{streams[i]}\nendobj\n");
        return Encoding.Latin1.GetBytes(text.Append("startxref\n0\n%%EOF\n").ToString());
    }

    // ISO 32000-2 §7.5.7
    private static string Stream(params string[] objects)
    {
        var (header, body) = (new StringBuilder(), new StringBuilder());
        for (var i = 0; i < objects.Length; i++)
        {
            header.Append($"{i + 20} {body.Length} ");
            body.Append(objects[i]).Append(' ');
        }
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(Encoding.Latin1.GetBytes($"{header}{body}"));
        return $"<< /Type /ObjStm /N {objects.Length} /First {header.Length} /Filter /FlateDecode /Length {deflated.Length} >>\nstream\n{Encoding.Latin1.GetString(deflated.ToArray())}\nendstream";
    }
}
