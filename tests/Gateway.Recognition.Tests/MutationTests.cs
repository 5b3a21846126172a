using System.Diagnostics;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.TrustLists;
using Xunit;

namespace Gateway.Recognition.Tests;

/// <summary>
/// Spoilt copies of all test material: whatever a file has become, it is judged, nothing is thrown, and a time is kept. Short here; GATEWAY_MUTATIONS=10000 makes a long run, which also
/// counts what a file that was changed may never become.
/// </summary>
public class MutationTests
{
    private const int Short = 400;
    private const int Seed = 20_260_601;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly string[] Folders = ["scenarios/cms", "scenarios/asic", "scenarios/national", "cades", "asic-cades", "asic-structure", "asic-tst", "pades", "tst", "bc-test-data", "national-independent"];

    [SignatureMaterialFact]
    public void Spoilt_files_are_judged_without_an_exception_and_in_time()
    {
        var number = int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_MUTATIONS"), out var asked) ? asked : Short;
        var files = Folders.Select(SharedMaterial.At).Where(Directory.Exists).SelectMany(Directory.GetFiles).Order(StringComparer.Ordinal).Select(f => (Name: f, Bytes: File.ReadAllBytes(f))).Where(f => f.Bytes.Length is > 0 and < 1_000_000).ToList();
        var trust = Trust();
        var random = new Random(Seed);
        var slow = new List<string>();
        for (var i = 0; i < number; i++)
        {
            var (name, bytes) = files[i % files.Count];
            var spoilt = Spoil(bytes, files[random.Next(files.Count)].Bytes, random);
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var judgement = Record(() => JudgeDocument.Of(Input(spoilt, trust)), name, i);
            if (Process.GetCurrentProcess().TotalProcessorTime - before > Longest)
                slow.Add($"{Path.GetFileName(name)} (run {i})");
            Assert.NotEmpty(judgement.Report.Document.Indication);
            Assert.True(Gateway.Recognition.Reports.RecognitionReport.Read(judgement.Report.Write()).Succeeded, $"{name}: the report on run {i} cannot be read back");
        }
        // Time is only held against us on a run of its own: other tests share the processor.
        Assert.True(asked == 0 || slow.Count == 0, $"longer than {Longest.TotalSeconds} s of CPU: {string.Join(", ", slow)}");
    }

    [SignatureMaterialFact]
    public void A_flipped_bit_in_what_was_signed_never_passes()
    {
        var trust = Trust();
        var good = File.ReadAllBytes(SharedMaterial.At("scenarios/cms/v01-cades-b-attached.p7m"));
        var random = new Random(Seed);
        var content = FindContent(good);
        for (var i = 0; i < 40; i++)
        {
            var spoilt = (byte[])good.Clone();
            spoilt[content.Start + random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
            Assert.NotEqual("TOTAL_PASSED", JudgeDocument.Of(Input(spoilt, trust)).Report.Document.Indication);
        }
    }

    [SignatureMaterialFact]
    public void Spoilt_trusted_lists_are_refused_or_say_the_same()
    {
        var random = new Random(Seed);
        foreach (var name in (string[])["trusted-lists/SE.xml", "trusted-lists/peru-lotl.xml", "trusted-lists/mra-zz-tl.xml"])
        {
            var good = File.ReadAllBytes(SharedMaterial.At(name));
            var list = EtsiList.Open(good, null).Value;
            for (var i = 0; i < 60; i++)
            {
                // White space and comments outside the signature aside, what is accepted must be what was signed.
                if (EtsiList.Open(Spoil(good, good, random), null).TryGet(out var read, out _))
                    Assert.Equal((list.Territory, list.Sequence, list.Services.Count, list.Signer), (read.Territory, read.Sequence, read.Services.Count, read.Signer));
            }
        }
    }

    private static T Record<T>(Func<T> judge, string name, int run)
    {
        try
        {
            return judge();
        }
        catch (Exception e)
        {
            throw new Xunit.Sdk.XunitException($"{name}, run {run}: {e}");
        }
    }

    private static TrustFiles Trust()
    {
        var trust = new TrustFiles();
        foreach (var file in (string[])["scenarios/pki/root.crt", "scenarios/national/SM2-ca.crt", "scenarios/national/gost256a-ca.crt", "scenarios/national/Ed25519-ca.crt"])
            Assert.Null(trust.AddTrust(File.ReadAllBytes(SharedMaterial.At(file)), file, TrustPurposes.Signatures));
        Assert.Null(trust.AddTrust(File.ReadAllBytes(SharedMaterial.At("scenarios/pki/tsroot.crt")), "tsroot.crt", TrustPurposes.TimeStamps));
        foreach (var file in (string[])["scenarios/pki/sub-current.crl", "scenarios/pki/root-current.crl", "scenarios/pki/tsroot-current.crl"])
            Assert.True(trust.AddMaterial(File.ReadAllBytes(SharedMaterial.At(file))));
        return trust;
    }

    private static JudgementInput Input(byte[] document, TrustFiles trust) => new()
    {
        Document = document,
        At = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero),
        Anchors = trust.Anchors,
        Material = trust.Material,
        Policy = PolicyFile.Alone,
    };

    private static (int Start, int Length) FindContent(byte[] cms)
    {
        // id-data, [0], OCTET STRING with a length of one octet or two
        var at = cms.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]) + 11;
        var octets = at + cms.AsSpan(at).IndexOf((byte)0x04);
        return cms[octets + 1] < 0x80 ? (octets + 2, cms[octets + 1]) : (octets + 3, cms[octets + 2]);
    }

    private static byte[] Spoil(byte[] good, byte[] other, Random random) => random.Next(6) switch
    {
        0 => Flip(good, random, 1),
        1 => Flip(good, random, 1 + random.Next(16)),
        2 => good[..random.Next(good.Length)],
        3 => Lengths(good, random),
        4 => Splice(good, other, random),
        _ => Double(good, random),
    };

    private static byte[] Flip(byte[] good, Random random, int bits)
    {
        var bytes = (byte[])good.Clone();
        for (var i = 0; i < bits; i++)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    // A byte that is, or could be, a length becomes another one.
    private static byte[] Lengths(byte[] good, Random random)
    {
        var bytes = (byte[])good.Clone();
        byte[] lengths = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff];
        var at = random.Next(bytes.Length);
        for (var i = at; i < Math.Min(bytes.Length - 1, at + 2000); i++)
        {
            if (bytes[i] is 0x30 or 0x31 or 0x04 or 0x02 or 0xa0)
            {
                bytes[i + 1] = lengths[random.Next(lengths.Length)];
                break;
            }
        }
        return bytes;
    }

    // An element of another file in the place of one of this.
    private static byte[] Splice(byte[] good, byte[] other, Random random)
    {
        var (from, length) = Element(other, random);
        var (to, replaced) = Element(good, random);
        return [.. good[..to], .. other[from..(from + length)], .. good[(to + replaced)..]];
    }

    private static byte[] Double(byte[] good, Random random)
    {
        var (from, length) = Element(good, random);
        return [.. good[..(from + length)], .. good[from..]];
    }

    private static (int Start, int Length) Element(byte[] bytes, Random random)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var at = random.Next(bytes.Length);
            if (bytes[at] is not (0x30 or 0x31 or 0x04 or 0x02 or 0x06 or 0xa0) || at + 4 >= bytes.Length)
                continue;
            var length = bytes[at + 1] switch { < 0x80 and var one => 2 + one, 0x81 => 3 + bytes[at + 2], 0x82 => 4 + (bytes[at + 2] << 8 | bytes[at + 3]), _ => 0 };
            if (length > 0 && at + length <= bytes.Length)
                return (at, length);
        }
        return (0, Math.Min(bytes.Length, 16));
    }
}
