using System.Text;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

public sealed class DocumentTests
{
    private static readonly DateTimeOffset Time = new(2026, 3, 1, 6, 0, 0, TimeSpan.Zero);
    private static readonly EncryptedItem Item = new(5, 1, Digest.Of([1]), Digest.Of([2]), [new("SHA256", Digest.Of([3]).ToString()), new("MD5", new string('a', 32))]);

    [Theory]
    [InlineData("\"itemId\":\"00112233445566778899aabbccddeeff\"", "\"itemId\":\"0\"", "T110", "itemId")]
    [InlineData("\"case\":\"XA-0123456789abcdef0123456789abcdef\"", "\"case\":\"XA-1\"", "T110", "case")]
    [InlineData("\"exhibitNumber\":\"EX-2026-17/3\",", "", "T106", "exhibitNumber")]
    [InlineData("\"description\":\"Image of the boot disk of a file server\"", "\"description\":\"  \"", "V001", "description")]
    [InlineData("\"derivation\":\"FORENSIC_IMAGE\"", "\"derivation\":\"COPY\"", "T110", "derivation")]
    [InlineData("\"acquiredFrom\":\"2026-03-01T09:30:00+05:30\"", "\"acquiredFrom\":\"2026-03-01T09:30:00\"", "V013", "acquiredFrom")]
    [InlineData("\"acquiredFrom\":\"2026-03-01T09:30:00+05:30\"", "\"acquiredFrom\":\"2026-03-01T12:30:00+05:30\"", "V012", "acquiredTo")]
    [InlineData("\"writeBlocker\":{\"used\":true,\"model\":\"Example WB-2\",\"version\":\"1.9\"},", "", "V001", "writeBlocker")]
    [InlineData("\"tools\":[{\"name\":\"Imager\",\"vendor\":\"Example\",\"version\":\"4.2\",\"purpose\":\"imaging\"}]", "\"tools\":[]", "V001", "tools")]
    [InlineData("\"vendor\":\"Example\",", "", "T106", "tools[0].vendor")]
    [InlineData("\"mediaType\":\"application/octet-stream\"", "\"mediaType\":\"text\"", "T110", "mediaType")]
    [InlineData("\"fileName\":\"disk-1.dd\"", "\"fileName\":\"a/b\"", "T110", "fileName")]
    [InlineData("\"sizeBytes\":5", "\"sizeBytes\":-1", "T110", "sizeBytes")]
    [InlineData("\"sizeBytes\":5", "\"sizeBytes\":1048577", "T110", "chunks")]
    [InlineData("\"algorithm\":\"MD5\"", "\"algorithm\":\"CRC32\"", "T110", "digests[1].algorithm")]
    [InlineData("\"algorithm\":\"MD5\"", "\"algorithm\":\"SHA1\"", "T110", "digests[1].value")]
    [InlineData("{\"algorithm\":\"SHA256\",\"value\":\"084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5\"},", "", "V034", "digests")]
    [InlineData("\"chunkBytes\":1048576", "\"chunkBytes\":1024", "T110", "chunkBytes")]
    [InlineData("\"chunks\":1", "\"chunks\":2", "T110", "chunks")]
    [InlineData("\"chunks\":1", "\"chunks\":0", "T110", "chunks")]
    [InlineData("\"suite\":\"A256GCM-SHA256\"", "\"suite\":\"A128GCM\"", "T110", "suite")]
    [InlineData("\"relation\":\"OPERATED\"", "\"relation\":\"FOUND\"", "T110", "certificate.relation")]
    [InlineData("\"statements\":[\"LAWFUL_CONTROL\",\"WORKING_PROPERLY\"]", "\"statements\":[]", "V001", "certificate.statements")]
    [InlineData("\"sensitivity\":[\"NONE\"]", "\"sensitivity\":[]", "V001", "sensitivity")]
    [InlineData("\"sensitivity\":[\"NONE\"]", "\"sensitivity\":[\"NONE\",\"MINOR\"]", "T110", "sensitivity")]
    [InlineData("\"sensitivity\":[\"NONE\"]", "\"sensitivity\":[\"MINOR\",\"MINOR\"]", "T110", "sensitivity")]
    [InlineData("\"lawfulBasis\":{\"instrument\":\"Code of Criminal Procedure\",", "\"lawfulBasis\":{", "T106", "lawfulBasis.instrument")]
    [InlineData("\"event\":\"ATTACHED\"", "\"event\":\"SENT\"", "T110", "custody[1].event")]
    [InlineData("\"event\":\"ATTACHED\"", "\"event\":\"STORED\"", "T110", "custody")]
    [InlineData("\"time\":\"2026-03-01T13:30:00+05:30\"", "\"time\":\"2026-03-01T10:30:00+05:30\"", "V012", "custody[1].time")]
    [InlineData("\"time\":\"2026-03-01T13:30:00+05:30\"", "\"time\":\"2026-03-01T15:30:00+05:30\"", "V045", "custody[1].time")]
    [InlineData(",\"time\":\"2026-03-01T08:00:00.000Z\"}", "}", "T106", "time")]
    [InlineData("\"description\"", "\"colour\":\"red\",\"description\"", "T104", "description")]
    public void A_manifest_that_violates_one_member_is_refused_by_its_name(string good, string bad, string code, string path)
    {
        var text = Encoding.UTF8.GetString(Samples.Manifest(Item).Write());
        Assert.Contains(good, text, StringComparison.Ordinal);
        var refusal = Manifest.Read(Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal))).Refusal;
        Assert.Equal((code, path), (refusal?.Code.Text(), refusal?.Path));
    }

    private const string Handling = """
        {"controllerState":"XB","purposeCode":"CRIMINAL_PROCEEDINGS","purposeText":"trial","dataCategories":["CONTENT"],
        "conditions":[{"until":"2027-01-01","code":"NO_DISCLOSURE_TO_SUBJECT_UNTIL"}],"retainUntil":"2030-01-01","retention":"UNTIL_DATE"}
        """;

    [Fact]
    public async Task What_a_form_of_an_item_may_say_besides_comes_back_in_the_order_of_the_table()
    {
        var manifest = await Full(Handling);
        var read = Manifest.Read(manifest.Write()).Value;
        Assert.Equal(manifest.Write(), read.Write());
        Assert.Equal(("VAL-3", "ISO 17025 T-88", "warrant"), (read.Tools[0].Validation, read.Examiner.Accreditation, read.LawfulBasis.AuthorisationType));
        Assert.Equal(("CRIMINAL_PROCEEDINGS", "UNTIL_DATE 2030-01-01"), (read.Handling!.PurposeCode, read.Handling.Retention));
        Assert.Equal(["NO_DISCLOSURE_TO_SUBJECT_UNTIL"], read.Handling.Conditions);
        Assert.Equal("lawfulBasis.authorisation", Manifest.Read((manifest with { LawfulBasis = manifest.LawfulBasis with { Authorisation = null } }).Write()).Refusal?.Path);
    }

    [Theory]
    [InlineData("\"retainUntil\":\"2030-01-01\",", "", "V001", "handling.retainUntil")]
    [InlineData("\"until\":\"2027-01-01\",", "", "V001", "handling.conditions[0].until")]
    [InlineData("\"purposeText\":\"trial\",", "", "V001", "handling.purposeText")]
    [InlineData("CRIMINAL_PROCEEDINGS", "CURIOSITY", "V020", "handling.purposeCode")]
    [InlineData("2030-01-01", "some day", "T110", "handling.retainUntil")]
    public async Task The_handling_of_an_item_is_judged_as_that_of_a_request(string good, string bad, string code, string path)
    {
        var refusal = Manifest.Read((await Full(Handling.Replace(good, bad, StringComparison.Ordinal))).Write()).Refusal;
        Assert.Equal((code, path), (refusal?.Code.Text(), refusal?.Path));
    }

    [Fact]
    public void A_member_that_no_handling_has_is_refused_by_its_name()
        => Assert.Contains("handling.keep", Assert.Throws<FormatException>(() => ItemHandling.Of(Element("""{"keep":true}"""))).Message, StringComparison.Ordinal);

    private static JsonElement Element(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static async Task<Manifest> Full(string handling)
    {
        using var key = ItemKey.New();
        var (manifest, _) = await Samples.Encrypt([1, 2, 3], key);
        return manifest with
        {
            Tools = [manifest.Tools[0] with { Validation = "VAL-3" }],
            Examiner = manifest.Examiner with { Accreditation = "ISO 17025 T-88" },
            LawfulBasis = manifest.LawfulBasis with { AuthorisationType = "warrant" },
            Handling = ItemHandling.Of(Element(handling)),
        };
    }

    [Fact]
    public void Exactly_one_of_certificate_and_exemption_is_needed()
    {
        var manifest = Samples.Manifest(Item);
        Assert.Null(Manifest.Read(manifest.Write()).Refusal);
        Assert.Equal("V036", Manifest.Read((manifest with { Certificate = null }).Write()).Refusal?.Code.Text());
        var exemption = new CertificateExemption(ExemptionCode.ORIGINAL_DEVICE_PRODUCED, null);
        Assert.Equal("certificateExemption", Manifest.Read((manifest with { CertificateExemption = exemption }).Write()).Refusal?.Path);
        Assert.Null(Manifest.Read((manifest with { Certificate = null, CertificateExemption = exemption }).Write()).Refusal);
        Assert.Equal("certificateExemption.due", Manifest.Read((manifest with { Certificate = null, CertificateExemption = exemption with { Due = Time } }).Write()).Refusal?.Path);
        Assert.Equal("certificateExemption.due", Manifest.Read((manifest with { Certificate = null, CertificateExemption = exemption with { Code = ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW } }).Write()).Refusal?.Path);
    }

    [Fact]
    public void The_item_attached_must_have_the_digest_of_the_manifest()
    {
        var manifest = Samples.Manifest(Item);
        var other = manifest with { Custody = [manifest.Custody[0], manifest.Custody[1] with { HashAfter = Digest.Of([9]) }] };
        var refused = Manifest.Read(other.Write()).Refusal;
        Assert.Equal(RefusalCode.ItemDigestMismatch, refused?.Code);
        // Which file, what was to be expected, what was there.
        foreach (var said in new[] { manifest.FileName, manifest.Digests[0].Value, Digest.Of([9]).ToString() })
            Assert.Contains(said, refused!.Detail, StringComparison.Ordinal);
        Assert.Equal("custody", Manifest.Read((manifest with { Custody = [] }).Write()).Refusal?.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\0b")]
    [InlineData("\0")]
    [InlineData("../../etc/passwd")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    [InlineData("invoice\u202ecod.exe")]
    [InlineData("a\u2066b")]
    [InlineData("a\u200fb")]
    [InlineData("\ufeffa")]
    [InlineData("a\ud800")]
    [InlineData("cle\u0301.txt")]
    [InlineData("u\u0323\u0301")]
    [InlineData("и\u0306")]
    [InlineData("か\u3099")]
    [InlineData("\u1112\u1161")]
    [InlineData("\uac00\u11a8")]
    [InlineData("\u212b")]
    [InlineData("\uf900")]
    public void A_file_name_that_could_mislead_is_refused(string name) => Assert.NotNull(FileNames.Problem(name));

    [Fact]
    public void File_names_of_any_script_are_taken_up_to_255_bytes()
    {
        Assert.All(["disk 1.dd", "образ.dd", "证据.zip", "ملف.pdf", "किताब.pdf", "…", "a:b", "cl\u00e9", "q\u0301", "\u1eb9\u0301", "क\u093c", "각", "が"], name => Assert.Null(FileNames.Problem(name)));
        Assert.Null(FileNames.Problem(new string('a', 255)));
        Assert.NotNull(FileNames.Problem(new string('a', 256)));
        Assert.NotNull(FileNames.Problem(new string('a', 4000)));
        Assert.NotNull(FileNames.Problem(new string('я', 128)));
    }

    [Fact]
    public void A_grant_gives_its_key_only_for_its_item_and_manifest()
    {
        using var key = ItemKey.New();
        var manifest = Samples.Manifest(Item) with { KeyCommitment = key.Commitment(Samples.ItemId) };
        var digest = Digest.Of([7]);
        var grant = KeyGrant.Read(new KeyGrant(Samples.ItemId, digest, key.ToArray(), "XB-CA", Time).Write()).Value;
        Assert.DoesNotContain(Convert.ToBase64String(grant.ItemKey), grant.ToString(), StringComparison.Ordinal);
        using var granted = grant.KeyFor(manifest, digest).Value;
        Assert.Equal(key.ToArray(), granted.ToArray());
        Assert.Equal("manifestSha256", grant.KeyFor(manifest, Digest.Of([8])).Refusal?.Path);
        Assert.Equal("itemId", grant.KeyFor(manifest with { ItemId = Samples.Request }, digest).Refusal?.Path);
        Assert.Equal("itemKey", (grant with { ItemKey = new byte[32] }).KeyFor(manifest, digest).Refusal?.Path);
        Assert.Equal("itemKey", KeyGrant.Read((grant with { ItemKey = new byte[31] }).Write()).Refusal?.Path);
        Assert.Equal("itemKey", KeyGrant.Read((grant with { ItemKey = new byte[33] }).Write()).Refusal?.Path);
    }

    [Fact]
    public void A_release_reads_back_and_refuses_unknown_decisions()
    {
        var release = new Release(Samples.Request, Samples.ItemId, Digest.Of([7]), Samples.Case, "XA-PROS-1", Role.COMPETENT_AUTHORITY, ReleaseDecision.APPROVE, "art. 46", Time, "no onward transfer");
        Assert.Equal(release, Release.Read(release.Write()).Value);
        Assert.Equal(release with { Conditions = null }, Release.Read((release with { Conditions = null }).Write()).Value);
        Refused(Release.Read, release.Write(), "\"APPROVE\"", "\"MAYBE\"", "decision");
        Refused(Release.Read, release.Write(), "\"XA-PROS-1\"", "\"somebody\"", "authority");
        Refused(Release.Read, release.Write(), "\"COMPETENT_AUTHORITY\"", "\"JUDGE\"", "role");
        Refused(Release.Read, release.Write(), "\"role\":\"COMPETENT_AUTHORITY\",", "", "role");
        Refused(Release.Read, release.Write(), "\"art. 46\"", "\"\"", "legalBasis");
    }

    [Fact]
    public void A_hand_over_must_fit_the_manifest()
    {
        var manifest = Samples.Manifest(Item);
        var digest = Digest.Of([7]);
        var agreed = new HandOver(Samples.ItemId, digest, Samples.Case, HandOverOutcome.AGREED, manifest.Digests, Time);
        Assert.Equal(agreed.Write(), HandOver.Read(agreed.Write()).Value.Write());
        Assert.Null(agreed.Check(manifest, digest));
        Assert.Equal(RefusalCode.ManifestMismatch, agreed.Check(manifest, Digest.Of([8]))?.Code);
        Assert.Equal(RefusalCode.ManifestMismatch, (agreed with { Outcome = HandOverOutcome.DIFFERS }).Check(manifest, digest)?.Code);
        var differing = agreed with { Digests = [manifest.Digests[0] with { Value = new string('0', 64) }] };
        Assert.Equal(RefusalCode.ManifestMismatch, differing.Check(manifest, digest)?.Code);
        Assert.Null((differing with { Outcome = HandOverOutcome.DIFFERS }).Check(manifest, digest));
        Assert.Null(HandOver.Read((agreed with { Outcome = HandOverOutcome.UNREADABLE, Digests = [] }).Write()).Refusal);
        Assert.Equal("digests", HandOver.Read((agreed with { Digests = [] }).Write()).Refusal?.Path);
        Assert.Equal(RefusalCode.OnlyWeakDigests, HandOver.Read((agreed with { Digests = [manifest.Digests[1]] }).Write()).Refusal?.Code);
    }

    [Fact]
    public void A_grant_request_names_its_purpose_and_certificate()
    {
        var request = new GrantRequest(Samples.ItemId, "review before trial", [1, 2, 3], Time);
        Assert.Equal(request.Write(), GrantRequest.Read(request.Write()).Value.Write());
        Assert.Equal("purpose", GrantRequest.Read((request with { Purpose = " " }).Write()).Refusal?.Path);
        Assert.Equal("certificate", GrantRequest.Read((request with { Certificate = [] }).Write()).Refusal?.Path);
        Assert.Equal("certificate", GrantRequest.Read((request with { Certificate = new byte[16385] }).Write()).Refusal?.Path);
    }

    [Theory]
    [InlineData("NONE", "", true)]
    [InlineData("CSAM,MINOR", "", false)]
    [InlineData("CSAM,MINOR", "CSAM", false)]
    [InlineData("CSAM,MINOR", "NONE", false)]
    [InlineData("CSAM,MINOR", "MINOR,CSAM", true)]
    [InlineData("MEDICAL", "MEDICAL,CSAM", true)]
    public async Task What_the_laboratory_says_of_the_content_is_acknowledged_by_name(string sensitivity, string acknowledged, bool opens)
    {
        static Sensitivity[] Words(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Sensitivity>)];
        using var key = ItemKey.New();
        var manifest = (await Samples.Encrypt([1, 2, 3], key)).Manifest with { Sensitivity = Words(sensitivity) };
        var request = new GrantRequest(Samples.ItemId, "review before trial", [1, 2, 3], Time) { Acknowledged = Words(acknowledged) };
        var read = GrantRequest.Read(request.Write()).Value;
        Assert.Equal(request.Acknowledged, read.Acknowledged);
        var refusal = read.RefuseFor(manifest);
        Assert.Equal((opens ? null : "acknowledged", opens ? null : (RefusalCode?)RefusalCode.RequiredFieldEmpty), (refusal?.Path, refusal?.Code));
    }

    [Theory]
    [InlineData("2026-03-02", null)]
    [InlineData("2026-02-28", null)]
    [InlineData("2026-02-27", "expected")]
    [InlineData("2027-03-02", null)]
    [InlineData("2027-03-03", "expected")]
    [InlineData("2 March", "expected")]
    [InlineData("", "expected")]
    public void A_shipment_may_name_the_day_on_which_it_is_to_arrive(string day, string? refused)
    {
        var sent = new Shipment(Samples.Request, Samples.ItemId, Digest.Of("x"u8), Samples.Case, "XB-CA", "Courier Ltd", "B-1", "SSD", null, new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.Zero));
        Assert.Null(Shipment.Read(sent.Write()).Value.Late);
        var said = sent with { Expected = new DateOnly(2026, 3, 2) };
        Assert.Equal(new DateTimeOffset(2026, 3, 3, 12, 0, 0, TimeSpan.Zero), Shipment.Read(said.Write()).Value.Late);
        Assert.Contains("expected 2026-03-02", said.ToString(), StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(said.Write()).Replace("2026-03-02", day, StringComparison.Ordinal));
        Assert.Equal(refused, Shipment.Read(bytes).Refusal?.Path);
        // The first day that there is: nothing is reckoned before it.
        Assert.Equal("expected", Shipment.Read((said with { Time = new DateTimeOffset(1, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Write()).Refusal?.Path);
    }

    private static void Refused<T>(Func<ReadOnlyMemory<byte>, Outcome<T>> read, byte[] document, string good, string bad, string path)
    {
        var text = Encoding.UTF8.GetString(document);
        Assert.Contains(good, text, StringComparison.Ordinal);
        Assert.Equal(path, read(Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal))).Refusal?.Path);
    }
}
