using System.Collections.Frozen;

namespace Gateway.Protocol.Deadlines;

/// <summary>Days and hours of a State: its time zone, its weekend, its holidays.</summary>
/// <param name="State">ISO 3166-1 alpha-2.</param>
/// <param name="Zone">Its time zone.</param>
/// <param name="Weekend">Days on which nobody works.</param>
/// <param name="Holidays">Holidays of the years in the table.</param>
/// <param name="FirstYear">First year of the table; 0 when there is no table.</param>
/// <param name="LastYear">Last year of the table.</param>
public sealed record WorkCalendar(string State, TimeZoneInfo Zone, IReadOnlySet<DayOfWeek> Weekend, IReadOnlySet<DateOnly> Holidays, int FirstYear, int LastYear)
{
    /// <summary>Office hours begin, local time.</summary>
    public TimeOnly WorkFrom { get; init; } = new(8, 0);

    /// <summary>Office hours end.</summary>
    public TimeOnly WorkTo { get; init; } = new(18, 0);

    // A stranger may write any date; beyond these, adding to it or taking from it would leave the calendar.
    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A State of which no table is at hand: every day counts.</summary>
    public static WorkCalendar Without(string state, TimeZoneInfo zone) => new(state, zone, FrozenSet<DayOfWeek>.Empty, FrozenSet<DateOnly>.Empty, 0, 0);

    /// <summary>The longest time that lies between two times with which this code reckons.</summary>
    internal static TimeSpan Longest => Latest - Earliest;

    /// <summary>The time, or the first or the last one with which this code reckons (years 1900 and 9000).</summary>
    public static DateTimeOffset Sane(DateTimeOffset time) => time > Latest ? Latest : time < Earliest ? Earliest : time;

    internal static DateOnly Sane(DateOnly day) => day.Year >= Latest.Year ? new DateOnly(Latest.Year, 1, 1) : day.Year < Earliest.Year ? new DateOnly(Earliest.Year, 1, 1) : day;

    /// <summary>So much later, or earlier where it is negative; never beyond the times with which this code reckons.</summary>
    internal static DateTimeOffset Add(DateTimeOffset from, TimeSpan term)
    {
        var sane = Sane(from);
        return term > Latest - sane ? Latest : term < Earliest - sane ? Earliest : sane + term;
    }

    /// <summary>Whether the table says something about the year of this day.</summary>
    public bool Covers(DateOnly day) => day.Year >= FirstYear && day.Year <= LastYear;

    /// <summary>Whether people work on this day; a day of a year that the table does not cover counts as one.</summary>
    public bool IsWorkingDay(DateOnly day) => !Covers(day) || (!Weekend.Contains(day.DayOfWeek) && !Holidays.Contains(day));

    /// <summary>The day in this State.</summary>
    public DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(Local(time).DateTime);

    /// <summary>The time with this State's offset.</summary>
    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);

    /// <summary>The same local time so many calendar days later, whatever the clocks did in between.</summary>
    public DateTimeOffset AddDays(DateTimeOffset from, int days)
    {
        var local = Local(Sane(from));
        var day = DateOnly.FromDateTime(local.DateTime);
        return At(Sane(DateOnly.FromDayNumber((int)Math.Clamp(day.DayNumber + (long)days, DateOnly.MinValue.DayNumber, DateOnly.MaxValue.DayNumber))), TimeOnly.FromDateTime(local.DateTime));
    }

    /// <summary>The same local time so many working days later, and whether a year without a table was crossed.</summary>
    public (DateTimeOffset Time, bool Complete) AddWorkingDays(DateTimeOffset from, int days)
    {
        var local = Local(Sane(from));
        var (day, complete) = (DateOnly.FromDateTime(local.DateTime), true);
        for (var left = days; left > 0 && day.Year <= Latest.Year;)
        {
            day = day.AddDays(1);
            complete &= Covers(day);
            if (IsWorkingDay(day))
                left--;
        }
        return (At(day, TimeOnly.FromDateTime(local.DateTime)), complete);
    }

    /// <summary>The last moment of office hours not later than this.</summary>
    public DateTimeOffset WorkingTimeUpTo(DateTimeOffset time)
    {
        var local = Local(Sane(time));
        var (day, clock) = (DateOnly.FromDateTime(local.DateTime), TimeOnly.FromDateTime(local.DateTime));
        if (IsWorkingDay(day) && clock >= WorkFrom)
            return clock <= WorkTo ? time : At(day, WorkTo);
        do
            day = day.AddDays(-1);
        while (!IsWorkingDay(day) && day.Year >= Earliest.Year);
        return At(day, WorkTo);
    }

    /// <summary>
    /// A local time as a moment. One that the clocks skip is the moment when they were put forward; one that they show twice is the first:
    /// nobody gets more time than was said.
    /// </summary>
    public DateTimeOffset At(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        while (Zone.IsInvalidTime(local))
            local = new DateTime((local.Ticks / TimeSpan.TicksPerMinute + 1) * TimeSpan.TicksPerMinute, DateTimeKind.Unspecified);
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
