using System.Buffers.Binary;
using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>Documents made to cost: each is answered; the output says what it took.</summary>
public class BoundedWorkTests(ITestOutputHelper output)
{
    private readonly Bench _bench = new();

    [Fact]
    public void Sixty_four_signers_with_sixteen_time_stamps_each()
    {
        var maker = _bench.Maker();
        maker.Unsigned = signature => Enumerable.Range(0, 16).Select(i => (CmsOids.SignatureTimeStamp, CmsMaker.Token(signature, Bench.At.AddDays(-i - 1), _bench.Stamper)));
        var infos = Enumerable.Range(0, 64).Select(_ => maker.SignerInfo(Bench.Content, _bench.Signer, isCounter: false)).ToList();

        var verdict = Measure(_bench.Maker().Wrap(Bench.Content, infos, [_bench.Signer]));

        // The budget ends somewhere in the thousand checks: what was not checked is not known.
        Assert.Equal(Indication.Indeterminate, verdict.Indication);
        Assert.Equal(64, verdict.Signatures.Count);
        Assert.Contains(verdict.Signatures.SelectMany(s => s.Findings), f => f.Key == FindingKey.WorkLimitReached && f.Detail.StartsWith("limit MaxWork", StringComparison.Ordinal));
        Assert.InRange(verdict.Signatures.Sum(s => s.TimeStamps.Count), 1, 400);
    }

    [Fact]
    public void A_container_with_hundreds_of_signature_files_shares_one_budget()
    {
        var maker = _bench.Stamped(Bench.At.AddDays(-1));
        maker.Detached = true;
        var cms = maker.Sign(Bench.Content, _bench.Signer);
        using var bytes = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, byte[] content)
            {
                using var entry = zip.CreateEntry(name, System.IO.Compression.CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
            Add("mimetype", "application/vnd.etsi.asic-e+zip"u8.ToArray());
            Add("letter.txt", Bench.Content);
            for (var i = 0; i < 400; i++)
            {
                Add($"META-INF/ASiCManifest{i}.xml", System.Text.Encoding.UTF8.GetBytes($"""<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="META-INF/signature{i}.p7s" MimeType="application/x-pkcs7-signature"/><asic:DataObjectReference URI="letter.txt"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{Convert.ToBase64String(SHA256.HashData(Bench.Content))}</ds:DigestValue></asic:DataObjectReference></asic:ASiCManifest>"""));
                Add($"META-INF/signature{i}.p7s", cms);
            }
        }
        var verdict = Gateway.Recognition.Containers.RecogniseFile.Of(_bench.Input(bytes.ToArray()));
        Assert.NotEqual(Indication.Passed, verdict.Indication);
        Assert.Contains(verdict.Findings, f => f.Key == FindingKey.WorkLimitReached);
        Assert.InRange(verdict.Signatures.Count, 1, 399);
    }

    [Fact]
    public void A_hundred_issuers_of_one_name()
    {
        var maker = new CmsMaker();
        var authorities = Enumerable.Range(0, 100).Select(_ => TestAuthority.Root("CN=Same")).ToList();
        maker.Certificates.AddRange(authorities.Select(a => a.Self.Der));
        _bench.Signer = authorities[^1].Signer();

        Assert.Equal(Indication.Indeterminate, Measure(_bench.Signed(maker)).Indication);
    }

    [Fact]
    public void A_list_with_half_a_million_entries()
    {
        // Written by hand: an AsnWriter takes a minute for so many.
        const int Count = 500_000;
        var entry = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteInteger(0x10000000);
                w.WriteUtcTime(Bench.At.AddDays(-30));
            }
        });
        var entries = new byte[5 + Count * entry.Length];
        (entries[0], entries[1]) = (0x30, 0x83);
        BinaryPrimitives.WriteInt32BigEndian(entries.AsSpan(1), Count * entry.Length);
        entries[1] = 0x83;
        for (var i = 0; i < Count; i++)
        {
            var place = entries.AsSpan(5 + i * entry.Length);
            entry.CopyTo(place);
            BinaryPrimitives.WriteInt32BigEndian(place[4..], 0x10000000 + i);
        }

        var toBeSigned = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteInteger(1);
                using (w.PushSequence())
                    w.WriteObjectIdentifier("1.2.840.10045.4.3.2");
                w.WriteEncodedValue(_bench.Issuer.Self.Certificate.SubjectName.RawData);
                w.WriteUtcTime(Bench.At.AddHours(-1));
                w.WriteUtcTime(Bench.At.AddDays(1));
                w.WriteEncodedValue(entries);
            }
        });
        _bench.Lists[1] = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(toBeSigned);
                using (w.PushSequence())
                    w.WriteObjectIdentifier("1.2.840.10045.4.3.2");
                w.WriteBitString(_bench.Issuer.Self.Key.SignData(toBeSigned, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }
        });

        Assert.Equal(Indication.Passed, Measure(_bench.Signed()).Indication);
    }

    [Fact]
    public void A_name_with_thousands_of_parts_under_thousands_of_constraints()
    {
        var constraints = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                for (var i = 0; i < 1500; i++)
                {
                    using (w.PushSequence())
                        w.WriteCharacterString(UniversalTagNumber.IA5String, $"host{i}.example", new Asn1Tag(TagClass.ContextSpecific, 2));
                }
            }
        });
        var names = new SubjectAlternativeNameBuilder();
        for (var i = 0; i < 2500; i++)
            names.AddDnsName($"other{i}.test");
        var authority = _bench.Root.Issue("CN=Constrained", r =>
        {
            r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
            r.CertificateExtensions.Add(new X509Extension("2.5.29.30", constraints, true));
        });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Many names", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority.Certificate, true, false));
        using var made = request.Create(authority.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.Key), Bench.At.AddYears(-1), Bench.At.AddYears(1), [1, 2]);
        _bench.Signer = new(key, X509CertificateLoader.LoadCertificate(made.RawData));
        var maker = new CmsMaker();
        maker.Certificates.Add(authority.Der);

        Assert.Equal(SubIndication.CertificateChainGeneralFailure, Measure(_bench.Signed(maker)).Signatures[0].SubIndications[0]);
    }

    [Fact]
    public void A_megabyte_of_nested_and_of_flat_rubbish()
    {
        Assert.Equal(Indication.Failed, Measure([.. Enumerable.Repeat<byte[]>([0x30, 0x80], 500_000).SelectMany(b => b)]).Indication);
        Assert.Equal(Indication.Failed, Measure([0x30, 0x83, 0x0f, 0x42, 0x40, .. Enumerable.Repeat<byte[]>([5, 0], 500_000).SelectMany(b => b)]).Indication);
    }

    private Verdict Measure(byte[] document)
    {
        var input = _bench.Input(document);
        var clock = Stopwatch.StartNew();
        var verdict = Recogniser.Recognise(input);
        output.WriteLine($"{document.Length} bytes: {clock.ElapsedMilliseconds} ms, {verdict.Indication}");
        Assert.DoesNotContain(verdict.Findings, f => f.Key == FindingKey.EngineFault);
        return verdict;
    }
}
