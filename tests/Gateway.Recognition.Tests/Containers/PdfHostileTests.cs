using System.Text;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>Signed PDFs whose signer is trusted: what is whole passes, what grew in an allowed way passes with a warning, and no attack passes.</summary>
public sealed class PdfHostileTests(Signing signing) : IClassFixture<Signing>
{
    [Fact]
    public void A_signature_over_the_whole_file_passes_without_a_word()
    {
        var verdict = signing.Judge(Good());
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
        Assert.Equal("FULL", verdict.Signatures[0].Scopes[0].Extent);
        Assert.DoesNotContain(verdict.Signatures[0].Findings, f => f.Key is FindingKey.PdfChangedLater);
        Assert.StartsWith("PADES_", verdict.Signatures[0].Level, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_signature_leaves_the_first_with_a_warning_and_a_partial_scope()
    {
        var verdict = signing.Judge(Twice(Good()));
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
        Assert.Equal(["PARTIAL", "FULL"], verdict.Signatures.Select(s => s.Scopes[0].Extent).Order().Reverse());
        Assert.Single(verdict.Signatures.SelectMany(s => s.Findings), f => f.Key == FindingKey.PdfChangedLater && f.Severity == Severity.Warning);
    }

    [Fact]
    public void Validation_material_may_be_added()
    {
        var verdict = signing.Judge(SignedPdf.Append(Good(), new Dictionary<int, string>
        {
            [1] = "<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /DSS 20 0 R >>",
            [20] = "<< /Type /DSS /Certs [21 0 R] >>",
            [21] = SignedPdf.Stream("", "not a certificate"),
        }));
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
        Assert.Contains(verdict.Signatures[0].Findings, f => f.Key == FindingKey.PdfChangedLater && f.Detail.Contains("DSS", StringComparison.Ordinal));
    }

    public static TheoryData<string, int, string> Changes => new()
    {
        { "the page's content", 4, SignedPdf.Stream("", "BT (Pay 999) Tj ET") },
        { "another content for the page", 3, SignedPdf.Page[3].Replace("4 0 R", "30 0 R", StringComparison.Ordinal) },
        { "the size of the page", 3, SignedPdf.Page[3].Replace("[0 0 300 300]", "[0 0 10 300]", StringComparison.Ordinal) },
        { "the page tree", 2, "<< /Type /Pages /Kids [30 0 R 3 0 R] /Count 2 >>" },
        { "the catalog's pages", 1, "<< /Type /Catalog /Pages 30 0 R /AcroForm 5 0 R >>" },
        { "an action at opening", 1, "<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /OpenAction 30 0 R >>" },
        { "the value of a field", 9, "<< /FT /Tx /T (Amount) /V (999) >>" },
        { "an annotation over the page", 3, SignedPdf.Page[3].Replace("[6 0 R]", "[6 0 R 30 0 R]", StringComparison.Ordinal) },
        { "what the signed page points to without having it", 40, SignedPdf.Stream("/Subtype /Form /BBox [0 0 300 300]", "BT (Pay 999) Tj ET") },
        { "the signature's appearance", 6, SignedPdf.Page[6].Replace("/P 3 0 R", "/P 3 0 R /AP << /N 30 0 R >>", StringComparison.Ordinal) },
        { "the form without the signature's field", 5, "<< /Fields [8 0 R] /SigFlags 3 >>" },
        { "the form with a dynamic one", 5, "<< /Fields [6 0 R 8 0 R] /SigFlags 3 /XFA 30 0 R >>" },
        { "a catalog key that stands twice", 1, "<< /Type /Catalog /Pages 30 0 R /Pages 2 0 R /AcroForm 5 0 R /DSS 20 0 R >>" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_later_version_may_not_change(string what, int number, string content)
    {
        var changed = SignedPdf.Append(Good(), new Dictionary<int, string>
        {
            [number] = content,
            [30] = number is 2 ? "<< /Type /Page /Parent 2 0 R /Contents 31 0 R >>" : number is 1 ? "<< /Type /Pages /Kids [3 0 R] /Count 1 >>" : SignedPdf.Stream("", "BT (Pay 999) Tj ET"),
        });
        NotPassed(what, changed, FindingKey.PdfChangedLater, FindingKey.PdfMalformed);
    }

    [Fact]
    public void The_same_objects_written_again_are_no_change()
    {
        var verdict = signing.Judge(SignedPdf.Append(Good(), new Dictionary<int, string> { [3] = SignedPdf.Page[3], [4] = SignedPdf.Page[4] }));
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
    }

    [Theory]
    [InlineData("/DSS 4 0 R")] // signed so that the page's content passes for validation material
    [InlineData("/DSS << /Certs [4 0 R] >>")]
    [InlineData("/Metadata 4 0 R")]
    public void What_a_page_shows_is_no_material_whatever_else_points_to_it(string entry)
    {
        var objects = new Dictionary<int, string>(SignedPdf.Page) { [1] = $"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R {entry} >>" };
        var file = SignedPdf.Sign(SignedPdf.Write(objects), c => signing.Sign(c));
        Assert.Equal(Indication.Passed, signing.Judge(file).Indication);
        NotPassed(entry, SignedPdf.Append(file, new Dictionary<int, string> { [4] = SignedPdf.Stream("", "BT (Pay 999) Tj ET") }), FindingKey.PdfChangedLater);
    }

    [Fact]
    public void The_description_may_change_unless_a_page_uses_it()
    {
        var info = new Dictionary<int, string> { [10] = "<< /Title (Another) >>" };
        Assert.Equal(Indication.Passed, signing.Judge(SignedPdf.Append(Good(), info)).Indication);
        var objects = new Dictionary<int, string>(SignedPdf.Page) { [3] = SignedPdf.Page[3].Replace("/Resources << /XObject << /Later 40 0 R >> >>", "/Resources 10 0 R", StringComparison.Ordinal) };
        NotPassed("resources", SignedPdf.Append(SignedPdf.Sign(SignedPdf.Write(objects), c => signing.Sign(c)), info), FindingKey.PdfChangedLater);
    }

    [Fact]
    public void A_signer_who_allows_no_change_gets_no_second_signature()
    {
        var objects = new Dictionary<int, string>(SignedPdf.Page) { [7] = SignedPdf.Value("/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P 1 /V /1.2 >> >>]", "ETSI.CAdES.detached") };
        var file = SignedPdf.Sign(SignedPdf.Write(objects), c => signing.Sign(c));
        Assert.Equal(Indication.Passed, signing.Judge(file).Indication);
        NotPassed("DocMDP", Twice(file), FindingKey.PdfChangedLater);
    }

    [Fact]
    public void An_empty_visible_field_may_not_be_added()
    {
        NotPassed("a visible field", SignedPdf.Append(Good(), new Dictionary<int, string>
        {
            [3] = SignedPdf.Page[3].Replace("[6 0 R]", "[6 0 R 30 0 R]", StringComparison.Ordinal),
            [5] = "<< /Fields [6 0 R 8 0 R 30 0 R] /SigFlags 3 >>",
            [30] = "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /Rect [0 0 300 300] /AP << /N 31 0 R >> >>",
            [31] = SignedPdf.Stream("/Subtype /Form /BBox [0 0 300 300]", "BT (Pay 999) Tj ET"),
        }), FindingKey.PdfChangedLater);
    }

    [Theory]
    [InlineData("/Rect [34 0 R 34 0 R 35 0 R 35 0 R]")] // each number an object of its own
    [InlineData("/Rect [34 0 R 34 0 R 36 0 R 36 0 R]")] // objects that are not there
    [InlineData("/Rect 37 0 R")]
    [InlineData("/Rect [0 0 0]")]
    [InlineData("/Rect (0 0 0 0)")]
    public void An_empty_field_may_not_be_added_when_any_viewer_might_draw_it(string rectangle)
        => NotPassed(rectangle, WithEmptyField(rectangle), FindingKey.PdfChangedLater);

    [Theory]
    [InlineData("/Rect [0 0 0 0]")]
    [InlineData("/Rect [34 0 R 34 0 R 34 0 R 34 0 R]")]
    [InlineData("/Rect 38 0 R")]
    [InlineData("")]
    public void An_empty_field_that_nothing_draws_may_be_added(string rectangle)
    {
        var verdict = signing.Judge(WithEmptyField(rectangle));
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
    }

    private byte[] WithEmptyField(string rectangle) => SignedPdf.Append(Good(), new Dictionary<int, string>
    {
        [3] = SignedPdf.Page[3].Replace("[6 0 R]", "[6 0 R 30 0 R]", StringComparison.Ordinal),
        [5] = "<< /Fields [6 0 R 8 0 R 30 0 R] /SigFlags 3 >>",
        [30] = $"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Later) {rectangle} >>",
        [34] = "0",
        [35] = "300",
        [37] = "[34 0 R 0 300 35 0 R]",
        [38] = "[0 0 34 0 R 34 0 R]",
    });

    [Theory]
    [InlineData("/V 32 0 R")]
    [InlineData("/V << /Type /Sig >>")]
    [InlineData("/Parent 33 0 R")]
    [InlineData("/V 7 0 R")] // the signature that is there already
    [InlineData("/Parent 6 0 R")]
    public void What_only_looks_like_a_further_signature_may_not_be_drawn_over_a_page(string value)
    {
        // In the annotations of the page and in no form: nobody would judge it, and it hides what was signed.
        NotPassed(value, SignedPdf.Append(Good(), new Dictionary<int, string>
        {
            [3] = SignedPdf.Page[3].Replace("[6 0 R]", "[6 0 R 30 0 R]", StringComparison.Ordinal),
            [30] = $"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /Rect [0 0 300 300] /AP << /N 31 0 R >> {value} >>",
            [31] = SignedPdf.Stream("/Subtype /Form /BBox [0 0 300 300]", "BT (Pay 999) Tj ET"),
            [32] = "<< /Type /Sig /Filter /Adobe.PPKLite >>",
            [33] = "<< /FT /Sig /V 32 0 R >>",
        }), FindingKey.PdfChangedLater);
    }

    [Fact]
    public void A_further_signature_that_is_drawn_on_a_page_is_said_to_be_and_does_nothing()
    {
        byte[] Drawn(string more) => SignedPdf.Sign(SignedPdf.Append(Good(), new Dictionary<int, string>
        {
            [3] = SignedPdf.Page[3].Replace("[6 0 R]", "[6 0 R 30 0 R]", StringComparison.Ordinal),
            [5] = "<< /Fields [6 0 R 8 0 R 30 0 R] /SigFlags 3 >>",
            [30] = $"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Second) /Rect [0 0 99 99] /V 32 0 R {more} >>",
            [32] = SignedPdf.Value("", "ETSI.CAdES.detached"),
        }), c => signing.Sign(c));

        var verdict = signing.Judge(Drawn(""));
        Assert.Equal(Indication.Passed, verdict.Indication);
        Assert.Contains(verdict.Signatures.SelectMany(s => s.Findings), f => f is { Key: FindingKey.PdfChangedLater, Severity: Severity.Warning } && f.Detail.Contains("drawn on a page", StringComparison.Ordinal));
        NotPassed("an action", Drawn("/AA << /PO << /S /JavaScript /JS (x) >> >>"), FindingKey.PdfChangedLater);
    }

    [Theory]
    [InlineData("[0 ^ $ 1]")] // the rest of the file is left out
    [InlineData("[1 ^ $ ~]")]
    [InlineData("[0 ^ $ ~ 0 0]")]
    [InlineData("[0 ^]")]
    [InlineData("[0 ^ $ 99999999]")]
    [InlineData("[0 ^ $ 99999999999999999999]")]
    [InlineData("[0 ^ $ -1]")]
    [InlineData("[0 ^ $ ~.0]")]
    [InlineData("[0 5 $ ~]")] // a wider gap
    [InlineData("[0 ^ ^ ~]")] // the value inside its own range
    public void A_range_of_another_form_is_refused(string form)
    {
        var file = SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => signing.Sign(c), written =>
        {
            var numbers = written.Trim('[', ']').Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return form.Replace("^", numbers[1], StringComparison.Ordinal).Replace("$", numbers[2], StringComparison.Ordinal).Replace("~", numbers[3], StringComparison.Ordinal).PadRight(written.Length);
        });
        NotPassed(form, file, FindingKey.PdfRangeWrong, FindingKey.PdfNotCovered, FindingKey.PdfMalformed);
    }

    [Fact]
    public void Bytes_behind_the_end_are_not_covered()
    {
        var good = Good();
        NotPassed("tail", [.. good, .. "<script>"u8], FindingKey.PdfNotCovered);
        NotPassed("front", [.. "x"u8, .. good], FindingKey.PdfMalformed);
        NotPassed("cut", good[..^10], FindingKey.PdfRangeWrong, FindingKey.PdfMalformed);
        var changed = (byte[])good.Clone();
        changed[good.AsSpan().IndexOf("Pay 100"u8) + 4] = (byte)'9';
        NotPassed("content", changed, FindingKey.ContentChanged);
    }

    [Fact]
    public void A_signature_moved_into_another_dictionary_is_refused()
    {
        // The last version has a new signature dictionary with the old range and value: the value no longer stands in the gap.
        var good = Good();
        var text = Encoding.Latin1.GetString(good);
        var dictionary = text[(text.IndexOf("7 0 obj\n", StringComparison.Ordinal) + 8)..text.IndexOf("\nendobj\n8 0 obj", StringComparison.Ordinal)];
        NotPassed("moved", SignedPdf.Append(good, new Dictionary<int, string> { [7] = dictionary.Replace("/Filter", "/Reason (replaced) /Filter", StringComparison.Ordinal) }), FindingKey.PdfRangeWrong);
        NotPassed("second field", SignedPdf.Append(good, new Dictionary<int, string> { [8] = "<< /FT /Sig /T (Empty) /Subtype /Widget /Rect [0 0 0 0] /V 30 0 R >>", [30] = dictionary }), FindingKey.PdfRangeWrong);
    }

    [Fact]
    public void A_signature_that_no_field_leads_to_is_refused()
    {
        var objects = new Dictionary<int, string>(SignedPdf.Page) { [5] = "<< /Fields [] /SigFlags 3 >>" };
        NotPassed("orphan", SignedPdf.Sign(SignedPdf.Write(objects), c => signing.Sign(c)), FindingKey.PdfMalformed);
    }

    [Fact]
    public void A_value_with_a_content_of_its_own_or_something_behind_it_or_two_signers_is_refused()
    {
        NotPassed("attached", SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => signing.Sign(c, "-cades", "-nodetach")), FindingKey.ContentDoubled);
        NotPassed("behind", SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => [.. signing.Sign(c), 0, 1]), FindingKey.TrailingBytes);
        NotPassed("two", SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => signing.Sign(c, "-cades", "-signer", "root.crt", "-inkey", "root.key")), FindingKey.StructureMalformed);
        NotPassed("nothing", SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), _ => []), FindingKey.StructureMalformed);
    }

    [Fact]
    public void A_signature_without_attributes_and_one_of_another_kind_do_not_pass()
    {
        NotPassed("no attributes", SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => signing.Sign(c, "-noattr")), FindingKey.SignedAttributesMissing);
        var old = new Dictionary<int, string>(SignedPdf.Page) { [7] = SignedPdf.Value("", "adbe.pkcs7.sha1") };
        NotPassed("sha1", SignedPdf.Sign(SignedPdf.Write(old), c => signing.Sign(c)), FindingKey.FormatNotSupported);
    }

    [Theory]
    [InlineData("/Prev 99999999")]
    [InlineData("/Prev 99999999999999999999")]
    [InlineData("/Prev (x)")]
    [InlineData("/XRefStm 3")]
    [InlineData("/Root 99 0 R")]
    [InlineData("/Encrypt << /Filter /Standard >>")]
    public void Cross_references_that_lead_nowhere_are_refused_at_once(string trailer)
    {
        var text = Encoding.Latin1.GetString(SignedPdf.Write(SignedPdf.Page)).Replace("/Root 1 0 R", trailer.StartsWith("/Root", StringComparison.Ordinal) ? trailer : $"/Root 1 0 R {trailer}", StringComparison.Ordinal);
        NotPassed(trailer, SignedPdf.Sign(Encoding.Latin1.GetBytes(text), c => signing.Sign(c)), FindingKey.PdfMalformed, FindingKey.FormatNotSupported);
    }

    [Fact]
    public void Loops_and_deep_nesting_end_quickly()
    {
        var start = Encoding.Latin1.GetString(Good());
        var self = SignedPdf.Append(Good(), new Dictionary<int, string>(), $"/Prev {start.Length}"); // the last Prev wins; it is its own section
        Assert.NotEqual(Indication.Passed, signing.Judge(self).Indication);
        foreach (var (number, content) in ((int, string)[])[
            (2, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1 >>"), (6, SignedPdf.Page[6] + new string('[', 100_000)), (4, "4 0 R"), (4, "<< /Length 4 0 R >>\nstream\nx\nendstream"),
            (5, "<< /Fields [5 0 R 6 0 R 8 0 R] /Kids [5 0 R] >>"), (1, string.Concat(Enumerable.Repeat("<<", 5000)))])
            Assert.NotEqual(Indication.Passed, signing.Judge(SignedPdf.Append(Good(), new Dictionary<int, string> { [number] = content })).Indication);
    }

    [Fact]
    public void A_document_without_a_signature_has_none()
        => Assert.Equal(Indication.NoSignatureFound, signing.Judge(SignedPdf.Write(SignedPdf.Page.Where(o => o.Key is not (6 or 7 or 8)).ToDictionary())).Indication);

    [Fact]
    public void No_spoilt_document_throws_and_none_with_another_content_passes()
    {
        var random = new Random(5);
        foreach (var good in (byte[][])[Good(), Twice(Good())])
        {
            for (var i = 0; i < 700; i++)
            {
                var spoilt = Spoil.Bytes(good, random);
                var verdict = signing.Judge(spoilt);
                Assert.DoesNotContain(verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)), f => f.Key == FindingKey.EngineFault);
                Assert.True(verdict.Indication != Indication.Passed || spoilt.AsSpan().StartsWith(good) || spoilt.AsSpan().SequenceEqual(good) || SameRanges(good, spoilt), $"{i}: {Signing.Told(verdict)}");
            }
        }
    }

    // The value itself is not signed: what in a CMS nobody signs may differ, and the case of its digits.
    private static bool SameRanges(byte[] good, byte[] spoilt) => good.Length == spoilt.Length && WithoutValues(good).AsSpan().SequenceEqual(WithoutValues(spoilt));

    private static byte[] WithoutValues(byte[] file)
    {
        var rest = (byte[])file.Clone();
        for (var at = 0; rest.AsSpan(at).IndexOf("/Contents <"u8) is >= 0 and var found;)
        {
            at += found + 11;
            rest.AsSpan(at, Math.Min(SignedPdf.ValueDigits, rest.Length - at)).Clear();
        }

        return rest;
    }

    private byte[] Good() => SignedPdf.Sign(SignedPdf.Write(SignedPdf.Page), c => signing.Sign(c));

    private byte[] Twice(byte[] file) => SignedPdf.Sign(SignedPdf.Append(file, new Dictionary<int, string>
    {
        [8] = "<< /FT /Sig /T (Empty) /Subtype /Widget /Rect [0 0 0 0] /V 11 0 R >>",
        [11] = SignedPdf.Value("", "ETSI.CAdES.detached"),
    }), c => signing.Sign(c));

    private void NotPassed(string what, byte[] file, params FindingKey[] keys)
    {
        var verdict = signing.Judge(file);
        var findings = verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)).Where(f => f.Severity == Severity.Error);
        Assert.True(verdict.Indication is Indication.Failed or Indication.Indeterminate && findings.Any(f => keys.Contains(f.Key)), $"{what}: {Signing.Told(verdict)}");
    }
}
