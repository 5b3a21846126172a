using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>What all calls of a process share: key handles and the certificates already read.</summary>
public sealed class SharedUseTests
{
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Many_threads_share_one_signer_and_one_decryptor()
    {
        using var signer = TestIdentity.P256.Signer();
        using var decryptor = TestIdentity.P256.Decryptor();
        var failures = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var content = RandomNumberGenerator.GetBytes(1 + i);
            var opened = Envelope.Open(Envelope.Encrypt(SignedDocument.Sign(content, signer, Time), TestIdentity.P256.Certificate), decryptor)
                .Then(sealedCover => SignedDocument.Open(sealedCover));
            if (!opened.Succeeded || !opened.Value.Content.Span.SequenceEqual(content))
                Interlocked.Increment(ref failures);
        });

        Assert.Equal(0, failures);
    }

    [Fact]
    public void Certificates_of_strangers_do_not_pile_up()
    {
        var der = TestIdentity.P256.Certificate.Der.ToArray();
        // The serial number is not checked by reading, so each of these is another certificate.
        var serial = der.AsSpan().IndexOf(TestIdentity.P256.Certificate.Serial.Span);
        for (var i = 0; i < 3 * CertificateCache.GenerationSize; i++)
        {
            (der[serial + 3], der[serial + 4]) = ((byte)(i >> 8), (byte)i);
            Assert.True(CertificateCache.Read(der).Succeeded);
        }

        Assert.InRange(CertificateCache.Count, CertificateCache.GenerationSize, 2 * CertificateCache.GenerationSize + 64);
    }

    [Fact]
    public void A_certificate_is_read_once_and_found_again()
    {
        var der = TestIdentity.Other.Certificate.Der.ToArray();

        Assert.Same(CertificateCache.Read(der).Value, CertificateCache.Read(der).Value);
    }
}
