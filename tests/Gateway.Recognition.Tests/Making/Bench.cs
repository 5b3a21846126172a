using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Tests.Making;

/// <summary>A root, an issuing authority, a signer and a time-stamper in good order; a test changes one thing.</summary>
internal sealed class Bench
{
    public static readonly byte[] Content = "the letter"u8.ToArray();

    public Bench()
    {
        Root = TestAuthority.Root();
        Issuer = Root.Below();
        Signer = Issuer.Signer();
        Stamper = Issuer.TimeStamper();
        Lists = [Root.List(), Issuer.List()];
        Anchors = [Root.Anchor];
    }

    public static DateTimeOffset At => TestAuthority.At;

    public TestAuthority Root { get; }

    public TestAuthority Issuer { get; }

    public TestKey Signer { get; set; }

    public TestKey Stamper { get; set; }

    public List<ReadOnlyMemory<byte>> Lists { get; }

    public List<ReadOnlyMemory<byte>> Answers { get; } = [];

    public List<TrustAnchor> Anchors { get; }

    public List<ProofOfExistence> Proofs { get; } = [];

    public ValidationPolicy Policy { get; set; } = ValidationPolicy.Default;

    public CmsMaker Maker()
    {
        var maker = new CmsMaker();
        maker.Certificates.Add(Issuer.Self.Der);
        return maker;
    }

    /// <summary>A maker whose signatures carry a time-stamp.</summary>
    public CmsMaker Stamped(DateTimeOffset time, Action<CmsMaker>? edit = null, int signers = 1, byte[]? over = null)
    {
        var maker = Maker();
        maker.Unsigned = signature => [(Recognition.Signatures.CmsOids.SignatureTimeStamp, CmsMaker.Token(over ?? signature, time, Stamper, edit, signers))];
        return maker;
    }

    public byte[] Signed(CmsMaker? maker = null) => (maker ?? Maker()).Sign(Content, Signer);

    public RecognitionInput Input(byte[] document, SignedContent? content = null) => new()
    {
        Document = document,
        Content = content,
        At = At,
        Trust = new(Anchors),
        Material = new([], Lists, Answers),
        Policy = Policy,
        Proofs = Proofs,
    };

    public Verdict Judge(byte[]? document = null, SignedContent? content = null) => Recogniser.Recognise(Input(document ?? Signed(), content));

    /// <summary><c>TOTAL_PASSED</c> or <c>INDETERMINATE/…</c> of a document with one signature.</summary>
    public string Text(byte[]? document = null, SignedContent? content = null) => Validation.Scenario.Text(Judge(document, content));
}
