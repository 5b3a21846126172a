using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Tests.Flow;

/// <summary>Makes deliveries by hand, as a peer with all keys of XA but with its own will would: every piece can be bent before it is sent.</summary>
internal sealed class Courier(TwoStates states, byte[] composedRequest)
{
    private readonly KeyRing _keys = states.Asking.Get<KeyRing>();

    public string Message { get; init; } = Ids.New();

    public string CaseId { get; init; } = Ids.NewCase("XA");

    /// <summary>Changes the cover before it is sealed.</summary>
    public Func<Cover, Cover> Bend { get; init; } = cover => cover;

    /// <summary>Changes the sealed cover before it is encrypted.</summary>
    public Func<byte[], byte[]> BendSealed { get; init; } = bytes => bytes;

    /// <summary>Whose seal; the duty officer's authority unless told otherwise.</summary>
    public Signer? Seal { get; init; }

    public Certificate? EncryptTo { get; init; }

    /// <summary>A request composed and signed by the duty officer.</summary>
    public static async Task<Courier> For(TwoStates states, Func<Courier, Courier>? change = null, Action<JsonObject>? write = null)
    {
        var fields = TwoStates.Preserve(states.Asking.Clock);
        write?.Invoke(fields);
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        var courier = new Courier(states, composed.Document.ToByteArray());
        return change is null ? courier : change(courier);
    }

    public Courier With(string? message = null, string? caseId = null, Func<Cover, Cover>? bend = null, Func<byte[], byte[]>? bendSealed = null, Signer? seal = null, Certificate? encryptTo = null)
        => new(states, composedRequest) { Message = message ?? Message, CaseId = caseId ?? CaseId, Bend = bend ?? Bend, BendSealed = bendSealed ?? BendSealed, Seal = seal ?? Seal, EncryptTo = encryptTo ?? EncryptTo };

    public DeliverRequest Make()
    {
        var now = states.Asking.Clock.GetUtcNow();
        using var person = states.DutyOfficer.Signing.Signer();
        var request = SignedDocument.Sign(composedRequest, person, now);
        var stamp = new Stamp("XA-CP", "Contact Point of XA", "XA-CP-2026-000001", now, Digest.Of(request));
        var cover = Bend(new Cover(Message, CaseId, Suites.P256.Name, now, Party.Of("XA-CP"), Party.Of("XB-CA"), CoverAbout.REQUEST, null,
        [
            Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", request),
            Part.Of(PartRole.stamp, "stamp.cms", "application/pkcs7-mime", SignedDocument.Sign(stamp.Write(), _keys.Stamp("XA-CP"), now)),
        ]));
        var sealedCover = BendSealed(SignedDocument.Sign(cover.Write(), Seal ?? _keys.Seal("XA-CP"), now));
        var to = EncryptTo ?? states.Asked.Card.Card.Find("XB-CA")!.Encryption[0];
        var receipt = new Receipt(ReceiptEvent.SubmissionAcceptance, Party.Of("XA-CP"), Party.Of("XB-CA"), ReceiptChannel.@case, CaseId, 1, null, 0, null,
            new ReceiptSubject(Message, Digest.Of(sealedCover)), [], new DateTimeOffset(now.UtcTicks / 10_000 * 10_000, TimeSpan.Zero), false, Ids.New());
        return new DeliverRequest
        {
            Message = Message,
            CaseId = CaseId,
            Sender = "XA-CP",
            Recipient = "XB-CA",
            Envelope = ByteString.CopyFrom(Envelope.Encrypt(sealedCover, to)),
            Receipts = { ByteString.CopyFrom(SignedDocument.Sign(receipt.Write(), _keys.Seal("XA-CP"), now)) },
            FirstReceipt = 1,
            NextExpected = 1,
        };
    }

    /// <summary>Sends it over XA's own mutual TLS.</summary>
    public static async Task<DeliverReply> Deliver(TwoStates states, DeliverRequest request)
        => await states.Asked.ExchangeClient(states.Asking.Tls).DeliverAsync(request);
}
