using System.Text;

namespace Gateway.Cli.Records;

/// <summary>
/// Puts a line into the order in which its characters are drawn. What a PDF of ours needs of the Unicode bidirectional algorithm (UAX #9) and no more: words of scripts that run to
/// the left are turned round, numbers and words of other scripts in them are not, and Arabic letters take the form that their place in the word demands.
/// </summary>
internal static class RightToLeft
{
    // From hamza to ghain and from feh to yeh, in the order of Unicode: how many forms each has among the presentation forms, which begin at U+FE80.
    private const string Forms = "12222424244444222244444444" + "444444" + "4224";
    private const string Mirrored = "()[]{}<>«»";
    private const int FirstForm = 0xfe80;
    private const char Lam = '\u0644';

    private static readonly Dictionary<char, (int First, int Count)> s_letters = Letters();

    /// <summary>Whether anything in the text runs to the left.</summary>
    public static bool Has(string text) => text.Any(IsRightToLeft);

    /// <summary>The line as it is drawn from left to right.</summary>
    /// <param name="text">One line, in the order of reading.</param>
    /// <param name="rightToLeft">Whether the line as a whole runs to the left.</param>
    public static string Visual(string text, bool rightToLeft)
    {
        if (!rightToLeft && !Has(text))
            return text;
        var shaped = Shape(text);
        var toLeft = Directions(shaped, rightToLeft);
        var runs = new List<string>();
        for (var from = 0; from < shaped.Length;)
        {
            var to = from + 1;
            while (to < shaped.Length && toLeft[to] == toLeft[from])
                to++;
            runs.Add(toLeft[from] ? Turned(shaped[from..to]) : shaped[from..to]);
            from = to;
        }
        if (rightToLeft)
            runs.Reverse();
        return string.Concat(runs);
    }

    // What has no direction takes that of its neighbours when they agree, else that of the line.
    private static bool[] Directions(string text, bool rightToLeft)
    {
        var direction = new bool[text.Length];
        bool? last = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (Strong(text[i]) is { } own)
            {
                (direction[i], last) = (own, own);
                continue;
            }
            bool? next = null;
            for (var j = i + 1; j < text.Length && next is null; j++)
                next = Strong(text[j]);
            direction[i] = (last ?? rightToLeft) == (next ?? rightToLeft) ? last ?? rightToLeft : rightToLeft;
        }
        return direction;
    }

    // True to the left, false to the right, null neither. Marks over letters go with them.
    private static bool? Strong(char c) => IsRightToLeft(c) ? true : char.IsLetterOrDigit(c) || char.IsSurrogate(c) ? false : null;

    private static bool IsRightToLeft(char c) => c is (>= '\u0590' and <= '\u065f') or (>= '\u066a' and <= '\u06ef') or (>= '\u06fa' and <= '\u08ff') or (>= '\ufb1d' and <= '\ufdff') or (>= '\ufe70' and <= '\ufeff');

    private static string Turned(string run)
    {
        var turned = new StringBuilder(run.Length);
        for (var i = run.Length - 1; i >= 0; i--)
        {
            var mirror = Mirrored.IndexOf(run[i], StringComparison.Ordinal);
            turned.Append(mirror < 0 ? run[i] : Mirrored[mirror ^ 1]);
        }
        return turned.ToString();
    }

    // Isolated, final, initial, medial; lam and alef become one sign.
    private static string Shape(string text)
    {
        var shaped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (!s_letters.TryGetValue(text[i], out var letter))
            {
                shaped.Append(text[i]);
                continue;
            }
            var before = i > 0 && s_letters.TryGetValue(text[i - 1], out var earlier) && earlier.Count == 4;
            if (text[i] == Lam && i + 1 < text.Length && "\u0622\u0623\u0625\u0627".IndexOf(text[i + 1], StringComparison.Ordinal) is >= 0 and var alef)
            {
                shaped.Append((char)(0xfef5 + (2 * alef) + (before ? 1 : 0)));
                i++;
                continue;
            }
            var after = letter.Count == 4 && i + 1 < text.Length && s_letters.TryGetValue(text[i + 1], out var later) && later.Count > 1;
            shaped.Append((char)(letter.First + ((before, after) switch { (false, false) => 0, (true, false) => Math.Min(1, letter.Count - 1), (false, true) => 2, _ => 3 })));
        }
        return shaped.ToString();
    }

    private static Dictionary<char, (int First, int Count)> Letters()
    {
        var letters = new Dictionary<char, (int First, int Count)>();
        var form = FirstForm;
        for (var i = 0; i < Forms.Length; i++)
        {
            // Between ghain and feh Unicode has letters of other languages, which have no forms here.
            var letter = (char)(i < 26 ? 0x0621 + i : 0x0641 + (i - 26));
            letters[letter] = (form, Forms[i] - '0');
            form += Forms[i] - '0';
        }
        return letters;
    }
}
