using System.Globalization;
using System.Text;
using Gateway.Protocol.Verification;

namespace Gateway.Verifier;

/// <summary>
/// A case as a picture (SVG): one line per State, time downwards, messages as arrows between them. Rows have equal height, because minutes
/// and months stand in one case; where much time passes, the picture says how much. One picture holds what fits on a page.
/// </summary>
internal sealed class TimelinePicture
{
    private const double Width = 180;
    private const double Left = 62;
    private const double Right = 136;
    private const double Row = 8.4;
    private const double Pause = 4.5;
    private const double Top = 13;

    // In mm, as the picture is 180 wide and so is the text of a page: what A4 leaves beside the margins and the heading above the first picture.
    private const double Height = 233;
    private static readonly TimeSpan WorthSaying = TimeSpan.FromHours(12);

    private readonly StringBuilder _svg = new();
    private readonly string _left;
    private readonly string _right;
    private double _y = Top;

    private TimelinePicture(string left, string right) => (_left, _right) = (left, right);

    /// <summary>The pictures of one case, each for a page.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<TimelineEvent> events)
    {
        // The State that sent the first message stands on the left.
        var left = (events.FirstOrDefault(e => e.To is not null) ?? events[0]).State;
        var right = events.Select(e => e.To ?? e.State).FirstOrDefault(s => s != left) ?? "";
        var pictures = new List<string>();
        DateTimeOffset? before = null;
        for (var at = 0; at < events.Count;)
        {
            var picture = new TimelinePicture(left, right);
            pictures.Add(picture.Draw(events, ref at, before));
            before = events[at - 1].Time;
        }
        return pictures;
    }

    // As many events as fit; a pause between two pictures is shown in the second.
    private string Draw(IReadOnlyList<TimelineEvent> events, ref int at, DateTimeOffset? before)
    {
        var day = "";
        for (; at < events.Count; at++)
        {
            var happened = events[at];
            var paused = before is { } last && happened.Time - last > WorthSaying;
            if (_y > Top && _y + (paused ? Pause : 0) + Row > Height)
                break;
            if (paused)
                Gap(happened.Time - before!.Value);
            var today = happened.Time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Text(2, _y + 1, happened.Time.ToUniversalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture), "time", 26);
            if (today != day)
                Text(2, _y - 2.6, today, "day", 26);
            day = today;
            Event(happened);
            before = happened.Time;
            _y += Row;
        }
        var height = _y + 1;
        var picture = new StringBuilder();
        picture.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height:0.#}\" role=\"img\" aria-label=\"time line of the case\">");
        picture.Append("<style>text{font-family:\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif;font-size:2.9px;fill:#1b1f24}.time{font-size:2.7px;fill:#57606a}.day{font-size:2.7px;font-weight:700}.head{font-size:3.6px;font-weight:700}.gap{font-size:2.6px;font-style:italic;fill:#57606a}.late{fill:#57606a;font-size:2.4px}</style>");
        foreach (var (x, state) in ((double, string)[])[(Left, _left), (Right, _right)])
        {
            picture.Append(CultureInfo.InvariantCulture, $"<text class=\"head\" x=\"{x}\" y=\"5\" text-anchor=\"middle\">{HtmlReport.Escape(state)}</text>");
            picture.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x}\" y1=\"7\" x2=\"{x}\" y2=\"{height:0.#}\" stroke=\"#8c959f\" stroke-width=\".5\"/>");
        }
        return picture.Append(_svg).Append("</svg>").ToString();
    }

    private void Gap(TimeSpan passed)
    {
        var text = passed.TotalDays >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{passed.TotalDays:0} days") : string.Create(CultureInfo.InvariantCulture, $"{passed.TotalHours:0} hours");
        _svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"22\" y1=\"{_y - 3:0.#}\" x2=\"{Width - 4}\" y2=\"{_y - 3:0.#}\" stroke=\"#d0d7de\" stroke-width=\".3\" stroke-dasharray=\"1 1\"/>");
        Text(2, _y - 2.2, text, "gap", 24);
        _y += Pause;
    }

    private void Event(TimelineEvent happened)
    {
        var from = X(happened.State);
        if (happened.To is { } to)
        {
            Arrow(happened, from, X(to));
            return;
        }
        var (colour, shape) = Mark(happened.Kind);
        var y = _y.ToString("0.#", CultureInfo.InvariantCulture);
        _svg.Append(shape switch
        {
            'd' => string.Create(CultureInfo.InvariantCulture, $"<path d=\"M{from} {_y - 1.7:0.#}l1.7 1.7-1.7 1.7-1.7-1.7z\" fill=\"{colour}\"/>"),
            'x' => string.Create(CultureInfo.InvariantCulture, $"<path d=\"M{from - 1.4} {_y - 1.4:0.#}l2.8 2.8m0-2.8l-2.8 2.8\" stroke=\"{colour}\" stroke-width=\".7\"/>"),
            's' => string.Create(CultureInfo.InvariantCulture, $"<rect x=\"{from - 1.4}\" y=\"{_y - 1.4:0.#}\" width=\"2.8\" height=\"2.8\" fill=\"{colour}\"/>"),
            _ => string.Create(CultureInfo.InvariantCulture, $"<circle cx=\"{from}\" cy=\"{y}\" r=\"1.3\" fill=\"#fff\" stroke=\"{colour}\" stroke-width=\".6\"/>"),
        });
        if (from == Left)
            Text(from - 3, _y + 1, happened.Text, "", 34, "end");
        else
            Text(from + 3, _y + 1, happened.Text, "", 40);
    }

    private void Arrow(TimelineEvent happened, double from, double to)
    {
        var (colour, width) = happened.Kind switch
        {
            TimelineKind.Request => ("#1f4e8c", .7),
            TimelineKind.Evidence => ("#1a6b3c", 1.1),
            _ => ("#1b1f24", .5),
        };
        var step = to > from ? 1 : -1;
        var tip = to - (step * 1.2);
        var dash = happened.Arrived is null ? " stroke-dasharray=\"1.5 1.2\"" : "";
        _svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{from}\" y1=\"{_y:0.#}\" x2=\"{tip}\" y2=\"{_y:0.#}\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>");
        if (happened.Arrived is not null)
            _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{to} {_y:0.#}l{-2.6 * step} -1.4v2.8z\" fill=\"{colour}\"/>");
        Text((Left + Right) / 2, _y - 1.1, happened.Text.Replace('_', ' '), "", 50, "middle");
        if (happened.Arrived is null)
            Text((Left + Right) / 2, _y + 2.8, "nothing shows that it arrived", "late", 50, "middle");
        else if (happened.Arrived - happened.Time is var took && took >= TimeSpan.FromMinutes(1))
            Text((Left + Right) / 2, _y + 2.8, string.Create(CultureInfo.InvariantCulture, $"taken after {(took.Value.TotalHours >= 2 ? $"{took.Value.TotalHours:0} h" : $"{took.Value.TotalMinutes:0} min")}"), "late", 50, "middle");
    }

    private double X(string state) => state == _left ? Left : Right;

    private static (string Colour, char Shape) Mark(TimelineKind kind) => kind switch
    {
        TimelineKind.Failed => ("#a51d2d", 'x'),
        TimelineKind.Released => ("#8a5a00", 'd'),
        TimelineKind.Disclosed => ("#6b3fa0", 'd'),
        TimelineKind.Shipped => ("#1f4e8c", 's'),
        TimelineKind.Erased => ("#57606a", 'x'),
        TimelineKind.Consigned or TimelineKind.HandedOver => ("#1a6b3c", 's'),
        TimelineKind.Closed => ("#1b1f24", 's'),
        TimelineKind.Opened or TimelineKind.Request or TimelineKind.Act or TimelineKind.Evidence => ("#57606a", 'o'),
    };

    // A text that is too long for its place is shortened, not squeezed: the tables below hold it whole.
    private void Text(double x, double y, string text, string style, int most, string anchor = "start")
    {
        var shown = text.Length <= most ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");
        _svg.Append(CultureInfo.InvariantCulture, $"<text{(style.Length > 0 ? $" class=\"{style}\"" : "")} x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{HtmlReport.Escape(shown)}</text>");
    }
}
