using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Reports;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Verifier.Tests;

/// <summary>
/// The invented case with a letter attached that an officer of XB signed, under XB's trusted list and XA's agreement with it, and what XA made of it. Knobs change what is recorded and
/// what is brought along.
/// </summary>
internal sealed class JudgedCase
{
    private static readonly TestAuthority s_authority = TestAuthority.Root("CN=Signatures of XB,C=XB");
    private static readonly TestKey s_officer = s_authority.Signer(name: "CN=Officer of XB,C=XB");

    public JudgedCase(bool detached = false)
    {
        var time = RequestSamples.Now;
        Letter = new CmsMaker { Detached = detached }.Sign("the letter"u8.ToArray(), s_officer);
        Content = detached ? "the letter"u8.ToArray() : null;
        List = SignedDocument.Sign(new StateList("XB", 1, time.AddDays(-1), time.AddYears(5),
            [new TrustedService("XB", "Ministry", "Officers", [s_authority.Self.Der], [new ServicePeriod(time.AddYears(-3), "CA", "GRANTED", [MarkUse.SIGNATURE], [])], null, [])]).Write(), SampleCase.Shared.Asked.CardKey, time);
        Agreement = SignedDocument.Sign(new Agreement(Ids.New(), 1, "XA", "XB", Direction.OURS, new("Treaty", "art. 7", "2024-05-01"), time,
            [new(MarkUse.SIGNATURE, Level.RECOGNISED, null, [], [], [], [], [], 0, [], time.AddYears(-3), null)]).Write(), SampleCase.Shared.Asking.Lawyer, time);
        Revocation = s_authority.List(time.AddHours(-1), time.AddDays(5));
        Judge();
    }

    public byte[] Letter { get; set; }

    public byte[]? Content { get; }

    public byte[] List { get; }

    public byte[] Agreement { get; }

    public byte[] Revocation { get; set; }

    /// <summary>What is recorded.</summary>
    public RecognitionReport Report { get; set; } = null!;

    /// <summary>Changes the material that the bundle brings.</summary>
    public Func<IReadOnlyList<BundleMaterial>, IReadOnlyList<BundleMaterial>> OnMaterial { get; set; } = m => m;

    /// <summary>Whether the log holds the record.</summary>
    public bool Recorded { get; set; } = true;

    /// <summary>Whether the file is attached that the report is about.</summary>
    public bool Attached { get; set; } = true;

    /// <summary>What the exporter honestly finds.</summary>
    public JudgedCase Judge()
    {
        Report = JudgeDocument.Of(new JudgementInput
        {
            Document = Letter,
            Name = "letter.p7m",
            // Written out: a null array would become empty content.
            Content = Content is null ? (ReadOnlyMemory<byte>?)null : Content,
            At = RequestSamples.Now,
            Lists = [StateList.Open(List, null).Value, ListAnchors.Of(SampleCase.Shared.Asked.Card)],
            Agreements = [new SignedAgreement(Digest.Of(Agreement), Recognition.Agreements.Agreement.Read(SignedDocument.Open(Agreement).Value.Content).Value)],
            Material = new Material([], [Revocation], []),
            Policy = AgreementPolicy.Of([], "XB"),
            Use = MarkUse.SIGNATURE,
            Peer = "XB",
        }).Report;
        return this;
    }

    /// <summary>The bundle, with <paramref name="others"/> in the place of the honest report when there are any.</summary>
    public Task<byte[]> Write(params byte[][] others)
    {
        var story = new SampleCase();
        return WriteWith(story, source => source, others);
    }

    /// <summary>The same with a story of one's own, and what else is to be changed.</summary>
    public Task<byte[]> WriteWith(SampleCase story, Func<BundleSource, BundleSource> change, params byte[][] others)
    {
        story.OnCover = Attach;
        byte[][] reports = others.Length > 0 ? others : [Report.Write()];
        List<BundleVerdict> verdicts = [.. reports.Select(r => new BundleVerdict(r, Recorded ? (ReadOnlyMemory<byte>?)Record(r) : null))];
        return story.Write(source => change(source with
        {
            Recognition = verdicts,
            Material = OnMaterial([Of(List, ".cms"), Of(Agreement, ".cms"), Of(Revocation, ".crl")]),
        }));
    }

    public static BundleMaterial Of(byte[] bytes, string extension) => new(Digest.Of(bytes), extension, () => bytes);

    public static byte[] Record(byte[] report, string act = VerdictRecord.Act) => DocumentWriter.Write("auditRecord", 1, w => w
        .Text("act", act).Text("by", "gateway").Text("subject", SampleCase.Message).TextOrNull("case", SampleCase.Content).TextOrNull("detail", Digest.Of(report).ToString())
        .Time("time", RequestSamples.Now).Text("salt", new string('a', 64)));

    private Cover Attach(Cover cover) => Attached && cover.About == CoverAbout.ACT && cover.Sender.State == "XB"
        ? cover with
        {
            Parts = [.. cover.Parts, Part.Of(PartRole.attachment, "letter.p7m", "application/pkcs7-mime", Letter),
                .. Content is null ? [] : (Part[])[Part.Of(PartRole.attachment, "letter", "text/plain", Encoding.UTF8.GetBytes("the letter"))]],
        }
        : cover;
}
