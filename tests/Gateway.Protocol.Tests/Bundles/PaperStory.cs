using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>
/// XA asks XB, which no gateway serves: the request leaves with a courier, a letter says that it was executed, XA confirms. One chain, of XA. Knobs make it go wrong
/// where a seal alone would not show it.
/// </summary>
internal sealed class PaperStory
{
    private readonly List<byte[]> _documents = [];
    private readonly List<byte[]> _chain = [];
    private DateTimeOffset _now = RequestSamples.Now;
    private string _case = SampleCase.Content;

    private static SampleState Asking => SampleCase.Shared.Asking;

    /// <summary>Changes the record of what left before it is signed.</summary>
    public Func<PaperRecord, PaperRecord> OnLeft { get; set; } = r => r;

    /// <summary>Changes the record of the reply before it is signed.</summary>
    public Func<PaperRecord, PaperRecord> OnCame { get; set; } = r => r;

    public Func<Cover, Cover> OnCover { get; set; } = c => c;

    public Action<System.Text.Json.Nodes.JsonObject> OnRequest { get; set; } = _ => { };

    /// <summary>The file that RelayToNonERDS names; null: none is issued.</summary>
    public Func<Digest, Digest?> OnRelay { get; set; } = file => file;

    /// <summary>Whether the other State has a card, so that it would have signed for itself.</summary>
    public bool OtherHasGateway { get; set; }

    /// <summary>Whether the record of what left is made.</summary>
    public bool RecordsLeaving { get; set; } = true;

    /// <summary>How long after the sealing it left, and the reply came after that.</summary>
    public (TimeSpan Left, TimeSpan Came) After { get; set; } = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(3));

    public async Task<BundleReport> Judged()
    {
        var decision = "decision of the court"u8.ToArray();
        var request = SignedDocument.Sign(RequestSamples.Document("stored-content-data", fields =>
        {
            fields["judicialAuthorisation"]!["documentSha256"] = Digest.Of(decision).ToString();
            OnRequest(fields);
        }), Asking.Lawyer, _now);
        var (asked, cover) = Send(CoverAbout.REQUEST, SampleCase.Message, [], Part.Of(PartRole.request, "request.cms", "application/cms", request), Part.Of(PartRole.attachment, "decision.txt", "text/plain", decision));
        _now += After.Left;
        var file = Digest.Of("what openssl opens"u8);
        if (RecordsLeaving)
        {
            var left = OnLeft(new PaperRecord
            {
                Id = Ids.New(), Case = SampleCase.Content, Authority = "XA-CA", Way = PaperWay.SENT, Channel = PaperChannel.COURIER, Message = asked, CoverSha256 = cover, At = _now,
                Person = "Courier Ltd", Files = [new PaperFile("request.p7m", "application/pkcs7-mime", 4711, file)], EncryptedTo = Digest.Of("certificate"u8), Time = _now,
            });
            Record(left, OnRelay(file) is { } named ? [(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(asked, cover, named))] : []);
        }
        else
            Issue(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(asked, cover, file));
        _now += After.Came;
        var letter = "the records are enclosed"u8.ToArray();
        var came = OnCame(new PaperRecord
        {
            Id = Ids.New(), Case = SampleCase.Content, Authority = "XA-CA", Way = PaperWay.RECEIVED, Channel = PaperChannel.POST, Message = asked, CoverSha256 = cover, At = _now, Person = "K. Registrar",
            Files = [new PaperFile("letter.pdf", "application/pdf", letter.Length, Digest.Of(letter))], Says = ActKind.EXECUTED,
            Acts = [ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.EXECUTED], Outcome = ActOutcome.FULL, Time = _now,
        });
        Record(came, [], Part.Of(PartRole.attachment, "letter.pdf", "application/pdf", letter));
        var confirmed = new Act(Ids.New(), ActKind.COMPLETED, SampleCase.Content, asked, "XA-CA", "", "", null, null, _now) { After = came.Entries is [.., var last] ? last.Id : null };
        Send(CoverAbout.ACT, Ids.New(), [], Part.Of(PartRole.act, "act.cms", "application/cms", SignedDocument.Sign(confirmed.Write(), Asking.Lawyer, _now)));
        return await Judge();
    }

    /// <summary>The other way round: XB asks XA by letter, an officer of XA enters it, and XA's acknowledgement leaves with a courier.</summary>
    /// <param name="change">Changes the record before it is signed.</param>
    /// <param name="certified">Whether ReceivedFromNonERDS is issued.</param>
    public async Task<BundleReport> JudgedEntered(Func<PaperRequest, PaperRequest> change, bool certified = true)
    {
        _case = $"XB-{new string('7', 32)}";
        var letter = "please preserve"u8.ToArray();
        var request = SignedDocument.Sign(RequestSamples.Document("preserve-data", fields => (fields["requestingAuthority"], fields["requestedAuthority"], fields["reference"]) = ("XB-CA", "XA-CA", "RQ-XB-2026-000012")), Asking.Lawyer, _now);
        var record = change(new PaperRequest
        {
            Id = Ids.New(), Case = _case, Authority = "XA-CA", From = "XB-CA", Channel = PaperChannel.POST, At = _now.AddHours(-5), Person = "K. Registrar", CheckedBy = "J. Officer", Check = "rang back",
            Request = Digest.Of(request), Files = [new PaperFile("letter.pdf", "application/pdf", letter.Length, Digest.Of(letter))], Time = _now,
        });
        var (message, cover) = Send(CoverAbout.PAPER, SampleCase.Message, [], Part.Of(PartRole.paper, "paper.cms", "application/cms", SignedDocument.Sign(record.Write(), Asking.Lawyer, _now)),
            Part.Of(PartRole.request, "request.cms", "application/cms", request), Part.Of(PartRole.attachment, "letter.pdf", "application/pdf", letter));
        if (certified)
            Issue(ReceiptEvent.ReceivedFromNonERDS, new ReceiptSubject(message, cover));
        _now += After.Left;
        var act = new Act(Ids.New(), ActKind.ACKNOWLEDGED, _case, message, "XA-CA", "XA 7/26", "", null, _now.AddDays(2), _now);
        var (answer, acted) = Send(CoverAbout.ACT, Ids.New(), [], Part.Of(PartRole.act, "act.cms", "application/cms", SignedDocument.Sign(act.Write(), Asking.Lawyer, _now)));
        _now += After.Came;
        var file = Digest.Of("what openssl opens"u8);
        Record(new PaperRecord
        {
            Id = Ids.New(), Case = _case, Authority = "XA-CA", Way = PaperWay.SENT, Channel = PaperChannel.COURIER, Message = answer, CoverSha256 = acted, At = _now, Person = "Courier Ltd",
            Files = [new PaperFile("answer.p7m", "application/pkcs7-mime", 4711, file)], EncryptedTo = Digest.Of("certificate"u8), Time = _now,
        }, [(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(answer, acted, file))]);
        return await Judge();
    }

    private async Task<BundleReport> Judge()
    {
        var (asking, asked) = _case == SampleCase.Content ? ("XA-CA", "XB-CA") : ("XB-CA", "XA-CA");
        var output = new MemoryStream();
        await BundleWriter.WriteAsync(new BundleSource
        {
            Case = _case,
            Exporter = Party.Of("XA-CA"),
            Cases = [new(_case, [], Party.Of(asking), Party.Of(asked), [new BundleChain("XA", _chain.Select(der => (ReadOnlyMemory<byte>)der)), new BundleChain("XB", [])])],
            Cards = OtherHasGateway ? [Asking.Card, SampleCase.Shared.Asked.Card] : [Asking.Card],
            Logs = [],
            Documents = [.. _documents.Select(d => new BundleDocument(Digest.Of(d), () => d))],
            Withheld = [],
            Custody = [],
            Items = [],
        }, Asking.Seal, _now.AddSeconds(10), output, CancellationToken.None);
        return Judging.Judge(output.ToArray(), [TrustAnchor.Fingerprint($"XA:{Asking.Card.CardKey}", "test")!]);
    }

    private void Record(PaperRecord record, (ReceiptEvent, ReceiptSubject)[] before, params Part[] files)
    {
        var part = Part.Of(PartRole.paper, "paper.cms", "application/cms", SignedDocument.Sign(record.Write(), Asking.Lawyer, _now));
        var (message, cover) = Send(CoverAbout.PAPER, Ids.New(), before, [part, .. files]);
        if (record.Way == PaperWay.RECEIVED)
            Issue(ReceiptEvent.ReceivedFromNonERDS, new ReceiptSubject(message, cover));
    }

    private (string Message, Digest Sha256) Send(CoverAbout about, string message, (ReceiptEvent, ReceiptSubject)[] before, params Part[] parts)
    {
        var cover = OnCover(new Cover(message, _case, Suites.OnPaper, _now, Party.Of("XA-CA"), Party.Of("XB-CA"), about, null, parts));
        var der = SignedDocument.Sign(cover.Write(), Asking.Seal, _now);
        _documents.Add(der);
        foreach (var (kind, subject) in before)
            Issue(kind, subject);
        Issue(ReceiptEvent.SubmissionAcceptance, new ReceiptSubject(message, Digest.Of(der)));
        return (message, Digest.Of(der));
    }

    private void Issue(ReceiptEvent kind, ReceiptSubject subject)
    {
        _now = _now.AddSeconds(1);
        var receipt = new Receipt(kind, Party.Of("XA-CA"), Party.Of("XB-CA"), ReceiptChannel.@case, _case, _chain.Count + 1, _chain.Count == 0 ? null : Digest.Of(_chain[^1]), 0, null, subject, [], _now, false, Ids.New());
        _chain.Add(SignedDocument.Sign(receipt.Write(), Asking.Seal, _now));
    }
}
