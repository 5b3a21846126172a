using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Paper;

public sealed class PaperRequestTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 2, 15, 0, TimeSpan.Zero);

    internal static readonly PaperRequest Sample = new()
    {
        Id = new string('1', 32), Case = $"XB-{new string('2', 32)}", Authority = "XA-CA", From = "XB-CA", Channel = PaperChannel.INTERPOL, Reference = "XB 12/2026", At = Now, Person = "K. Registrar",
        CheckedBy = "J. Officer", Check = "rang back the number in the description", Request = Digest.Of("request"u8), Files = [new PaperFile("letter.pdf", "application/pdf", 17, Digest.Of("letter"u8))], Time = Now,
    };

    [Theory]
    [InlineData("no file")]
    [InlineData("a case of our own")]
    [InlineData("from ourselves")]
    [InlineData("nobody checked it")]
    [InlineData("no way of checking")]
    public void What_contradicts_itself_is_refused(string what)
    {
        var document = what switch
        {
            "no file" => Sample with { Files = [] },
            "a case of our own" => Sample with { Case = $"XA-{new string('2', 32)}" },
            "from ourselves" => Sample with { From = "XA-CP", Case = $"XA-{new string('2', 32)}" },
            "nobody checked it" => Sample with { CheckedBy = "" },
            _ => Sample with { Check = "" },
        };
        Assert.False(PaperRequest.Read(document.Write()).Succeeded);
        Assert.Equal(Sample.Write(), PaperRequest.Read(Sample.Write()).Value.Write());
    }

    [Fact]
    public void A_letter_of_the_side_that_asked_says_its_own_acts_and_nothing_goes_without_saying()
    {
        var letter = PaperRecordTests.Received with { Case = Sample.Case, Authority = "XA-CA", Says = ActKind.WITHDRAWN, Acts = [ActKind.WITHDRAWN], Outcome = null, DueAt = null };
        Assert.Equal(CaseSide.Requesting, Assert.Single(PaperRecord.Read(letter.Write()).Value.Entries).Side);
        Assert.False(PaperRecord.Read((letter with { Says = ActKind.ACCEPTED, Acts = [ActKind.ACCEPTED] }).Write()).Succeeded);
        Assert.Equal([ActKind.WITHDRAWN], ReplyPath.To(Standing.Delivered, ActKind.WITHDRAWN, RequestKind.PRESERVE_DATA, CaseSide.Requesting));
        Assert.Empty(ReplyPath.To(Standing.Delivered, ActKind.COMPLETED, RequestKind.PRESERVE_DATA, CaseSide.Requesting));
    }
}
