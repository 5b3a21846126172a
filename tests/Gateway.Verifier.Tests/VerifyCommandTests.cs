using System.Text.Json;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Verifier.Tests;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-verify-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData()]
    [InlineData("--no-such-option")]
    [InlineData("a.zip", "b.zip")]
    [InlineData("a.zip", "--trust", "neither-file-nor-fingerprint")]
    [InlineData("a.zip", "--at", "tomorrow")]
    [InlineData("a.zip", "--trust")]
    public void Wrong_usage_ends_with_2_and_prints_no_verdict(params string[] args)
    {
        var (code, output, error) = Run(args);
        Assert.Equal(2, code);
        Assert.DoesNotContain("VALID", output + error, StringComparison.Ordinal);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void A_bundle_that_cannot_be_read_is_no_verdict()
    {
        var (code, output, error) = Run(Path.Combine(_folder, "absent.zip"));
        Assert.Equal(3, code);
        Assert.Empty(output);
        Assert.Contains("no verdict", error, StringComparison.Ordinal);
        Assert.Equal(3, Run(_folder).Code);
    }

    [Fact]
    public void What_is_no_bundle_is_broken()
    {
        var (code, output, _) = Run(Write("x.zip", "not a zip"u8.ToArray()));
        Assert.Equal(1, code);
        Assert.StartsWith("BROKEN", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trust_file_that_is_no_anchor_is_wrong_usage()
    {
        var bundle = Write("case.zip", await Judging.Good);
        Assert.Equal(2, Run(bundle, "--trust", Write("t", "hello"u8.ToArray())).Code);
        Assert.Equal(2, Run(bundle, "--trust", Write("t", [])).Code);
        Assert.Equal(2, Run(bundle, "--trust", Write("t", [0x30, 0x82, 1, 2])).Code);
        Assert.Equal(2, Run(bundle, "--trust", new string('0', 63)).Code);
    }

    // Nobody but the log of XA vouches for what is here: who it is that signed is confirmed all the same.
    [Fact]
    public async Task What_keeps_a_bundle_of_confirmed_States_from_being_valid_is_named_first()
    {
        var bundle = Write("case.zip", await new SampleCase { Log = new SampleLog { Threshold = null }, ExportedAfter = TimeSpan.FromHours(80) }.Write());
        var page = Path.Combine(_folder, "report.html");
        string[] trust = ["--trust", .. VerifySh.Trust, "--report", page];
        var (code, output, _) = Run([bundle, .. trust]);
        Assert.Equal(3, code);
        var first = output[..output.IndexOf('\n', StringComparison.Ordinal)];
        Assert.StartsWith("CONSISTENT, not confirmed: nothing contradicts, but ", first, StringComparison.Ordinal);
        Assert.Contains("(B730", first, StringComparison.Ordinal);
        Assert.DoesNotContain("identities", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Ask each State for the fingerprint", output, StringComparison.Ordinal);
        Assert.Contains("CONSISTENT, not confirmed", File.ReadAllText(page), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run([bundle, "--json", .. trust]).Output);
        Assert.Contains("(B730", json.RootElement.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("CONSISTENT, identities not confirmed", Run(bundle, "--trust", VerifySh.Trust[0]).Output, StringComparison.Ordinal);
    }

    // A bundle that is unpacked where the command is given could bring a card under the very digits that the court types.
    [Fact]
    public async Task What_reads_as_a_fingerprint_is_no_file_even_where_one_has_that_name()
    {
        var bundle = Write("case.zip", await Judging.Good);
        var digits = SampleCase.Shared.Asking.Card.CardKey.ToString();
        File.WriteAllBytes(digits, SampleCase.Shared.Asked.Card.Der.ToArray());
        try
        {
            Assert.Equal(0, Run(bundle, "--trust", $"XA={digits}", $"XB={SampleCase.Shared.Asked.Card.CardKey}").Code);
        }
        finally
        {
            File.Delete(digits);
        }
    }

    [Fact]
    public async Task Without_trust_the_fingerprints_are_printed_and_the_end_is_3()
    {
        var (code, output, _) = Run(Write("case.zip", await Judging.Good));
        Assert.Equal(3, code);
        Assert.StartsWith("CONSISTENT, identities not confirmed", output, StringComparison.Ordinal);
        Assert.Contains(SampleCase.Shared.Asking.Card.Fingerprint, output, StringComparison.Ordinal);
        Assert.Contains(SampleCase.Shared.Asked.Card.Fingerprint, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_cards_or_fingerprints_in_any_spelling_a_good_bundle_is_valid()
    {
        var bundle = Write("case.zip", await Judging.Good);
        var (xa, xb) = (SampleCase.Shared.Asking.Card, SampleCase.Shared.Asked.Card);
        var colons = string.Join(':', xb.CardKey.ToString().ToUpperInvariant().Chunk(2).Select(c => new string(c)));
        var list = Write("fingerprints.txt", System.Text.Encoding.UTF8.GetBytes($"# heard on the telephone\nXA {xa.Fingerprint}\n\n{colons}\n"));
        foreach (var trust in (string[][])[[Write("xa.cms", xa.Der.ToArray()), Write("xb.cms", xb.Der.ToArray())], [list], [$"XA {xa.CardKey}", colons], [xa.Fingerprint, $"XB={xb.CardKey}"]])
        {
            var (code, output, error) = Run([bundle, "--trust", .. trust]);
            Assert.True(code == 0, output + error);
            Assert.StartsWith("VALID", output, StringComparison.Ordinal);
            Assert.Contains("B714", output, StringComparison.Ordinal);
            Assert.Contains("What this does not prove", output, StringComparison.Ordinal);
        }
        Assert.Equal(1, Run(bundle, "--trust", xa.Fingerprint, xb.Fingerprint, "--strict").Code);
    }

    [Fact]
    public async Task What_names_no_State_is_told_with_the_State_for_which_it_was_used()
    {
        var bundle = Write("case.zip", await Judging.Good);
        var (xa, xb) = (SampleCase.Shared.Asking.Card, SampleCase.Shared.Asked.Card);
        var (bare, named) = (Write("key.txt", System.Text.Encoding.UTF8.GetBytes(xb.CardKey.ToString())), Write("xb.card", xb.Der.ToArray()));

        var (code, output, _) = Run(bundle, "--trust", $"XA={xa.CardKey}", bare);
        Assert.Equal(0, code);
        Assert.Contains("which names no State: used for XB", output, StringComparison.Ordinal);
        Assert.Contains("B607", output, StringComparison.Ordinal);
        foreach (var bound in (string[])[$"XB={bare}", $"XB={xb.CardKey}", $"XB={named}", named])
        {
            (code, output, _) = Run(bundle, "--trust", $"XA={xa.CardKey}", bound);
            Assert.Equal(0, code);
            Assert.Contains("of XB: used for XB", output, StringComparison.Ordinal);
            Assert.DoesNotContain("B607", output, StringComparison.Ordinal);
        }
        // A key that is known as that of another State contradicts; a card says itself whose it is.
        Assert.Equal(1, Run(bundle, "--trust", $"XA={xa.CardKey}", $"XC={bare}").Code);
        Assert.Equal(2, Run(bundle, "--trust", $"XA={xa.CardKey}", $"XC={named}").Code);
        (_, output, _) = Run(bundle, "--json", "--trust", $"XA={xa.CardKey}", bare);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("XB", json.RootElement.GetProperty("anchors")[1].GetProperty("usedFor")[0].GetString());
    }

    [Fact]
    public async Task A_changed_byte_ends_with_1_and_names_the_file()
    {
        var bundle = (byte[])(await Judging.Good).Clone();
        var name = $"receipts/{SampleCase.Content}/XB/00000003.cms";
        var at = bundle.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name)) + name.Length + 200;
        bundle[at] ^= 1;
        var (code, output, _) = Run(Write("case.zip", bundle), "--trust", SampleCase.Shared.Asking.Card.Fingerprint, SampleCase.Shared.Asked.Card.Fingerprint);
        Assert.Equal(1, code);
        Assert.StartsWith("BROKEN", output, StringComparison.Ordinal);
        Assert.Contains(name, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_says_the_same()
    {
        var (code, output, _) = Run(Write("case.zip", await Judging.Good), "--json", "--trust", SampleCase.Shared.Asking.Card.Fingerprint, SampleCase.Shared.Asked.Card.Fingerprint);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(0, code);
        Assert.Equal("VALID", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal(4, json.RootElement.GetProperty("chains").GetArrayLength());
        Assert.Contains(json.RootElement.GetProperty("findings").EnumerateArray(), f => f.GetProperty("code").GetString() == "B714" && f.GetProperty("severity").GetString() == "warning");
        Assert.Equal(["XA", "XB"], json.RootElement.GetProperty("states").EnumerateArray().Where(s => s.GetProperty("confirmed").GetBoolean()).Select(s => s.GetProperty("state").GetString()));
        Assert.Equal(2, json.RootElement.GetProperty("logs")[0].GetProperty("cosigners").GetArrayLength());
    }

    [Fact]
    public async Task The_report_for_paper_holds_everything_and_loads_nothing()
    {
        var paper = Path.Combine(_folder, "report.html");
        var hostile = new SampleCase { OnAct = a => a with { Reference = "<script>alert('1')</script>\u202e\"x\"" }, OnManifest = m => m with { Description = "<b>", Examiner = m.Examiner, ExhibitNumber = "\"><img src=x>" } };
        var (code, _, _) = Run(Write("case.zip", await hostile.Write()), "--trust", SampleCase.Shared.Asking.Card.Fingerprint, SampleCase.Shared.Asked.Card.Fingerprint, "--report", paper);
        var html = File.ReadAllText(paper);
        Assert.Equal(0, code);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202e', html);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        foreach (var outside in (string[])["src=", "href=", "url(", "@import", "<link", "<iframe", "<object"])
            Assert.DoesNotContain(outside, html.Replace("src=x&gt;", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        foreach (var text in (string[])["VALID", "What this does not prove", "Asked, authorised, delivered", "B714", "gateway-log/XA/2026", "<svg", "HANDED OVER", SampleCase.Content])
            Assert.Contains(text, html, StringComparison.Ordinal);
        Assert.True(Balanced(html));
    }

    [Fact]
    public async Task Paper_shows_digests_whole_and_the_picture_what_left_a_State_or_is_gone()
    {
        var paper = Path.Combine(_folder, "report.html");
        var files = await WholeBundleTests.Files;
        Run(Write("case.zip", files.Pack()), "--report", paper);
        var html = File.ReadAllText(paper).Replace("<wbr>", "", StringComparison.Ordinal);
        // Nobody looks anything up on paper: of messages, heads of chains, the root of the log.
        foreach (var name in files.In("documents/").Where(n => Gateway.Protocol.Documents.DocumentReader.TypeOf(Gateway.Protocol.Marks.SignedDocument.Open(files[n]).Value.Content) == "cover"))
            Assert.Contains(name, html, StringComparison.Ordinal);
        var chains = Gateway.Protocol.Bundles.CaseFile.Read(files["case.json"]).Value.Cases.SelectMany(c => c.Chains).ToList();
        Assert.All(chains, c => Assert.Contains(c.Head.ToString(), html, StringComparison.Ordinal));
        foreach (var mark in (string[])["ERASED: 1 message, 0 items", "receipt of the hand-over"])
            Assert.Contains(mark, html, StringComparison.Ordinal);
        var moved = Judging.Judge(await new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.DISCLOSED), new(CustodyKind.SHIPPED), new(CustodyKind.DESTROYED)] }.Write());
        Assert.Equal([TimelineKind.Disclosed, TimelineKind.Shipped, TimelineKind.Erased], moved.Timeline.Select(t => t.Kind).Where(k => k is TimelineKind.Disclosed or TimelineKind.Shipped or TimelineKind.Erased).Order());
    }

    [Fact]
    public void A_bundle_that_is_none_has_a_report_too()
    {
        var paper = Path.Combine(_folder, "report.html");
        Assert.Equal(1, Run(Write("x.zip", "not a zip"u8.ToArray()), "--report", paper).Code);
        Assert.Contains("BROKEN", File.ReadAllText(paper), StringComparison.Ordinal);
    }

    // Well formed as XML where it matters: every element that is opened is closed, in order.
    private static bool Balanced(string html)
    {
        var open = new Stack<string>();
        foreach (System.Text.RegularExpressions.Match tag in System.Text.RegularExpressions.Regex.Matches(html, "<(/?)([a-z0-9]+)[^<>]*?(/?)>"))
        {
            var name = tag.Groups[2].Value;
            if (tag.Groups[3].Value == "/" || name is "meta" or "br" or "wbr")
                continue;
            if (tag.Groups[1].Value.Length == 0)
                open.Push(name);
            else if (!open.TryPop(out var last) || last != name)
                return false;
        }
        return open.Count == 0;
    }

    [Fact]
    public async Task A_forged_bundle_is_consistent_alone_and_broken_beside_the_real_cards()
    {
        var bundle = Write("case.zip", await new SampleCase(new SampleState("XA"), new SampleState("XB")).Write());
        Assert.Equal(3, Run(bundle).Code);
        Assert.Equal(1, Run(bundle, "--trust", Write("xa.cms", SampleCase.Shared.Asking.Card.Der.ToArray()), Write("xb.cms", SampleCase.Shared.Asked.Card.Der.ToArray())).Code);
        Assert.Equal(3, Run(bundle, "--trust", SampleCase.Shared.Asking.Card.Fingerprint).Code);
    }

    [Theory]
    [InlineData("a\u001b[2Jb", "a\u00b7[2Jb")]
    [InlineData("x\u202ey\r\nz", "x\u00b7y\u00b7\u00b7z")]
    [InlineData("caf\u00e9 \U0001f4dc", "caf\u00e9 \U0001f4dc")]
    [InlineData("\U000e0041", "\u00b7\u00b7")]
    public void Text_of_strangers_cannot_steer_the_terminal(string text, string shown) => Assert.Equal(shown, Plain.Text(text));

    [Fact]
    public void Half_a_character_is_not_shown() => Assert.Equal("a\u00b7b", Plain.Text("a" + (char)0xD800 + "b"));

    [Fact]
    public void Help_ends_with_0() => Assert.Equal(0, Run("--help").Code);

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = VerifyCommand.Run(args, output, error, TimeProvider.System);
        return (code, output.ToString(), error.ToString());
    }
}
