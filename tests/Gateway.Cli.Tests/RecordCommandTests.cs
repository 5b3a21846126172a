using System.Text.Json.Nodes;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Custody;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Records;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class RecordCommandTests : IDisposable
{
    internal const string Form = """
        exhibitNumber: XB-EX-1   # the laboratory's number
        rendering: IN_BSA_63_4
        certifier:
          name: "C. Custodian"
          relation: 'owner''s administrator'
          organisation: Example Hosting BV
          address: |
            1 Quay Street
            Birk
        sourceType: SERVER
        control: [MANAGED, OPERATED]
        statements:
        - LAWFUL_CONTROL
        - REGULAR_USE
        - WORKING_PROPERLY
        copying: copied block by block
        digests:
          - algorithm: SHA256
            value: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        time: 2026-03-01T10:00:00+01:00
        place: Birk
        expert:
          name: Эксперт Д.
          post: examiner
          organisation: lab
          digests:
            - algorithm: SHA256
              value: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          time: 2026-03-01T11:00:00+01:00
          place: Birk
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki;

    public RecordCommandTests()
    {
        _pki = new TestPki(_folder["pki"]).Marks("C. Custodian").Marks("Эксперт Д.").Marks("stranger");
        File.WriteAllText(_folder["certificate.yaml"], Form);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_certificate_is_made_from_yaml_signed_by_two_persons_and_printed()
    {
        var made = await Run("make", "custodianCertificate", "--form", _folder["certificate.yaml"], "--to", _folder["records"]);
        Assert.True(made.Exit == 0, made.Error);
        var record = Assert.Single(Directory.GetFiles(_folder["records"]));
        var stranger = await Run("sign", record, "--sign-cert", _pki.Certificate("stranger"), "--sign-key", _pki.Key("stranger"));
        Assert.Equal(1, stranger.Exit);
        Assert.Contains("T772", stranger.Error, StringComparison.Ordinal);
        var party = await Run("sign", record, "--sign-cert", _pki.Certificate("C. Custodian"), "--sign-key", _pki.Key("C. Custodian"));
        Assert.True(party.Exit == 0, party.Error);
        Assert.Equal(1, (await Run("sign", record, "--sign-cert", _pki.Certificate("C. Custodian"), "--sign-key", _pki.Key("C. Custodian"))).Exit);
        Assert.Contains("not signed by 'Эксперт Д.' (Part B)", (await Run("show", record)).Output, StringComparison.Ordinal);
        var expert = await Run("sign", record, "--sign-cert", Pkcs12("Эксперт Д.", "secret"), "--password-file", Password("secret"));
        Assert.True(expert.Exit == 0, expert.Error);
        Assert.NotEqual(0, (await Run("sign", record, "--sign-cert", Pkcs12("other", "secret"), "--password-file", Password("wrong"))).Exit);

        var shown = await Run("show", record, "--json");
        var signatures = JsonNode.Parse(shown.Output)!["signatures"]!.AsArray();
        Assert.Equal(2, signatures.Count);
        Assert.Equal("%PDF-"u8.ToArray(), File.ReadAllBytes(Path.ChangeExtension(record, ".pdf"))[..5]);
        // The bytes are those that were signed; one more space and both signatures are over something else.
        File.WriteAllBytes(record, RecordDocument.Read(File.ReadAllBytes(record)).Succeeded ? [.. Changed(File.ReadAllBytes(record))] : []);
        Assert.Equal(1, (await Run("show", record)).Exit);
    }

    [Fact]
    public async Task Where_nothing_can_be_printed_nothing_is_signed_unless_no_print_is_asked_for()
    {
        Assert.Equal(0, (await Run("make", "custodianCertificate", "--form", _folder["certificate.yaml"], "--to", _folder["records"])).Exit);
        var record = Assert.Single(Directory.GetFiles(_folder["records"]));
        string[] sign = ["evidence", "record", "sign", record, "--sign-cert", _pki.Certificate("C. Custodian"), "--sign-key", _pki.Key("C. Custodian")];
        var noFonts = ("GATEWAYCTL_FONTS", Directory.CreateDirectory(_folder["no-fonts"]).FullName);
        var said = await GatewayCtl.RunWithAsync(_folder["contexts.json"], noFonts, sign);
        Assert.Equal(3, said.Exit);
        Assert.Contains("--no-pdf", said.Error, StringComparison.Ordinal);
        Assert.Equal([record], Directory.GetFiles(_folder["records"]));
        said = await GatewayCtl.RunWithAsync(_folder["contexts.json"], noFonts, [.. sign, "--no-pdf"]);
        Assert.True(said.Exit == 0, said.Error);
        Assert.DoesNotContain(Directory.GetFiles(_folder["records"]), file => file.EndsWith(".pdf", StringComparison.Ordinal));
        Assert.Contains("signed by CN=C. Custodian", (await Run("show", record)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_at_once()
    {
        File.WriteAllText(_folder["certificate.yaml"], "rendering: IN_BSA_63_4\nsourceType: TABLET\ndigests:\n  - algorithm: MD5\n    value: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
        var made = await Run("make", "custodianCertificate", "--form", _folder["certificate.yaml"], "--to", _folder["records"]);
        Assert.Equal(1, made.Exit);
        foreach (var text in (string[])["V001 exhibitNumber", "T110 sourceType", "V034 digests", "V001 expert", "V001 certifier"])
            Assert.Contains(text, made.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(_folder["records"]) ? Directory.GetFiles(_folder["records"]) : []);
    }

    [Theory]
    [InlineData("a: &x 1", "line 1")]
    [InlineData("a: *x", "line 1")]
    [InlineData("a: {b: 1}", "line 1")]
    [InlineData("a: !!str x", "line 1")]
    [InlineData("a: 1\na: 2", "line 2")]
    [InlineData("a:\n\tb: 1", "line 2")]
    [InlineData("a: 1\n   b: 2", "line 2")]
    [InlineData("a: \"x", "line 1")]
    [InlineData("a: x: y", "line 1")]
    [InlineData("a: [b", "line 1")]
    [InlineData("a: >\n  x", "line 1")]
    [InlineData("just text", "line 1")]
    [InlineData("- a\n- b", "mapping")]
    [InlineData("a: 1\n---\nb: 2", "line 2")]
    public void What_is_not_of_the_yaml_subset_is_refused_with_its_line(string yaml, string says)
        => Assert.Contains(says, Assert.Throws<FormatException>(() => YamlFile.Read(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_yaml_subset_reads_what_forms_need()
    {
        var read = YamlFile.Read("---\n# a form\na: 12\nb: 'it''s'\nc: \"x\\n\\u0041 # no comment\" # comment\nd:\n  - e: 1\n    f: [x, y]\n  -\n    e: 2\n  - plain\ng: |\n  one\n   two # kept\n\n  three\nh:\ni: http://x/y#z\nj: ~\n");
        Assert.Equal("""{"a":"12","b":"it's","c":"x\nA # no comment","d":[{"e":"1","f":["x","y"]},{"e":"2"},"plain"],"g":"one\n two # kept\n\nthree","h":null,"i":"http://x/y#z","j":null}""",
            read.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void Members_on_the_command_line_go_where_the_table_has_them()
    {
        var form = new JsonObject();
        GivenMembers.Add(form, RecordForms.CopyingRecord.Fields, ["place=Birk=x", "participants.0.name=A", "participants.0.role=OWNER", "participants.1.name=B", "objects=one", "objects=two", "rightsExplained=yes", "localRule.witnesses=2"]);
        Assert.Equal("""{"place":"Birk=x","participants":[{"name":"A","role":"OWNER"},{"name":"B"}],"objects":["one","two"],"rightsExplained":true,"localRule":{"witnesses":2}}""", form.ToJsonString());
        foreach (var wrong in (string[])["place", "participants=A", "participants.3.name=A", "author=me"])
            Assert.Throws<StopException>(() => GivenMembers.Add(new JsonObject(), RecordForms.CopyingRecord.Fields, [wrong]));
    }

    [Fact]
    public void What_a_laboratory_answered_is_shown_and_confirmed()
    {
        var (first, second) = (new JsonObject(), new JsonObject());
        Gateway.Protocol.Requests.Field[] fields = [.. ManifestFields.All.Where(f => f.Name is "exhibitNumber" or "sourceType" or "examiner" or "acquiredPlace")];
        new IntakeQuestions(new StringReader("E-1\nTABLET\nSERVER\nBirk\nA\nexaminer\nlab\nISO 17025 T-88\n"), TextWriter.Null).Ask(first, fields, []);
        Assert.Equal("""{"exhibitNumber":"E-1","sourceType":"SERVER","acquiredPlace":"Birk","examiner":{"name":"A","post":"examiner","organisation":"lab","accreditation":"ISO 17025 T-88"}}""", first.ToJsonString());
        // Place and examiner are offered member by member; an empty line takes each, and "-" leaves out what may be absent.
        new IntakeQuestions(new StringReader("E-2\nDVR\n\n\nchief examiner\n\n-\n"), TextWriter.Null).Ask(second, fields, first);
        Assert.Equal("""{"exhibitNumber":"E-2","sourceType":"DVR","acquiredPlace":"Birk","examiner":{"name":"A","post":"chief examiner","organisation":"lab"}}""", second.ToJsonString());
        Assert.Throws<StopException>(() => new IntakeQuestions(new StringReader(""), TextWriter.Null).Ask([], fields, []));
    }

    [Fact]
    public void What_may_be_left_out_is_asked_for_and_an_empty_answer_leaves_it_out()
    {
        Gateway.Protocol.Requests.Field[] fields = [.. ManifestFields.All.Where(f => f.Name is "tools" or "lawfulBasis" or "handling")];
        var (without, with) = (new JsonObject(), new JsonObject());
        new IntakeQuestions(new StringReader("Imager\nExample\n4.2\nimaging\n\nCode\nart. 166\n\n\n\n"), TextWriter.Null).Ask(without, fields, []);
        Assert.Equal("""{"tools":[{"name":"Imager","vendor":"Example","version":"4.2","purpose":"imaging"}],"lawfulBasis":{"instrument":"Code","provision":"art. 166"}}""", without.ToJsonString());
        new IntakeQuestions(new StringReader("Imager\nExample\n4.2\nimaging\nVAL-3\nCode\nart. 166\n12/2026\nwarrant\nyes\nXB\nCRIMINAL_PROCEEDINGS\ntrial\nCONTENT\nNO_ONWARD_TRANSFER\nUNTIL_CASE_CLOSED\n"), TextWriter.Null).Ask(with, fields, []);
        Assert.Equal("VAL-3 12/2026 warrant UNTIL_CASE_CLOSED", $"{with["tools"]![0]!["validation"]} {with["lawfulBasis"]!["authorisation"]} {with["lawfulBasis"]!["authorisationType"]} {with["handling"]!["retention"]}");
    }

    [Fact]
    public void A_form_in_yaml_gets_its_numbers_and_flags_from_the_table()
    {
        File.WriteAllText(_folder["intake.yml"], "serial: 0123\nwriteBlocker:\n  used: yes\nsource:\n  clockOffsetSeconds: -3\n  sealNumber: 0042\n");
        var form = FieldsFile.Read(_folder["intake.yml"], ManifestFields.All);
        Assert.Equal("""{"serial":"0123","writeBlocker":{"used":true},"source":{"clockOffsetSeconds":-3,"sealNumber":"0042"}}""", form.ToJsonString());
    }

    private static byte[] Changed(byte[] record) => System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(record).Replace("block by block", "file by file", StringComparison.Ordinal));

    private string Pkcs12(string name, string password)
    {
        if (!File.Exists(_pki.Certificate(name)))
            _pki.Marks(name);
        using var certificate = X509Certificate2.CreateFromPemFile(_pki.Certificate(name), _pki.Key(name));
        var path = _folder[$"{name}.p12"];
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, password));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private string Password(string password)
    {
        var path = _folder[$"{password}.txt"];
        File.WriteAllText(path, password + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private Task<Said> Run(params string[] arguments) => GatewayCtl.RunAsync(_folder["config/contexts.json"], ["evidence", "record", .. arguments]);
}
