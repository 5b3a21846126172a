using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Submission;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Paper;

/// <summary>What a peer says of its own papers: what contradicts itself is refused on arrival by its code, and an honest peer is not hit.</summary>
public sealed class ReadPaperTests
{
    [Fact]
    public async Task A_record_that_contradicts_itself_is_refused_on_arrival_and_one_at_the_edge_is_taken()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var cover = (await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).SealedCover.ToByteArray();
        var now = states.Asking.Clock.GetUtcNow();
        var honest = new PaperRecord
        {
            Id = Ids.New(),
            Case = sent.CaseId,
            Authority = "XA-CP",
            Way = PaperWay.SENT,
            Channel = PaperChannel.COURIER,
            Message = sent.Message,
            CoverSha256 = Digest.Of(cover),
            At = now,
            Person = "Courier Ltd",
            Files = [new PaperFile("request.p7m", "application/pkcs7-mime", 9, Digest.Of("an envelope"u8))],
            EncryptedTo = Digest.Of("a certificate"u8),
            Time = now,
        };
        foreach (var (code, record) in new[]
        {
            ("V045", honest with { At = now.AddHours(1) }),
            ("V045", honest with { At = now.AddHours(-1) }),
            ("T705", honest with { EncryptedTo = null }),
            // Its own gateway lets five minutes pass; neither end is a contradiction.
            ("", honest with { At = now.AddMinutes(5) }),
            ("", honest with { At = now.AddMinutes(-5), Files = [new PaperFile("second.p7m", "application/pkcs7-mime", 9, Digest.Of("another envelope"u8))] }),
            ("", honest with { EncryptedTo = null, Files = [new PaperFile("clear.p7m", "application/pkcs7-mime", cover.Length, Digest.Of(cover))] }),
        })
            Assert.Equal(code, await Told(states, record, Certificate(record)));
    }

    [Fact]
    public async Task A_file_that_no_receipt_says_left_is_not_announced()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var cover = Digest.Of((await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).SealedCover.Span);
        PaperRecord Record(string file) => new()
        {
            Id = Ids.New(),
            Case = sent.CaseId,
            Authority = "XA-CP",
            Way = PaperWay.SENT,
            Channel = PaperChannel.POST,
            Message = sent.Message,
            CoverSha256 = cover,
            At = states.Asking.Clock.GetUtcNow(),
            Person = "Post office 7",
            Files = [new PaperFile(file, "application/pkcs7-mime", 9, Digest.Of(System.Text.Encoding.UTF8.GetBytes(file)))],
            EncryptedTo = Digest.Of("a certificate"u8),
            Time = states.Asking.Clock.GetUtcNow(),
        };
        var (one, other) = (Record("one.p7m"), Record("other.p7m"));
        Assert.Equal("T504", await Told(states, one));
        Assert.Equal("T504", await Told(states, one, Certificate(other)));
        Assert.Equal("T504", await Told(states, one, Certificate(one with { CoverSha256 = Digest.Of("another cover"u8) })));
        // The receipt came with an earlier message, and not with the record: the chain has it all the same.
        Assert.Equal("", await Told(states, other));
        Assert.Equal("", await Told(states, one, Certificate(one)));
        var told = (await states.Asked.Client(states.AskedLawyer).ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, About = "PAPER" })).Messages;
        Assert.Equal([("RECEIVED", ""), ("RECEIVED", ""), ("REJECTED", "T504"), ("REJECTED", "T504"), ("REJECTED", "T504")], told.Select(m => (m.State, m.Refusal?.Code ?? "")));
    }

    private static ReceiptDraft Certificate(PaperRecord record) => new(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(record.Message, record.CoverSha256, record.Files[0].Sha256));

    // As a gateway with a will of its own: sealed, certified and delivered like every message, and looked at by nobody before. Gives the code of the other side's refusal, or nothing.
    private static async Task<string> Told(TwoStates states, PaperRecord record, params ReceiptDraft[] certifies)
    {
        using var person = states.DutyOfficer.Signing.Signer();
        var signed = SignedDocument.Sign(record.Write(), person, states.Asking.Clock.GetUtcNow());
        var message = new OutgoingMessage(Ids.New(), record.Case, "XA-CP", "XB-CA", CoverAbout.PAPER, PaperRecord.Type, Urgency.ORDINARY, record.Message, [Part.Of(PartRole.paper, "paper.cms", "application/pkcs7-mime", signed)])
        {
            Certifies = certifies,
        };
        Assert.True((await states.Asking.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        MessageView? view = null;
        // One connection for all looks: each client makes its own, and a gateway takes so many and no more.
        var client = states.Asking.Client(states.DutyOfficer);
        await Eventually.Holds(() => (view = client.ListMessages(new ListMessagesRequest { CaseId = record.Case, Direction = "OUT", About = "PAPER" }).Messages
            .First(m => m.Message == message.Id)).State is "DELIVERED" or "REJECTED", () => $"{view?.State}");
        return view!.Refusal?.Code ?? "";
    }
}
