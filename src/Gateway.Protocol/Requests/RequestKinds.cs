namespace Gateway.Protocol.Requests;

/// <summary>The table of kinds: one row each, from which rules, schemas, forms and documentation come.</summary>
public static class RequestKinds
{
    private static readonly RequestRow[] Table = [.. ((IReadOnlyList<RequestRow>[])
        [PreservationKinds.Rows, StoredDataKinds.Rows, MeasureKinds.Rows, HearingKinds.Rows, PropertyKinds.Rows, PersonKinds.Rows, InquiryKinds.Rows])
        .SelectMany(rows => rows).OrderBy(row => row.Kind)];

    /// <summary>All rows, in the order of <see cref="RequestKind"/>.</summary>
    public static IReadOnlyList<RequestRow> All => Table;

    /// <summary>The row of a kind.</summary>
    public static RequestRow Of(RequestKind kind) => Table[(int)kind];
}

/// <summary>Times to the first decision, in days: for emergencies, urgent and ordinary requests.</summary>
internal static class Within
{
    private static readonly TimeSpan Emergency = TimeSpan.FromHours(8);

    public static (TimeSpan, TimeSpan, TimeSpan) Hours(int urgent, int ordinary) => (Emergency, TimeSpan.FromHours(urgent), TimeSpan.FromHours(ordinary));

    /// <summary>An urgent request is due in half the time.</summary>
    public static (TimeSpan, TimeSpan, TimeSpan) Days(int ordinary) => (Emergency, TimeSpan.FromDays(ordinary) / 2, TimeSpan.FromDays(ordinary));
}
