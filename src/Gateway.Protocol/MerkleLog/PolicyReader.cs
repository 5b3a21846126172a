using System.Text;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>Reads a policy file line by line; the first violation ends the reading.</summary>
internal sealed class PolicyReader
{
    /// <summary>Octets are octets: Latin-1 keeps each as one character, whatever they mean.</summary>
    public static readonly Encoding Octets = Encoding.Latin1;

    private readonly List<NoteKey> _logs = [];
    private readonly List<PolicyWitness> _witnesses = [];
    private readonly List<PolicyGroup> _groups = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private string? _quorum;

    public Outcome<TlogPolicy> Read(ReadOnlyMemory<byte> bytes)
    {
        var text = Octets.GetString(bytes.Span);
        if (text.Length > TlogPolicy.MaxBytes || text.Any(c => (c < ' ' && c is not ('\t' or '\n')) || c == 0x7f))
            return Bad(0, "the file is too long or holds control characters");
        if (text.Length > 0 && !text.EndsWith('\n'))
            return Bad(0, "the last line does not end");
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && words[0][0] != '#' && Line(words) is { } mistake)
                return Bad(number, mistake);
        }
        return _quorum is null ? Bad(number, "the quorum is not said") : TlogPolicy.Of(_logs, _witnesses, _groups, _quorum);
    }

    private string? Line(string[] words) => words[0] switch
    {
        "log" => Log(words),
        "witness" => Witness(words),
        "group" => Group(words),
        "quorum" => Quorum(words),
        _ => "a line begins with log, witness, group or quorum",
    };

    private string? Log(string[] words)
    {
        if (words.Length is not (2 or 3))
            return "expected: log KEY [URL]";
        if (!Key(words[1]).TryGet(out var key, out var refusal))
            return refusal.Detail;
        if (key.Algorithm == NoteAlgorithm.Cosignature)
            return "a cosigner's key is not a log's";
        if (_logs.Count == TlogPolicy.MaxOfAKind || _logs.Exists(l => l.PublicKey.Span.SequenceEqual(key.PublicKey.Span)))
            return "the log stands twice, or there are too many";
        _logs.Add(key);
        return null;
    }

    private string? Witness(string[] words)
    {
        if (words.Length is not (3 or 4))
            return "expected: witness NAME KEY [URL]";
        if (!Key(words[2]).TryGet(out var key, out var refusal))
            return refusal.Detail;
        if (key.Algorithm != NoteAlgorithm.Cosignature)
            return "a witness has a cosigner's key";
        if (_witnesses.Count == TlogPolicy.MaxOfAKind || _witnesses.Exists(w => w.Key.PublicKey.Span.SequenceEqual(key.PublicKey.Span)))
            return "the witness stands twice, or there are too many";
        if (Define(words[1]) is { } taken)
            return taken;
        _witnesses.Add(new PolicyWitness(words[1], key, words.ElementAtOrDefault(3)));
        return null;
    }

    private string? Group(string[] words)
    {
        if (words.Length < 4)
            return "expected: group NAME THRESHOLD MEMBER...";
        var members = words[3..];
        long threshold;
        if (words[2] == "any")
            threshold = 1;
        else if (words[2] == "all")
            threshold = members.Length;
        else if (!NoteText.TryNumber(words[2], out threshold) || threshold < 1 || threshold > members.Length)
            return "the threshold is any, all or 1 to the number of members";
        foreach (var member in members)
        {
            if (!_names.Contains(member))
                return $"'{Shown(member)}' is not defined before";
            // Else one witness could count twice.
            if (!_members.Add(member))
                return $"'{Shown(member)}' is a member already";
        }
        if (_groups.Count == TlogPolicy.MaxOfAKind)
            return "there are too many groups";
        if (Define(words[1]) is { } taken)
            return taken;
        _groups.Add(new PolicyGroup(words[1], (int)threshold, members));
        return null;
    }

    private string? Quorum(string[] words)
    {
        if (words.Length != 2 || _quorum is not null)
            return "expected one line: quorum NAME";
        if (words[1] != TlogPolicy.NoQuorum && !_names.Contains(words[1]))
            return $"'{Shown(words[1])}' is not defined before";
        _quorum = words[1];
        return null;
    }

    private string? Define(string name) => name != TlogPolicy.NoQuorum && _names.Add(name) ? null : $"the name '{Shown(name)}' is taken";

    // A key name is UTF-8, the file is octets.
    private static Outcome<NoteKey> Key(string octets) => SignedNote.TryDecode(Octets.GetBytes(octets), out var text)
        ? NoteKey.Read(text)
        : new Refusal(RefusalCode.NoteMalformed, "a key is UTF-8");

    private static string Shown(string octets) => Documents.StrictJson.Shown(octets);

    private static Refusal Bad(int line, string detail) => new(RefusalCode.PolicyMalformed, line == 0 ? detail : $"line {NoteText.Number(line)}: {detail}");
}
