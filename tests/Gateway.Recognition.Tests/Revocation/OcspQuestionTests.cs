using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;
using Gateway.Recognition.Tests.Algorithms;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Recognition.Tests.Revocation;

/// <summary>What is asked of a responder, and which answers are taken.</summary>
public class OcspQuestionTests
{
    private static readonly byte[] s_nonce = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    private static readonly DateTimeOffset s_now = TestAuthority.At;

    private readonly TestAuthority _authority = TestAuthority.Root();
    private readonly TestKey _signer;
    private readonly OcspQuestion _question;

    public OcspQuestionTests()
    {
        _signer = _authority.Signer();
        _question = OcspQuestion.About(_signer.Der, _authority.Self.Der, s_nonce)!;
    }

    [Fact]
    public void Openssl_reads_the_question()
    {
        using var openssl = new OpenSslCommand();
        openssl.Write("q.der", _question.Write());
        var text = openssl.Run("ocsp", "-reqin", "q.der", "-req_text", "-noverify");
        Assert.Contains(_signer.Certificate.SerialNumber, text, StringComparison.Ordinal);
        Assert.Contains("OCSP Nonce", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Openssl_answers_it_and_the_answer_is_taken()
    {
        using var openssl = new OpenSslCommand();
        openssl.Write("q.der", _question.Write());
        openssl.Write("ca.pem", System.Text.Encoding.ASCII.GetBytes(_authority.Self.Certificate.ExportCertificatePem()));
        openssl.Write("ca.key", System.Text.Encoding.ASCII.GetBytes(_authority.Self.Key.ExportPkcs8PrivateKeyPem()));
        openssl.Write("index.txt", System.Text.Encoding.ASCII.GetBytes($"V\t{s_now.AddYears(2):yyMMddHHmmss}Z\t\t{_signer.Certificate.SerialNumber}\tunknown\t/CN=x\n"));
        openssl.Run("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-reqin", "q.der", "-respout", "a.der", "-ndays", "1");
        var answer = openssl.Read("a.der");
        // The openssl of today answers with the time of today.
        var today = TimeProvider.System.GetUtcNow();
        Assert.True(_question.Check(answer, today, ValidationPolicy.Default).Succeeded);
        var other = OcspQuestion.About(_signer.Der, _authority.Self.Der, new byte[16])!;
        Refused("another question", other.Check(answer, today, ValidationPolicy.Default));
    }

    [Fact]
    public void An_answer_of_the_issuer_or_of_whom_it_appointed_is_taken_good_or_bad()
    {
        foreach (var answer in (byte[][])[_authority.Answer(_signer), _authority.Answer(_signer, _authority.Responder()), _authority.Answer(_signer, status: 1)])
            Assert.Equal(s_now.AddHours(-1), Check(answer).Value);
    }

    [Fact]
    public void Answers_of_others_about_others_or_of_another_time_are_refused()
    {
        var stranger = TestAuthority.Root();
        foreach (var answer in (byte[][])
        [
            [], "no"u8.ToArray(), [0x30, 0x03, 0x0a, 0x01, 0x06],
            stranger.Answer(_signer, issuer: _authority),
            stranger.Answer(_signer, stranger.Responder(), issuer: _authority),
            _authority.Answer(_signer, _authority.Responder(purpose: CertificateExtensions.TimeStamping)),
            _authority.Answer(_signer, _authority.Signer(name: "CN=Test Responder")),
            _authority.Answer(_authority.Signer()),
            _authority.Answer(_signer, status: 2),
            _authority.Answer(_signer, thisUpdate: s_now.AddDays(-3), nextUpdate: s_now.AddDays(-2)),
            _authority.Answer(_signer, thisUpdate: s_now.AddHours(1), nextUpdate: s_now.AddDays(2)),
            Spoilt(_authority.Answer(_signer)),
        ])
        {
            Assert.Equal(RefusalCode.OcspAnswerNotValid, Check(answer).Refusal?.Code);
        }
    }

    [Fact]
    public void Nothing_is_asked_about_a_certificate_of_another_issuer()
    {
        Assert.Null(OcspQuestion.About(_signer.Der, TestAuthority.Root("CN=Other").Self.Der, s_nonce));
        Assert.Null(OcspQuestion.About("no"u8.ToArray(), _authority.Self.Der, s_nonce));
        Assert.Equal(Digest.Of(_signer.Der).ToString(), _question.Certificate);
    }

    private Outcome<DateTimeOffset> Check(byte[] answer) => _question.Check(answer, s_now, ValidationPolicy.Default);

    private static void Refused(string why, Outcome<DateTimeOffset> outcome) => Assert.Contains(why, outcome.Refusal?.Detail ?? "taken", StringComparison.Ordinal);

    private static byte[] Spoilt(byte[] answer)
    {
        answer[^1] ^= 1;
        return answer;
    }
}
