using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Evidence;

public sealed class ManifestComposerTests
{
    private const string Form = """
        {
          "lawfulBasis": { "provision": "art. 166", "instrument": "Code of Criminal Procedure" },
          "sensitivity": ["MINOR", "MEDICAL"],
          "certificateExemption": { "code": "EMERGENCY_CERTIFICATE_TO_FOLLOW", "due": "2026-03-08T12:00:00.000Z" },
          "format": "E01",
          "examiner": { "organisation": "State Forensic Laboratory", "name": "A. Examiner", "post": "senior examiner" },
          "tools": [ { "purpose": "imaging", "name": "Imager", "version": "4.2", "vendor": "Example" } ],
          "methodDescription": "Bit by bit image",
          "acquiredPlace": "Laboratory room 4, Capital, XA",
          "acquiredFrom": "2026-03-01T09:30:00+05:30",
          "acquiredTo": "2026-03-01T11:30:00+05:30",
          "acquisitionType": "PHYSICAL_IMAGE",
          "writeBlocker": { "used": true, "model": "WB-2", "version": "1.9" },
          "device": { "makeModel": "Example Stick", "serialNumber": "S1-000-417" },
          "sourceType": "FLASH_DRIVE",
          "description": "Flash drive found beside the server – « clé »",
          "derivation": "FORENSIC_IMAGE",
          "exhibitNumber": "EX-2026-17",
          "rootExhibitNumber": "EX-2026-17",
          "source": {
            "zone": "Asia/Kolkata", "sealNumber": "none", "packaging": "none",
            "hashBefore": "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5", "hashAfter": "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5",
            "copyHash": "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5"
          },
          "sopReference": "SOP 4"
        }
        """;

    private static readonly ManifestContext Context = new(
        Samples.ItemId, Samples.Case, Samples.Request, "XA-LAB-1", "A. Examiner", "Capital", "stick.E01", new DateTimeOffset(2026, 3, 1, 14, 0, 0, TimeSpan.FromMinutes(330)));

    private static EncryptedItem Item { get; } = new(
        5, 1, Digest.Of([1]), Digest.Of([2]), [new ItemDigest("SHA256", Digest.Of([3]).ToString()), new ItemDigest("MD5", new string('0', 32))]);

    [Fact]
    public void Every_problem_is_named_at_once()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form.Remove("description");
        form.Remove("certificateExemption");
        form.Remove("writeBlocker");
        form["acquiredTo"] = "2026-03-01T11:30:00";
        form["tools"] = new JsonArray();
        form["examiner"]!.AsObject().Remove("post");
        form["derivation"] = "GUESSED";
        form["sensitivity"] = new JsonArray("NONE", "MINOR");
        form["treeRoot"] = "00";
        form["fileName"] = "../../etc/passwd";
        form["colour"] = "red";
        var composed = Compose(form);
        Assert.Null(composed.Document);
        Assert.Equal(
            [
                "T110 derivation", "T110 fileName", "T110 sensitivity", "T105 colour", "T105 treeRoot", "V001 description", "V001 examiner.post", "V001 tools", "V001 writeBlocker",
                "V013 acquiredTo", "V036 certificate",
            ],
            composed.Problems.Select(p => $"{p.Code.Text()} {p.Path}").OrderBy(Rank).ThenBy(p => p, StringComparer.Ordinal));

        static int Rank(string problem) => problem.StartsWith("T110", StringComparison.Ordinal) ? 0 : problem[0] == 'T' ? 1 : 2;
    }

    [Theory]
    [InlineData("instrument")]
    [InlineData("provision")]
    public void An_item_says_under_which_instrument_and_provision_it_was_taken(string member)
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["lawfulBasis"]!.AsObject().Remove(member);
        var composed = Compose(form);
        Assert.Null(composed.Document);
        Assert.Equal([("V001", $"lawfulBasis.{member}")], composed.Problems.Select(p => (p.Code.Text(), p.Path!)));
    }

    [Theory]
    [InlineData("acquiredTo", "\"2026-03-01T09:00:00+05:30\"", "V012")]
    [InlineData("acquiredTo", "\"2026-03-02T09:00:00+05:30\"", "V045")]
    [InlineData("mediaType", "\"picture\"", "T110")]
    [InlineData("parentItem", "\"00112233445566778899aabbccddeeff\"", "T110")]
    [InlineData("exhibitNumber", "7", "T110")]
    [InlineData("tools", "{\"name\":\"Imager\"}", "T110")]
    [InlineData("examiner", "[1]", "T110")]
    [InlineData("custody", "7", "T110")]
    public void A_wrong_value_is_refused_by_name(string member, string value, string code)
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form[member] = JsonNode.Parse(value);
        var problem = Compose(form).Problems[0];
        Assert.Equal((code, member), (problem.Code.Text(), problem.Path));
        Assert.Contains(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems, p => p.Path == member);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"form\"")]
    [InlineData("""{"exhibitNumber":"1","exhibitNumber":"2"}""")]
    [InlineData("""{"exhibitNumber":"\ud800"}""")]
    [InlineData("""{"custody":[1,{"event":"SENT"},null]}""")]
    public void Strange_forms_are_refused_and_never_thrown_at(string form)
    {
        using var json = JsonDocument.Parse(form);
        Assert.NotEmpty(ManifestComposer.Compose(json.RootElement, Item, Context).Problems);
    }

    [Fact]
    public void A_form_in_any_order_gives_a_manifest_that_reads()
    {
        var composed = Compose(JsonNode.Parse(Form)!.AsObject());
        Assert.Empty(composed.Problems);
        var manifest = Manifest.Read(composed.Document).Value;
        Assert.Equal(Samples.ItemId, manifest.ItemId);
        Assert.Equal("EX-2026-17", manifest.RootExhibitNumber);
        Assert.Equal("stick.E01", manifest.FileName);
        Assert.Equal("application/octet-stream", manifest.MediaType);
        Assert.Equal(Item.Digests, manifest.Digests);
        Assert.Equal(Item.TreeRoot, manifest.TreeRoot);
        Assert.Equal([Sensitivity.MINOR, Sensitivity.MEDICAL], manifest.Sensitivity);
        var attached = Assert.Single(manifest.Custody);
        Assert.Equal((CustodyKind.ATTACHED, TimeSpan.FromMinutes(330), manifest.Sha256), (attached.Event, attached.Time.Offset, attached.HashAfter));
        Assert.Equal((Samples.Request, "EMERGENCY_CERTIFICATE_TO_FOLLOW"), (attached.Text("request"), attached.Text("certificate")));
        Assert.Equal(["V035 source", "V035 tools", "V035 examiner"], composed.Warnings.Select(w => $"{w.Code.Text()} {w.Path}"));
        Assert.Empty(ManifestComposer.Check(JsonSerializer.SerializeToElement(JsonNode.Parse(Form)), Context).Problems);
    }

    [Theory]
    [InlineData("NOT_IN_POSSESSION_OF_DEVICE", true)]
    [InlineData("ORIGINAL_DEVICE_PRODUCED", false)]
    public void An_exemption_that_later_law_took_back_is_taken_with_a_warning(string code, bool warned)
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["certificateExemption"] = new JsonObject { ["code"] = code };
        var composed = Compose(form);
        Assert.Empty(composed.Problems);
        Assert.Equal(warned, composed.Warnings.Any(w => w.Path == "certificateExemption"));
    }

    [Fact]
    public void The_writer_of_the_type_and_the_composer_write_the_same_bytes()
    {
        var composed = Compose(JsonNode.Parse(Form)!.AsObject()).Document!;
        Assert.Equal(System.Text.Encoding.UTF8.GetString(composed), System.Text.Encoding.UTF8.GetString(Manifest.Read(composed).Value.Write()));
    }

    [Fact]
    public void Custody_events_of_the_form_come_before_the_attachment()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["custody"] = JsonNode.Parse("""
            [{"event":"SEIZED","time":"2026-02-27T08:00:00+05:30","place":"Port","actor":{"name":"D. Officer","authority":"XA-POL"},"reason":"search under warrant 3/2026"},
             {"event":"RECEIVED_BY_LAB","time":"2026-02-28T08:00:00+05:30","place":"Capital","actor":{"name":"A. Examiner","authority":"XA-LAB-1"},"reason":"examination"}]
            """);
        // One sentence names all that both lack.
        var incomplete = Assert.Single(Compose(form).Problems);
        Assert.Equal(("V001", "custody"), (incomplete.Code.Text(), incomplete.Path));
        Assert.Equal("SEIZED (custody[0]) lacks sealNumber, participants, order, hashNotApplicable; RECEIVED_BY_LAB (custody[1]) lacks condition, sealIntact, hashCheck, hashNotApplicable", incomplete.Detail);
        foreach (var entry in form["custody"]!.AsArray())
            entry!["hashNotApplicable"] = "the disk was not read";
        form["custody"]![0]!["sealNumber"] = "XB-7";
        form["custody"]![0]!["participants"] = JsonNode.Parse("""[{"role":"OWNER","name":"F. Owner"}]""");
        form["custody"]![0]!["order"] = "3/2026";
        form["custody"]![1]!["condition"] = "as sealed";
        form["custody"]![1]!["hashCheck"] = "NOT_POSSIBLE";
        form["custody"]![1]!["sealIntact"] = true;
        form["custody"]![1]!["report"] = "of another kind";
        Assert.Equal("custody[1].report", Assert.Single(Compose(form).Problems).Path);
        form["custody"]![1]!.AsObject().Remove("report");
        Assert.Equal([CustodyKind.SEIZED, CustodyKind.RECEIVED_BY_LAB, CustodyKind.ATTACHED], Manifest.Read(Compose(form).Document).Value.Custody.Select(e => e.Event));
        form["custody"]![1]!["time"] = "2026-02-26T08:00:00+05:30";
        Assert.Equal("custody[1].time", Assert.Single(Compose(form).Problems).Path);
    }

    [Fact]
    public void An_item_that_was_to_come_back_before_it_was_taken_out_is_refused()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["custody"] = JsonNode.Parse("""
            [{"event":"CHECKED_OUT","time":"2026-02-27T08:00:00+05:30","place":"Port","actor":{"name":"D. Officer","authority":"XA-POL"},"reason":"examination","hashNotApplicable":"it was not read",
              "purpose":"imaging","expectedReturn":"2026-02-26T08:00:00+05:30"}]
            """);
        var refusal = Assert.Single(Compose(form).Problems);
        Assert.Equal("custody[0].expectedReturn", refusal.Path);
        form["custody"]![0]!["expectedReturn"] = "2026-02-27T09:00:00+05:30";
        Assert.Empty(Compose(form).Problems);
    }

    [Fact]
    public void An_image_states_the_digests_of_source_and_copy_or_why_there_are_none()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        WithoutDigests(form);
        var problem = Assert.Single(Compose(form).Problems);
        Assert.Equal(("V001", "source"), (problem.Code.Text(), problem.Path));
        Assert.Contains(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems, p => p.Path == "source");
        form["custody"] = new JsonArray(Acquired());
        Assert.Empty(Compose(form).Problems);
        form.Remove("custody");
        form["derivation"] = "LOGICAL_COPY";
        Assert.Empty(Compose(form).Problems);
    }

    [Fact]
    public void A_child_is_no_original_and_names_the_root_of_its_parent()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["parentItem"] = new string('b', 32);
        form["rootExhibitNumber"] = "EX-2026";
        Assert.Empty(Compose(form).Problems);
        form["derivation"] = "ORIGINAL";
        Assert.Equal([("T110", "derivation")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        form["derivation"] = "FORENSIC_IMAGE";
        form.Remove("rootExhibitNumber");
        Assert.Equal([("V001", "rootExhibitNumber")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        Assert.Contains(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems, p => p.Path == "rootExhibitNumber");
        // A copy without a parent names the object of which it was made; only an original may be the first of its own root.
        form.Remove("parentItem");
        Assert.Equal([("V035", "rootExhibitNumber")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        form["derivation"] = "ORIGINAL";
        Assert.Empty(Compose(form).Problems);
    }

    [Theory]
    [InlineData("sopReference", true)]
    [InlineData("source.zone", true)]
    [InlineData("writeBlocker.model", true)]
    [InlineData("writeBlocker.version", true)]
    [InlineData("device.makeModel", false)]
    [InlineData("device.serialNumber", false)]
    [InlineData("source.sealNumber", false)]
    [InlineData("source.packaging", false)]
    public void What_is_missing_of_an_item_is_named_and_a_physical_source_is_described_where_the_item_was_taken_from_it(string path, bool always)
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        var at = path.Split('.');
        (at.Length == 1 ? form : form[at[0]]!.AsObject()).Remove(at[^1]);
        var problem = Assert.Single(Compose(form).Problems);
        Assert.Equal(("V035", path), (problem.Code.Text(), problem.Path));
        Assert.StartsWith($"The form of the item is not complete. Missing: \"{path}\" – ", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("V035", Assert.Single(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems).Code.Text());
        // Another number than the serial number will do; what came out of nothing that can be touched has no seal; what was derived has the source that is described with its parent.
        form["device"]!["deviceIds"] = new JsonArray("MAC 02:00:5e:10:00:14");
        Assert.Equal(path == "device.serialNumber", Compose(form).Problems.Count == 0);
        form["sourceType"] = "CLOUD";
        Assert.Equal(always, Compose(form).Problems.Count == 1);
        (form["sourceType"], form["parentItem"], form["device"]!["deviceIds"]) = ("FLASH_DRIVE", new string('b', 32), new JsonArray());
        Assert.Equal(always, Compose(form).Problems.Count == 1);
    }

    [Fact]
    public void What_was_signed_before_these_members_were_asked_for_is_read()
    {
        var manifest = Manifest.Read(Compose(JsonNode.Parse(Form)!).Document).Value;
        var before = manifest with { SopReference = null, Device = null, Source = null, WriteBlocker = new WriteBlocker(true, null, null) };
        Assert.Null(Manifest.Read(before.Write()).Refusal);
    }

    /// <summary>A raw image is the copy itself; an E01 holds it.</summary>
    [Theory]
    [InlineData("RAW", true, true)]
    [InlineData("RAW", false, false)]
    [InlineData("E01", false, true)]
    public void The_copy_that_was_made_is_the_item_where_nothing_is_around_it(string format, bool same, bool right)
    {
        var digest = same ? Digest.Of([3]).ToString() : Digest.Of([4]).ToString();
        var form = JsonNode.Parse(Form)!.AsObject();
        form["format"] = format;
        foreach (var member in (string[])["hashBefore", "hashAfter", "copyHash"])
            form["source"]![member] = digest;
        Assert.Equal(right ? [] : [("V033", "source.copyHash")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        // Before the file is read, nobody knows.
        Assert.Empty(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems);
        WithoutDigests(form);
        form["custody"] = new JsonArray(Acquired(digest));
        Assert.Equal(right ? [] : [("V033", "custody[0].copyHash")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        Assert.Empty(ManifestComposer.Check(JsonSerializer.SerializeToElement(form), Context).Problems);
    }

    [Fact]
    public void Form_and_event_do_not_state_two_copies_and_the_table_shows_the_one()
    {
        var form = JsonNode.Parse(Form)!.AsObject();
        form["custody"] = new JsonArray(Acquired(Digest.Of([3]).ToString()));
        var manifest = Manifest.Read(Compose(form).Document).Value;
        Assert.Equal(manifest.Sha256, Gateway.Protocol.Custody.CustodyLine.Of(manifest.Custody[0]).HashAfter);
        form["custody"] = new JsonArray(Acquired(Digest.Of([4]).ToString()));
        Assert.Equal([("V033", "custody[0].copyHash")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
    }

    /// <summary>One of several segments, one partition, one of several media: the copy of the whole is not the item.</summary>
    [Fact]
    public void An_image_that_is_a_part_of_the_copy_is_explained_and_what_was_signed_before_is_read()
    {
        var (own, whole) = (Digest.Of([3]).ToString(), Digest.Of([4]).ToString());
        var form = JsonNode.Parse(Form)!.AsObject();
        form["format"] = "RAW";
        WithoutDigests(form);
        form["custody"] = new JsonArray(Acquired(whole));
        Assert.Equal([("V033", "custody[0].copyHash")], Compose(form).Problems.Select(p => (p.Code.Text(), p.Path!)));
        form["custody"]![0]!["change"] = new JsonObject { ["description"] = "the second of two segments of the copy", ["justification"] = "size of the medium", ["responsible"] = "A. Examiner" };
        Assert.Empty(Compose(form).Problems);
        // The medium that was read last need not be the one that the item is of.
        form["custody"] = new JsonArray(Acquired(own), Acquired(whole));
        Assert.Empty(Compose(form).Problems);
        // A rule that was made later does not make unreadable what somebody signed.
        var manifest = Manifest.Read(Compose(form).Document).Value;
        foreach (var signed in (Manifest[])[manifest with { Source = new SourceState { CopyHash = Digest.Of([5]) } }, manifest with { Custody = [.. manifest.Custody.Skip(1)] }])
            Assert.Null(Manifest.Read(signed.Write()).Refusal);
    }

    private static void WithoutDigests(JsonObject form)
    {
        foreach (var member in (string[])["hashBefore", "hashAfter", "copyHash"])
            form["source"]!.AsObject().Remove(member);
    }

    private static JsonObject Acquired(string? digest = null)
    {
        var entry = JsonNode.Parse("""
            {"event":"ACQUIRED","time":"2026-03-01T11:30:00+05:30","place":"Capital","actor":{"name":"A. Examiner","authority":"XA-LAB-1"},"reason":"imaging",
             "tools":[{"name":"Imager","version":"4.2"}],"method":"bit by bit","writeBlocker":{"used":true}}
            """)!.AsObject();
        if (digest is null)
            entry["hashNotApplicable"] = "memory cannot be read twice";
        else
            (entry["sourceHashBefore"], entry["sourceHashAfter"], entry["copyHash"], entry["hashBefore"]) = (digest, digest, digest, digest);
        return entry;
    }

    private static Gateway.Protocol.Requests.Composition Compose(JsonNode form) => ManifestComposer.Compose(JsonSerializer.SerializeToElement(form), Item, Context);
}
