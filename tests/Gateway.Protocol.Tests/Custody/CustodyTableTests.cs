using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Xunit;
using static Gateway.Protocol.Evidence.CustodyKind;

namespace Gateway.Protocol.Tests.Custody;

public class CustodyTableTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 9, 0, 0, TimeSpan.FromHours(1));
    private static readonly Digest Content = Digest.Of("content"u8);

    [Fact]
    public void An_interval_in_which_the_item_lies_nowhere_is_flagged()
    {
        var remark = Assert.Single(Table(Line(0, SEIZED), Line(25, ATTACHED)));
        Assert.Equal((1, CustodyFlag.Unexplained), (remark.Line, remark.Flag));
        Assert.Empty(Table(Line(0, SEIZED), Line(1, STORED), Line(1000, ATTACHED)));
        Assert.Empty(Table(Line(0, SEIZED), Line(24, ATTACHED)));
    }

    [Fact]
    public void An_item_that_is_out_is_explained_until_it_is_due_back()
    {
        var @out = Line(1, CHECKED_OUT) with { ExplainedUntil = Begin.AddHours(100) };
        Assert.Empty(Table(Line(0, STORED), @out, Line(110, CHECKED_IN)));
        Assert.Equal([(2, CustodyFlag.Unexplained)], Table(Line(0, STORED), @out, Line(130, CHECKED_IN)).Select(r => (r.Line, r.Flag)));
        Assert.Equal([(1, CustodyFlag.Unexplained)], CustodyTable.Of("E-1", [Line(0, STORED), @out], Begin.AddHours(130)).Remarks.Select(r => (r.Line, r.Flag)));
        Assert.Empty(CustodyTable.Of("E-1", [Line(0, STORED), @out], Begin.AddHours(110)).Remarks);
    }

    [Fact]
    public void An_item_that_another_authority_has_without_a_hand_over_is_flagged()
    {
        Assert.Equal([(1, CustodyFlag.Unexplained)], Table(Line(0, SEIZED), Line(1, ACQUIRED) with { Authority = "XB-LAB" }, Line(2, ATTACHED) with { Authority = "XB-LAB" }).Select(r => (r.Line, r.Flag)));
        Assert.Empty(Table(Line(0, SEIZED), Line(1, RECEIVED_BY_LAB) with { Authority = "XB-LAB" }, Line(2, ATTACHED) with { Authority = "XB-LAB" }));
    }

    [Fact]
    public void Whoever_hands_it_over_must_have_it()
        => Assert.Equal([(2, CustodyFlag.OtherHolder)], Table(
            Line(0, STORED), Line(1, MOVED) with { To = "XB-LAB" }, Line(2, MOVED) with { From = "XB-PO", To = "XB-CA" }, Line(3, MOVED) with { From = "XB-CA" }).Select(r => (r.Line, r.Flag)));

    [Fact]
    public void A_content_that_changes_between_two_hands_is_flagged()
        => Assert.Equal([(2, CustodyFlag.HashDiffers)], Table(Line(0, STORED) with { HashAfter = Content }, Line(1, MOVED) with { HashBefore = Content }, Line(2, MOVED) with { HashBefore = Digest.Of("x"u8) }).Select(r => (r.Line, r.Flag)));

    [Fact]
    public void What_must_come_before_is_asked_for()
    {
        Assert.Equal([(0, CustodyFlag.NothingBefore)], Table(Line(0, CHECKED_IN)).Select(r => (r.Line, r.Flag)));
        Assert.Equal([(0, CustodyFlag.OutOfOrder)], Table(Line(1, ATTACHED), Line(0, RELEASED)).Select(r => (r.Line, r.Flag)));
        Assert.Empty(Table(Line(0, ATTACHED), Line(1, RELEASED)));
        Assert.Equal([(0, CustodyFlag.OutOfOrder)], Table(Line(0, RECEIVED), Line(1, SENT), Line(-1, ATTACHED), Line(-1, RELEASED)).Select(r => (r.Line - 2, r.Flag)));
        Assert.Equal([(1, CustodyFlag.NothingBefore)], Table(Line(0, DESTROYED), Line(1, STORED)).Select(r => (r.Line, r.Flag)));
    }

    [Fact]
    public void What_was_written_down_late_found_different_or_corrected_is_said()
    {
        Assert.Equal([CustodyFlag.RecordedLate], Table(Line(0, STORED) with { RecordedAt = Begin.AddHours(25) }).Select(r => r.Flag));
        Assert.Equal([CustodyFlag.Mismatch], Table(Line(0, ATTACHED), Line(1, MISMATCH)).Select(r => r.Flag));
        Assert.Equal([(0, CustodyFlag.Corrected)], Table(Line(0, STORED) with { Sha256 = Content }, Line(1, CORRECTION) with { Corrects = Content }).Select(r => (r.Line, r.Flag)));
    }

    private static CustodyLine Line(double hours, CustodyKind kind) => new(Begin.AddHours(hours), kind, "Room 4", "A. Officer", "XB-PO", "as ordered");

    private static IReadOnlyList<CustodyRemark> Table(params CustodyLine[] lines) => CustodyTable.Of("E-1", lines).Remarks;
}
