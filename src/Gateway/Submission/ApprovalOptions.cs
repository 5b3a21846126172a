using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Runtime;

namespace Gateway.Submission;

/// <summary>Section <c>Approval</c>: what the own State wants before a request or an act leaves. Nothing of it is sent.</summary>
internal sealed class ApprovalOptions : ICheckedOptions
{
    /// <summary>Classification words of the State, the lowest first; when there are any, every request bears one and goes through a draft.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>Marks with which a request needs the approval of a second person.</summary>
    public IReadOnlyList<string> MarksToApprove { get; init; } = [];

    /// <summary>Kinds that need the approval of a second person whatever their mark.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Acts on a case that need the approval of a second person and, where there are marks, one of them: REFUSED, EXECUTED.</summary>
    public IReadOnlyList<string> Acts { get; init; } = [];

    /// <summary>Whether an act leaves only when another person than its signer approves it.</summary>
    public bool NeedsApproval(ActKind act) => Acts.Contains(act.ToString());

    /// <summary>Whether a request may only leave as a draft that others have looked at.</summary>
    public bool NeedsDraft(RequestKind kind) => Marks.Count > 0 || Kinds.Contains(kind.ToString());

    /// <summary>Whether a second person must approve it.</summary>
    public bool NeedsApproval(RequestKind kind, string mark) => Kinds.Contains(kind.ToString()) || MarksToApprove.Contains(mark);

    public void Check(string path, Mistakes mistakes)
    {
        foreach (var mark in Marks.Where(mark => mark.Length is 0 or > 60))
            mistakes.Add($"{path}:Marks", $"'{mark}' has not 1 to 60 characters", "Write the word of your State: RESTRICTED.");
        foreach (var mark in MarksToApprove.Where(mark => !Marks.Contains(mark)))
            mistakes.Add($"{path}:MarksToApprove", $"'{mark}' is not among the marks", "Add it to Marks, or leave it out.");
        foreach (var act in Acts.Where(a => !Enum.TryParse<ActKind>(a, out var known) || known.ToString() != a || Transitions.IsAutomatic(known)))
            mistakes.Add($"{path}:Acts", $"'{act}' is no act of a person", $"Choose from {string.Join(", ", Enum.GetValues<ActKind>().Where(a => !Transitions.IsAutomatic(a)))}.");
        foreach (var kind in Kinds.Where(k => !Enum.GetNames<RequestKind>().Contains(k)))
            mistakes.Add($"{path}:Kinds", $"'{kind}' is not a request kind", $"Choose from {string.Join(", ", Enum.GetNames<RequestKind>())}.");
    }
}
