using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>Containers whose signer is trusted: the good ones pass, and every way to show another file than the signed one does not.</summary>
public sealed class AsicHostileTests(Signing signing) : IClassFixture<Signing>
{
    private const string TypeS = "application/vnd.etsi.asic-s+zip";
    private const string TypeE = "application/vnd.etsi.asic-e+zip";
    private static readonly byte[] s_data = "the order"u8.ToArray();

    [Fact]
    public void A_good_container_of_each_kind_passes()
    {
        Passes(Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]));
        Passes(Extended(Manifest(("order.txt", s_data))));
        Passes(Zip([("mimetype", TypeE), ("приказ № 1.txt", s_data), .. Signed(Manifest(("%D0%BF%D1%80%D0%B8%D0%BA%D0%B0%D0%B7%20%E2%84%96%201.txt", s_data)))]));
    }

    [Fact]
    public void A_signature_with_a_content_of_its_own_says_nothing_about_the_file_beside_it()
    {
        var attached = signing.Sign("another order"u8, "-cades", "-nodetach");
        Refused(Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", attached)]), FindingKey.ContentDoubled);
        var pem = Encoding.ASCII.GetBytes(PemEncoding.WriteString("CMS", attached));
        Refused(Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", pem)]), FindingKey.ContentDoubled);
        var manifest = Manifest(("order.txt", s_data));
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), ("META-INF/ASiCManifest.xml", manifest), ("META-INF/signature.p7s", signing.Sign("another"u8, "-cades", "-nodetach"))]), FindingKey.ContentDoubled);
    }

    [Fact]
    public void A_signature_over_the_data_is_none_over_the_manifest_and_the_other_way_round()
    {
        var manifest = Manifest(("order.txt", s_data));
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), ("META-INF/ASiCManifest.xml", manifest), ("META-INF/signature.p7s", signing.Sign(s_data))]), FindingKey.ContentChanged);
        Refused(Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(Encoding.UTF8.GetBytes(manifest)))]), FindingKey.ContentChanged);
    }

    [Fact]
    public void Changed_data_and_data_that_is_missing_are_told_apart()
    {
        Refused(Zip([("mimetype", TypeE), ("order.txt", "the ordeR"), .. Signed(Manifest(("order.txt", s_data)))]), FindingKey.DataObjectChanged);
        var missing = signing.Judge(Zip([("mimetype", TypeE), ("Order.txt", s_data), .. Signed(Manifest(("order.txt", s_data)))]));
        Assert.Equal(Indication.Indeterminate, missing.Indication);
        Assert.Contains(SubIndication.SignedDataNotFound, missing.Signatures[0].SubIndications);
        Assert.Equal(["Order.txt"], missing.NotCovered);
    }

    [Theory]
    [InlineData("../order.txt")]
    [InlineData("/order.txt")]
    [InlineData("order.txt?x")]
    [InlineData("order.txt#x")]
    [InlineData("file:order.txt")]
    [InlineData("a/../order.txt")]
    [InlineData("a\\order.txt")]
    public void A_reference_that_is_no_name_of_a_file_inside_finds_nothing(string uri)
        => DoesNotPass(Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(Manifest((uri, s_data)))]));

    [Fact]
    public void Manifests_that_can_be_read_in_two_ways_are_refused()
    {
        var good = Manifest(("order.txt", s_data));
        var inner = good[good.IndexOf("<asic:DataObjectReference", StringComparison.Ordinal)..good.IndexOf("</asic:ASiCManifest>", StringComparison.Ordinal)];
        Refused(Extended(good.Replace(inner, inner + inner, StringComparison.Ordinal)), FindingKey.ManifestMalformed); // the same file twice
        Refused(Extended(good.Replace(inner, "", StringComparison.Ordinal)), FindingKey.ManifestMalformed); // nothing
        Refused(Extended("<!DOCTYPE a [<!ENTITY e 'x'>]>" + good), FindingKey.ManifestMalformed);
        Refused(Extended(good.Replace("<asic:SigReference", "<asic:SigReference URI=\"META-INF/other.p7s\"/><asic:SigReference", StringComparison.Ordinal)), FindingKey.ManifestMalformed);
        Refused(Extended(good.Replace("</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue>AAAA</ds:DigestValue>", StringComparison.Ordinal)), FindingKey.ManifestMalformed);
        Refused(Extended(good.Replace("02918/v1.2.1#", "02918/v9#", StringComparison.Ordinal)), FindingKey.ManifestMalformed);
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(good), ("META-INF/ASiCManifest2.xml", good)]), FindingKey.ManifestMalformed); // two manifests name one signature
    }

    [Fact]
    public void A_manifest_with_a_weak_or_unknown_digest_does_not_pass()
    {
        var good = Manifest(("order.txt", s_data));
        var digest = Convert.ToBase64String(SHA256.HashData(s_data));
        var weak = good.Replace("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1", StringComparison.Ordinal).Replace(digest, "gyIY5XdoGS1sq0R38/pVUn3eu7g=", StringComparison.Ordinal);
        var verdict = signing.Judge(Extended(weak));
        Assert.Equal(Indication.Indeterminate, verdict.Indication);
        Assert.Contains(verdict.Signatures[0].Findings, f => f.Key is FindingKey.AlgorithmEnded or FindingKey.AlgorithmNotAccepted);
        Assert.Equal(Indication.Indeterminate, signing.Judge(Extended(good.Replace("xmlenc#sha256", "xmlenc#sha999", StringComparison.Ordinal))).Indication);
    }

    [Fact]
    public void A_file_that_nothing_covers_is_named_and_a_signature_that_no_manifest_names_does_not_pass()
    {
        var extra = signing.Judge(Zip([("mimetype", TypeE), ("order.txt", s_data), ("annex.pdf", "x"), ("META-INF/payload.bin", "y"), .. Signed(Manifest(("order.txt", s_data)))]));
        Assert.Equal(Indication.Passed, extra.Indication);
        Assert.Equal(["annex.pdf", "META-INF/payload.bin"], extra.NotCovered);
        Assert.Equal(2, extra.Findings.Count(f => f.Key == FindingKey.DataObjectNotCovered && f.Severity == Severity.Warning));
        DoesNotPass(Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(Manifest(("order.txt", s_data))), ("META-INF/signature9.p7s", signing.Sign(s_data))]));
    }

    [Fact]
    public void A_simple_container_holds_one_file_and_one_signature()
    {
        Refused(Zip([("mimetype", TypeS), ("order.txt", s_data), ("order2.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]), FindingKey.ContainerMalformed);
        Refused(Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data)), ("META-INF/signature2.p7s", signing.Sign(s_data))]), FindingKey.ContainerMalformed);
        Refused(Zip([("mimetype", TypeS), ("META-INF/signature.p7s", signing.Sign([]))]), FindingKey.ContainerMalformed);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a//x")]
    [InlineData("a/./x")]
    [InlineData("a\\x")]
    [InlineData("c:x")]
    [InlineData("x\u202etxt.exe")]
    [InlineData("x\u0000")]
    public void Names_that_leave_the_folder_or_look_like_others_refuse_the_container(string name)
        => Refused(Zip([("mimetype", TypeS), (name, s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]), FindingKey.ContainerNameRefused);

    [Fact]
    public void Two_files_of_one_name_refuse_the_container()
    {
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), ("order.txt", "evil"), .. Signed(Manifest(("order.txt", s_data)))]), FindingKey.ContainerEntryDoubled);
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), ("ORDER.txt", "evil"), .. Signed(Manifest(("order.txt", s_data)))]), FindingKey.ContainerEntryDoubled);
    }

    [Fact]
    public void A_wrong_type_is_refused_and_a_missing_one_is_warned_of()
    {
        Refused(Zip([("mimetype", "text/plain"), ("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]), FindingKey.ContainerTypeDiffers);
        var missing = signing.Judge(Zip([("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]));
        Assert.Equal(Indication.Passed, missing.Indication);
        Assert.Contains(missing.Findings, f => f.Key == FindingKey.ContainerTypeMissing);
    }

    [Fact]
    public void A_second_end_of_the_archive_and_bytes_around_it_are_refused()
    {
        var good = Zip([("mimetype", TypeS), ("order.txt", s_data), ("META-INF/signature.p7s", signing.Sign(s_data))]);
        Passes(good);
        var evil = Zip([("mimetype", TypeS), ("order.txt", "evil"), ("META-INF/signature.p7s", "x")]);
        DoesNotPass([.. good, .. evil]);
        DoesNotPass([.. evil, .. good]);
        DoesNotPass([.. good, 0]);
        var commented = (byte[])[.. good[..^2], (byte)22, 0, .. good[^22..]]; // a comment that looks like an end
        DoesNotPass(commented);
    }

    [Fact]
    public void A_file_that_inflates_beyond_all_measure_is_refused()
        => Refused(Zip([("mimetype", TypeS), ("order.txt", new byte[200 << 20]), ("META-INF/signature.p7s", signing.Sign(s_data))]), FindingKey.ContainerLimit);

    [Fact]
    public void A_signature_in_XML_is_named_and_takes_the_pass_away()
    {
        const string xades = "<asic:XAdESSignatures xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\"><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></asic:XAdESSignatures>";
        var verdict = signing.Judge(Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(Manifest(("order.txt", s_data))), ("META-INF/signatures.xml", xades)]));
        Assert.Equal(Indication.Indeterminate, verdict.Indication);
        Assert.Contains(verdict.Signatures, s => s.Findings.Any(f => f.Key == FindingKey.FormatNotSupported));
        Refused(Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(Manifest(("order.txt", s_data))), ("META-INF/signatures.xml", "<!DOCTYPE a []>" + xades)]), FindingKey.ContainerMalformed);
    }

    [Fact]
    public void No_spoilt_container_throws_or_passes()
    {
        var random = new Random(3);
        var good = Extended(Manifest(("order.txt", s_data)));
        for (var i = 0; i < 1500; i++)
        {
            var spoilt = Spoil.Bytes(good, random);
            var verdict = signing.Judge(spoilt);
            Assert.DoesNotContain(verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)), f => f.Key == FindingKey.EngineFault);
            if (verdict.Indication == Indication.Passed)
                Assert.Equal("order.txt the order", Content(spoilt)); // a change in what nobody signs: times, attributes
        }
    }

    private static string Content(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        var entry = archive.Entries.Single(e => e.FullName.EndsWith("txt", StringComparison.Ordinal));
        using var reader = new StreamReader(entry.Open());
        return $"{entry.FullName} {reader.ReadToEnd()}";
    }

    private byte[] Extended(string manifest) => Zip([("mimetype", TypeE), ("order.txt", s_data), .. Signed(manifest)]);

    private (string, Part)[] Signed(string manifest) => [("META-INF/ASiCManifest.xml", manifest), ("META-INF/signature.p7s", signing.Sign(Encoding.UTF8.GetBytes(manifest)))];

    private static string Manifest(params (string Uri, byte[] Content)[] files)
        => "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><asic:SigReference URI=\"META-INF/signature.p7s\" MimeType=\"application/pkcs7-signature\"/>"
            + string.Concat(files.Select(f => $"<asic:DataObjectReference URI=\"{f.Uri}\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{Convert.ToBase64String(SHA256.HashData(f.Content))}</ds:DigestValue></asic:DataObjectReference>"))
            + "</asic:ASiCManifest>";

    private void Passes(byte[] file)
    {
        var verdict = signing.Judge(file);
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
    }

    private void DoesNotPass(byte[] file) => Assert.NotEqual(Indication.Passed, signing.Judge(file).Indication);

    private void Refused(byte[] file, FindingKey key)
    {
        var verdict = signing.Judge(file);
        Assert.True(verdict.Indication == Indication.Failed && verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)).Any(f => f.Key == key), $"{key} is due: {Signing.Told(verdict)}");
    }

    /// <summary>Text or octets.</summary>
    internal readonly record struct Part(byte[] Bytes)
    {
        public static implicit operator Part(string text) => new(Encoding.UTF8.GetBytes(text));

        public static implicit operator Part(byte[] bytes) => new(bytes);
    }

    private static byte[] Zip(params (string Name, Part Content)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = archive.CreateEntry(name, name == "mimetype" ? CompressionLevel.NoCompression : CompressionLevel.Optimal).Open();
                entry.Write(content.Bytes);
            }
        }

        return stream.ToArray();
    }
}

/// <summary>Damage of the kinds that parsers stumble over.</summary>
internal static class Spoil
{
    public static byte[] Bytes(byte[] good, Random random)
    {
        var spoilt = (byte[])good.Clone();
        switch (random.Next(5))
        {
            case 0:
                spoilt[random.Next(spoilt.Length)] ^= (byte)(1 << random.Next(8));
                return spoilt;
            case 1:
                return spoilt[..random.Next(spoilt.Length)];
            case 2:
                spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                spoilt[random.Next(spoilt.Length)] = (byte)(random.Next(2) * 255);
                return spoilt;
            case 3: // a piece is repeated elsewhere
                var length = random.Next(1, Math.Min(200, spoilt.Length / 2));
                spoilt.AsSpan(random.Next(spoilt.Length - length), length).CopyTo(spoilt.AsSpan(random.Next(spoilt.Length - length)));
                return spoilt;
            default: // a piece is cut out or doubled
                var at = random.Next(spoilt.Length);
                var size = random.Next(1, Math.Min(64, spoilt.Length - at + 1));
                return random.Next(2) == 0 ? [.. spoilt[..at], .. spoilt[Math.Min(spoilt.Length, at + size)..]] : [.. spoilt[..at], .. spoilt[at..Math.Min(spoilt.Length, at + size)], .. spoilt[at..]];
        }
    }
}
