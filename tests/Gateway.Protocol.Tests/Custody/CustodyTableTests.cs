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
    public void No_date_of_return_explains_more_than_ninety_days_and_one_before_the_event_nothing()
    {
        var @out = Line(1, CHECKED_OUT) with { ExplainedUntil = DateTimeOffset.MaxValue };
        Assert.Empty(Table(Line(0, STORED), @out, Line((90 * 24) + 20, CHECKED_IN)));
        Assert.Equal([(2, CustodyFlag.Unexplained)], Table(Line(0, STORED), @out, Line((91 * 24) + 20, CHECKED_IN)).Select(r => (r.Line, r.Flag)));
        Assert.Equal([(2, CustodyFlag.Unexplained)], Table(Line(0, STORED), @out, Line((91 * 24) + 20, VIEWED)).Select(r => (r.Line, r.Flag)));
        Assert.Equal([(1, CustodyFlag.Unexplained)], CustodyTable.Of("E-1", [Line(0, STORED), @out], Begin.AddDays(92)).Remarks.Select(r => (r.Line, r.Flag)));
        // Who still needs it then says so again.
        Assert.Empty(Table(Line(0, STORED), @out, Line(90 * 24, CHECKED_OUT) with { ExplainedUntil = DateTimeOffset.MaxValue }, Line((180 * 24) + 20, CHECKED_IN)));
        var early = Line(100, CHECKED_OUT) with { ExplainedUntil = Begin };
        Assert.Empty(Table(Line(0, STORED), early, Line(120, CHECKED_IN)));
        Assert.Equal([(2, CustodyFlag.Unexplained)], Table(Line(0, STORED), early, Line(130, CHECKED_IN)).Select(r => (r.Line, r.Flag)));
    }

    [Fact]
    public void The_copy_that_is_attached_says_nothing_of_the_object()
    {
        static IEnumerable<(int, string)> Gaps(IReadOnlyList<CustodyRemark> remarks) => remarks.Where(r => r.Flag == CustodyFlag.Unexplained).Select(r => (r.Line, r.Text.Split(" nothing")[0]));
        Assert.Equal([(2, "between SEIZED (2026-03-01 09:00:00 +01:00) and STORED (2026-03-03 07:00:00 +01:00)")], Gaps(Table(Line(0, SEIZED), Line(23, ATTACHED), Line(46, STORED))));
        Assert.Equal([(2, "between SEIZED (2026-03-01 09:00:00 +01:00) and VIEWED (2026-03-03 07:00:00 +01:00)")], Gaps(Table(Line(0, SEIZED), Line(1, ATTACHED), Line(46, VIEWED))));
        Assert.Equal([(1, "since ACQUIRED (2026-03-01 10:00:00 +01:00)")], Gaps(CustodyTable.Of("E-1", [Line(0, RECEIVED_BY_LAB), Line(1, ACQUIRED), Line(2, ATTACHED)], Begin.AddHours(30)).Remarks));
        Assert.Empty(Gaps(CustodyTable.Of("E-1", [Line(0, RECEIVED_BY_LAB), Line(1, ACQUIRED), Line(2, ATTACHED), Line(3, STORED)], Begin.AddHours(1000)).Remarks));
        // It is one interval, told once: where it ends.
        Assert.Equal([2], Gaps(Table(Line(0, SEIZED), Line(30, ATTACHED), Line(46, STORED))).Select(gap => gap.Item1));
        Assert.Equal([2], Gaps(CustodyTable.Of("E-1", [Line(0, SEIZED), Line(30, ATTACHED), Line(60, RELEASED)]).Remarks).Select(gap => gap.Item1));
        // Traffic, a provider's export: there never was an object.
        Assert.Empty(Gaps(Table(Line(0, IDENTIFIED), Line(1, ACQUIRED), Line(2, ATTACHED), Line(1000, VIEWED))));
        Assert.Empty(Gaps(CustodyTable.Of("E-1", [Line(0, ACQUIRED), Line(1, ATTACHED)], Begin.AddHours(1000)).Remarks));
    }

    [Theory]
    [InlineData(VIEWED)]
    [InlineData(ACCESSED)]
    [InlineData(EXPORTED)]
    [InlineData(CORRECTION)]
    [InlineData(RETENTION_SET)]
    [InlineData(LEGAL_HOLD)]
    [InlineData(MISMATCH)]
    public void What_names_no_place_explains_no_interval(CustodyKind neutral)
    {
        static bool Gap(CustodyRemark remark) => remark.Flag == CustodyFlag.Unexplained;
        var gap = Assert.Single(Table(Line(0, STORED), Line(1, CHECKED_OUT), Line(2, neutral), Line(1000, CHECKED_IN)), Gap);
        Assert.Equal(3, gap.Line);
        Assert.StartsWith("between CHECKED_OUT (2026-03-01 10:00:00 +01:00) and CHECKED_IN ", gap.Text, StringComparison.Ordinal);
        // Never brought back: until today on a screen, until the last line in a bundle.
        Assert.Equal(1, Assert.Single(CustodyTable.Of("E-1", [Line(0, STORED), Line(1, CHECKED_OUT), Line(2, neutral)], Begin.AddHours(1000)).Remarks, Gap).Line);
        Assert.Equal(2, Assert.Single(Table(Line(0, STORED), Line(1, CHECKED_OUT), Line(1000, neutral)), Gap).Line);
        Assert.DoesNotContain(Table(Line(0, STORED), Line(1, CHECKED_OUT), Line(2, CHECKED_IN), Line(1000, neutral)), Gap);
        Assert.DoesNotContain(CustodyTable.Of("E-1", [Line(0, STORED), Line(1, neutral)], Begin.AddHours(1000)).Remarks, Gap);
    }

    [Fact]
    public void A_parcel_that_arrives_does_not_bring_back_the_object_that_is_out()
    {
        CustodyLine[] lines = [Line(0, STORED), Line(1, ATTACHED), Line(2, CHECKED_OUT), Line(3, SHIPPED), Line(20, DELIVERED_PHYSICAL)];
        Assert.Equal([(2, CustodyFlag.Unexplained)], CustodyTable.Of("E-1", lines, Begin.AddHours(1000)).Remarks.Select(r => (r.Line, r.Flag)));
        Assert.Equal([(3, CustodyFlag.Unexplained)], CustodyTable.Of("E-1", [.. lines[..2], .. lines[3..4]], Begin.AddHours(1000)).Remarks.Select(r => (r.Line + 1, r.Flag)));
        Assert.Equal([(4, CustodyFlag.Unexplained)], Table([.. lines[..2], .. lines[3..4], Line(900, VIEWED), Line(1000, DELIVERED_PHYSICAL)]).Select(r => (r.Line, r.Flag)));
    }

    [Fact]
    public void An_item_that_another_authority_has_without_a_hand_over_is_flagged()
    {
        Assert.Equal([(1, CustodyFlag.Unexplained)], Table(Line(0, SEIZED), Line(1, ACQUIRED) with { Authority = "XB-LAB" }, Line(2, ATTACHED) with { Authority = "XB-LAB" }).Select(r => (r.Line, r.Flag)));
        Assert.Empty(Table(Line(0, SEIZED), Line(1, RECEIVED_BY_LAB) with { Authority = "XB-LAB" }, Line(2, ATTACHED) with { Authority = "XB-LAB" }));
        // Who reads or corrects has not got the object by that.
        Assert.Equal([(2, CustodyFlag.Unexplained)], Table(Line(0, SEIZED), Line(1, CORRECTION) with { Authority = "XB-LAB" }, Line(2, ACQUIRED) with { Authority = "XB-LAB" }).Select(r => (r.Line, r.Flag)));
    }

    [Fact]
    public void Whoever_hands_it_over_must_have_it()
        => Assert.Equal([(2, CustodyFlag.OtherHolder)], Table(
            Line(0, STORED), Line(1, MOVED) with { To = "XB-LAB" }, Line(2, MOVED) with { From = "XB-PO", To = "XB-CA" }, Line(3, MOVED) with { From = "XB-CA" }).Select(r => (r.Line, r.Flag)));

    [Fact]
    public void A_copy_that_goes_to_another_authority_does_not_take_the_object_along()
    {
        Assert.Empty(Table(Line(0, STORED), Line(1, ATTACHED), Line(2, RELEASED), Line(3, ENCRYPTED_FOR) with { To = "XA-CP" }, Line(4, SENT) with { From = "XB-CA", To = "XA-CP" }, Line(5, MOVED) with { From = "XB-LAB" }));
        Assert.Empty(Table(Line(0, STORED), Line(1, ATTACHED), Line(2, SHIPPED) with { To = "XA-CP" }, Line(3, DELIVERED_PHYSICAL) with { From = "XB-CA" }));
    }

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
