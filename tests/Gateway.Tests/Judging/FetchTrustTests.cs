using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Gateway.Judging;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Recognition.TrustLists;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Judging;

/// <summary>Revocation lists, responders and lists as a gateway fetches them, over real HTTP.</summary>
public sealed class FetchTrustTests : IAsyncLifetime
{
    private readonly TrustServer _server = TrustServer.Start();
    private readonly TestPki _pki = new("XB");
    private TestState _state = null!;
    private TestPerson _lawyer = null!;

    public async Task InitializeAsync()
    {
        _state = await TestState.Running("XA", configure: json => json["Judging"] = new JsonObject
        {
            ["FetchSeconds"] = 2,
            ["Sources"] = new JsonArray(
                new JsonObject { ["State"] = "XB", ["Kind"] = "CRL", ["Url"] = _server.Url + "/crl" },
                new JsonObject { ["State"] = "XB", ["Kind"] = "OCSP", ["Url"] = _server.Url + "/ocsp" }),
        });
        _lawyer = await _state.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await Eventually.Holds(() => _state.Get<Gateway.Receipts.LedgerGate>().Shut is null);
    }

    public async Task DisposeAsync()
    {
        await _state.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_revocation_list_is_taken_from_a_listed_authority_only_and_never_an_older_one()
    {
        _server.Files["/crl"] = _ => Revocation(7);
        await Round();
        Assert.Contains("T225", Alarm(), StringComparison.Ordinal);
        Assert.Contains("trusted list", Alarm(), StringComparison.Ordinal);
        Assert.Empty(Lists());

        await TakeList();
        await Round();
        Assert.Equal("", Alarm());
        Assert.Equal(7, Number(Assert.Single(Lists())));

        _server.Files["/crl"] = _ => Revocation(6);
        await Round();
        Assert.Contains("T226", Alarm(), StringComparison.Ordinal);
        Assert.Equal(7, Number(Assert.Single(Lists())));

        _server.Files["/crl"] = _ => Spoilt(Revocation(9));
        await Round();
        Assert.Contains("T225", Alarm(), StringComparison.Ordinal);
        _server.Files["/crl"] = _ => "<html>"u8.ToArray();
        await Round();
        Assert.Contains("T225", Alarm(), StringComparison.Ordinal);
        Assert.Equal(7, Number(Assert.Single(Lists())));

        _server.Files["/crl"] = _ => Revocation(8);
        await Round();
        Assert.Equal(8, Number(Assert.Single(Lists())));
        Assert.Equal("", Alarm());
        await _state.Stop();
        await _state.Start();
        Assert.Equal(8, Number(Assert.Single(Lists())));
    }

    [Fact]
    public async Task A_list_that_comes_drop_by_drop_is_given_up()
    {
        using var http = new TrustHttp(new JudgingOptions { FetchSeconds = 1 }, TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.Get(_server.Url + TrustServer.Drip, CancellationToken.None));
        // Not only forgotten: the connection is closed, whatever still drips.
        await _server.WentAway.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_given_up()
    {
        _server.Files["/large"] = _ => new byte[(1 << 20) + 1];
        using var http = new TrustHttp(new JudgingOptions { MaxFetchMiB = 1 }, TimeProvider.System);
        await Assert.ThrowsAsync<InvalidDataException>(() => http.Get(_server.Url + "/large", CancellationToken.None));
    }

    [Fact]
    public async Task A_responder_is_asked_by_POST_and_only_an_answer_that_fits_is_kept()
    {
        var person = _pki.Issue("Officer", TestPki.Sign);
        var status = _state.Get<TakeStatus>();
        var question = Gateway.Recognition.Revocation.OcspQuestion.About(person.X509.RawData, _pki.Root.X509.RawData, new byte[16])!;
        Assert.Null(await status.Answer(Answer(person, 2), "XB", question.Certificate, _state.Clock.GetUtcNow()));
        Assert.Single(_state.Get<TrustStore>().Of("XB").Material.OcspAnswers);
        Assert.NotNull(await status.Answer(Answer(person, 3), "XB", question.Certificate, _state.Clock.GetUtcNow().AddHours(-1)));

        _server.Files["/ocsp"] = _ => Answer(person, 1);
        using var http = new TrustHttp(new JudgingOptions { FetchSeconds = 20 }, TimeProvider.System);
        var answer = await http.Post(_server.Url + "/ocsp", question.Write(), "application/ocsp-request", 1 << 18, CancellationToken.None);
        Assert.True(question.Check(answer, _state.Clock.GetUtcNow(), Gateway.Recognition.Policy.ValidationPolicy.Default).Succeeded);
        Assert.Contains("POST /ocsp Content-Type: application/ocsp-request", _server.Asked);
        await Assert.ThrowsAsync<InvalidDataException>(() => http.Post(_server.Url + "/ocsp", question.Write(), "application/ocsp-request", 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_list_without_anchors_or_past_its_date_turns_readiness_red_and_says_what_to_do()
    {
        Assert.Equal(HttpStatusCode.OK, (await Health()).Status);
        var key = await TakeList();
        Assert.Equal(HttpStatusCode.OK, (await Health()).Status);

        _state.Clock.Offset = TimeSpan.FromDays(31);
        var (status, text) = await Health();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("gatewayctl trust import", text, StringComparison.Ordinal);
        Assert.Contains("XB", text, StringComparison.Ordinal);
        _state.Clock.Offset = default;
        Assert.Equal(HttpStatusCode.OK, (await Health()).Status);

        await Client(_lawyer).ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(List(key, 2, "WITHDRAWN")), State = "XB" });
        (status, text) = await Health();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("names no service that is granted now", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_between_is_taken_when_a_listed_authority_issued_it()
    {
        var between = Between();
        Assert.Contains("T228", (await Assert.ThrowsAsync<RpcException>(() => Import(between))).Status.Detail, StringComparison.Ordinal);
        await TakeList();
        Assert.Equal("CERTIFICATE", (await Import(between)).Kind);
        Assert.Contains("T228", (await Assert.ThrowsAsync<RpcException>(() => Import(_pki.Issue("Person", TestPki.Sign).X509.RawData))).Status.Detail, StringComparison.Ordinal);
        Assert.Single(_state.Get<TrustStore>().Of("XB").Material.Certificates);
    }

    [Fact]
    public async Task A_revocation_list_that_a_person_brings_stands_the_same_tests()
    {
        Assert.Contains("T225", (await Assert.ThrowsAsync<RpcException>(() => Import(Revocation(7)))).Status.Detail, StringComparison.Ordinal);
        await TakeList();
        var view = await Import(System.Text.Encoding.ASCII.GetBytes(System.Security.Cryptography.PemEncoding.WriteString("X509 CRL", Revocation(7))));
        Assert.Equal(("CRL", "lawyer", "IN_USE"), (view.Kind, view.TakenBy, view.Status));
        Assert.Equal(7, Number(Assert.Single(Lists())));
        Assert.Contains("T226", (await Assert.ThrowsAsync<RpcException>(() => Import(Revocation(6)))).Status.Detail, StringComparison.Ordinal);
        Assert.Contains("T225", (await Assert.ThrowsAsync<RpcException>(() => Import(Spoilt(Revocation(8))))).Status.Detail, StringComparison.Ordinal);
        Assert.Equal(7, Number(Assert.Single(Lists())));
    }

    [Theory]
    // It states a time at which it could not be made.
    [InlineData(-24, "V026")]
    // It states an earlier one, which nothing proves: an officer decides.
    [InlineData(+1, "V027")]
    public async Task A_person_whose_certificate_was_revoked_is_noticed_though_the_card_names_who_certified_the_person(int hours, string code)
    {
        await using var other = await TestState.Running("XC", _state.Clock);
        var files = _state.Get<JudgeFiles>();
        var officer = other.Pki.Issue("Officer", TestPki.Sign);
        using var signer = officer.Signer();
        var now = _state.Clock.GetUtcNow();
        var signed = SignedDocument.Open(SignedDocument.Sign("{}\n"u8, signer, now)).Value;
        Assert.Null(JudgeMarks.Signature(signed, other.Card, files, new Occasion("PRESERVE_DATA", now)).Refusal);

        var builder = new CertificateRevocationListBuilder();
        var later = now.AddHours(2);
        builder.AddEntry(officer.X509, now.AddHours(hours), X509RevocationReason.KeyCompromise);
        var revocation = builder.Build(other.Pki.Root.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(other.Pki.Root.Key), 1, now.AddDays(1), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(other.Pki.Root.X509, true, false), later);
        await _state.Get<Database>().Write(Lane.Bulk, s => new TrustRow(Digest.Of(revocation), "XC", TrustKind.CRL, "test", 1, null, TrustStatus.IN_USE, "gateway", null, now, revocation).Store(s));
        _state.Get<TrustStore>().Reload();
        var occasion = new Occasion("PRESERVE_DATA", later);
        var verdict = JudgeMarks.Signature(signed, other.Card, files, occasion);
        Assert.Equal(code, verdict.Verdict);
        Assert.Equal(code == "V027", verdict.IsUndetermined);
        Assert.Contains(code == "V026" ? $"was revoked at {now.AddHours(hours):yyyy-MM-dd}" : "REVOKED_NO_POE", Assert.Single(occasion.Judged).Refusal!.Detail, StringComparison.Ordinal);
    }

    private Operator.OperatorClient Client(TestPerson person) => _state.Client(person);

    private async Task<TrustView> Import(byte[] content) => await Client(_lawyer).ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(content), State = "XB" });

    private Task Round() => _state.Get<FetchTrust>().Round(CancellationToken.None);

    private string Alarm() => string.Join('\n', _state.Get<Alarms>().All.Where(a => a.Code == AlarmCode.TRUST_LIST_REFUSED).Select(a => a.Text));

    private IReadOnlyList<ReadOnlyMemory<byte>> Lists() => _state.Get<TrustStore>().Of("XB").Material.RevocationLists;

    private static int Number(ReadOnlyMemory<byte> list) => (int)Gateway.Recognition.Revocation.FetchedList.Taken(list)!.Number!.Value;

    private async Task<(HttpStatusCode Status, string Text)> Health()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{_state.HealthPort}/health/ready"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<TestIdentity> TakeList()
    {
        var key = _pki.SelfSigned("List of XB", TestPki.Sign, isAuthority: false);
        var view = await Client(_lawyer).ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(List(key, 1)), State = "XB" });
        await Client(_state.Administrator).ApproveTrustAsync(new ApproveTrustRequest { State = "XB", Fingerprint = view.Fingerprint });
        return key;
    }

    private byte[] List(TestIdentity key, long sequence, string status = ServiceWords.Granted)
    {
        var now = _state.Clock.GetUtcNow();
        var service = new TrustedService("XB", "Ministry", "Signatures", [_issuer.RawData, _pki.Root.X509.RawData], [new ServicePeriod(now.AddYears(-1), "CA", status, [MarkUse.SIGNATURE], [])], null, []);
        using var signer = key.Signer();
        return SignedDocument.Sign(new StateList("XB", sequence, now, now.AddDays(30), [service]).Write(), signer, now);
    }

    // An authority of its own, which a trusted list names.
    private readonly ECDsa _issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _issuer;

    public FetchTrustTests()
    {
        var request = new CertificateRequest("CN=Lists of XB", _issuerKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _issuer = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddYears(5));
    }

    private byte[] Revocation(int number) => new CertificateRevocationListBuilder().Build(
        _issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_issuerKey), number, _state.Clock.GetUtcNow().AddDays(1), HashAlgorithmName.SHA256,
        X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuer, true, false), _state.Clock.GetUtcNow().AddHours(-1));

    private byte[] Between()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var made = request.Create(_issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_issuerKey), _state.Clock.GetUtcNow().AddDays(-1), _state.Clock.GetUtcNow().AddYears(1), [1, 2, 3]);
        return made.RawData;
    }

    private static byte[] Spoilt(byte[] list)
    {
        list[^1] ^= 1;
        return list;
    }

    // Signed by the root itself; the hours say when the status was known.
    private byte[] Answer(TestIdentity person, int hours) => OcspAnswers.Good(_pki.Root, person, _state.Clock.GetUtcNow().AddHours(-hours));
}
