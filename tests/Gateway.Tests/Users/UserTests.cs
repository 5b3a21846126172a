using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Users;

public sealed class UserTests : IAsyncLifetime
{
    private TestState _a = null!;

    public async Task InitializeAsync() => _a = await TestState.Running("XA");

    public async Task DisposeAsync() => await _a.DisposeAsync();

    [Fact]
    public async Task Only_an_administrator_adds_lists_and_revokes()
    {
        var lawyer = await _a.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var client = _a.Client(lawyer);
        await Refused.By(async () => await client.AddUserAsync(Request(_a.Person("friend"))), "T802");
        await Refused.By(async () => await client.ListUsersAsync(new ListUsersRequest()), "T802");
        await Refused.By(async () => await client.RevokeUserAsync(new RevokeUserRequest { Name = "administrator" }), "T802");
    }

    [Theory]
    [InlineData("Lawyer", "AUDITOR", "XA-CA", "name")]
    [InlineData("lawyer", "KING", "XA-CA", "roles")]
    [InlineData("lawyer", "SYSTEM", "XA-CA", "roles")]
    [InlineData("lawyer", "AUDITOR", "XB-CA", "authority")]
    public async Task Says_which_argument_is_wrong(string name, string role, string authority, string path)
    {
        var request = Request(_a.Person("x"));
        (request.Name, request.Authority) = (name, authority);
        request.Roles.Clear();
        request.Roles.Add(role);
        Assert.Equal(path, (await Refused.By(() => Add(request), "T806")).Path);
    }

    [Fact]
    public async Task Refuses_certificates_of_other_certification_authorities()
    {
        var stranger = new TestPki("XA");
        var client = Request(_a.Person("x"));
        client.ClientCertificate = ByteString.CopyFrom(stranger.Issue("x", TestPki.Sign).X509.RawData);
        Assert.Equal("clientCertificate", (await Refused.By(() => Add(client), "T806")).Path);
        var signing = Request(_a.Person("x"));
        signing.SigningCertificate = ByteString.CopyFrom(stranger.Issue("x", TestPki.Sign).X509.RawData);
        Assert.Equal("signingCertificate", (await Refused.By(() => Add(signing), "T806")).Path);
    }

    [Fact]
    public async Task Gives_a_name_and_a_certificate_once_for_ever()
    {
        var person = _a.Person("lawyer");
        await Add(Request(person));
        await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "lawyer" });
        await Refused.By(() => Add(Request(_a.Person("lawyer"))), "T805");
        var renamed = Request(person);
        renamed.Name = "advocate";
        await Refused.By(() => Add(renamed), "T805");
        await Refused.By(async () => await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "lawyer" }), "T805");
        await Refused.By(async () => await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "nobody" }), "T804");
    }

    [Fact]
    public async Task Keeps_the_last_administrator()
    {
        await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "deputy-administrator" });
        await Refused.By(async () => await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "administrator" }), "T805");
    }

    [Fact]
    public async Task Records_who_added_and_revoked_whom()
    {
        await _a.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await _a.Client(_a.Deputy).RevokeUserAsync(new RevokeUserRequest { Name = "lawyer" });
        var records = _a.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act LIKE 'user.%' ORDER BY idx DESC LIMIT 2", r => System.Text.Encoding.UTF8.GetString(r.Bytes(0))));
        Assert.Contains("\"act\":\"user.revoked\",\"by\":\"deputy-administrator\",\"subject\":\"lawyer\"", records[0], StringComparison.Ordinal);
        Assert.Contains("\"act\":\"user.added\",\"by\":\"administrator\",\"subject\":\"lawyer\"", records[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_system_account_acts_for_a_person_of_its_authority_and_a_person_for_nobody()
    {
        await _a.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await _a.AddUser("officer", "XA-PO", "COMPETENT_AUTHORITY");
        var request = Request(_a.Person("case-system"));
        request.SystemAccount = true;
        await Add(request);
        var users = _a.Get<UserDirectory>();
        var system = users.ByName("case-system")!;

        Assert.Equal("lawyer", users.PersonOf(system, "lawyer").Value.Name);
        Assert.Equal(RefusalCode.ArgumentNotValid, users.PersonOf(system, "").Refusal!.Code);
        Assert.Equal(RefusalCode.UserUnknown, users.PersonOf(system, "nobody").Refusal!.Code);
        Assert.Equal(RefusalCode.UserUnknown, users.PersonOf(system, "case-system").Refusal!.Code);
        Assert.Equal(RefusalCode.RoleMissing, users.PersonOf(system, "officer").Refusal!.Code);
        Assert.Equal(RefusalCode.RoleMissing, users.PersonOf(users.ByName("lawyer")!, "officer").Refusal!.Code);
        Assert.Equal("lawyer", users.PersonOf(users.ByName("lawyer")!, "").Value.Name);

        await _a.Client(_a.Administrator).RevokeUserAsync(new RevokeUserRequest { Name = "lawyer" });
        Assert.Equal(RefusalCode.UserUnknown, users.PersonOf(system, "lawyer").Refusal!.Code);
    }

    [Fact]
    public async Task A_system_account_is_never_an_administrator()
    {
        var request = Request(_a.Person("case-system"));
        request.SystemAccount = true;
        request.Roles.Add("ADMINISTRATOR");
        Assert.Equal("roles", (await Refused.By(() => Add(request), "T806")).Path);
    }

    [Fact]
    public async Task An_idempotency_key_stands_for_one_request()
    {
        var database = _a.Get<Database>();
        var (request, other) = (Digest.Of("request"u8), Digest.Of("other"u8));
        Assert.Null(database.Read(s => IdempotencyKeys.Find(s, "lawyer", "k1", request)).Value);
        await database.Write(Lane.Ordinary, s => IdempotencyKeys.Keep(s, "lawyer", "k1", request, [1, 2, 3], _a.Clock.GetUtcNow()));
        Assert.Equal([1, 2, 3], database.Read(s => IdempotencyKeys.Find(s, "lawyer", "k1", request)).Value);
        Assert.Equal(RefusalCode.IdempotencyConflict, database.Read(s => IdempotencyKeys.Find(s, "lawyer", "k1", other)).Refusal!.Code);
        Assert.Null(database.Read(s => IdempotencyKeys.Find(s, "auditor", "k1", other)).Value);
        Assert.NotNull(IdempotencyKeys.Check(""));
        Assert.NotNull(IdempotencyKeys.Check(new string('k', 65)));
        Assert.Null(IdempotencyKeys.Check(new string('k', 64)));
    }

    private async Task<UserView> Add(AddUserRequest request) => await _a.Client(_a.Administrator).AddUserAsync(request);

    private static AddUserRequest Request(TestPerson person) => new()
    {
        Name = person.Name,
        Roles = { "CENTRAL_AUTHORITY_MLA" },
        Authority = "XA-CA",
        ClientCertificate = ByteString.CopyFrom(person.Client.X509.RawData),
        SigningCertificate = ByteString.CopyFrom(person.Signing.X509.RawData),
    };
}
