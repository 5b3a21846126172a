using System.Diagnostics.CodeAnalysis;

namespace Gateway.Protocol.Refusals;

/// <summary>An expected "no": a stable code, what exactly was wrong, and where.</summary>
/// <param name="Code">The stable code that goes on the wire and into receipts.</param>
/// <param name="Detail">One sentence for people; never a secret, never personal data, never a stack trace.</param>
/// <param name="Path">Member path of the offending field (<c>offence[0].provision</c>), or null.</param>
public sealed record Refusal(RefusalCode Code, string Detail, string? Path = null)
{
    private const int MaxCodes = 20;
    private const int MaxDetail = 3000;

    /// <summary>What the person or program that was refused should do now.</summary>
    public string Remedy => Code.Remedy();

    /// <summary>Codes of further problems that <see cref="Detail"/> names; usually none.</summary>
    public IReadOnlyList<RefusalCode> Others { get; init; } = [];

    /// <summary>The codes for a receipt: each once, the first one leading.</summary>
    public IReadOnlyList<RefusalCode> Codes => [.. Others.Prepend(Code).Distinct().Take(MaxCodes)];

    /// <summary>Several problems as one refusal that names them all, as far as they fit.</summary>
    public static Refusal Joined(IReadOnlyList<Refusal> problems)
    {
        if (problems is [var only])
            return only;
        var text = $"{problems.Count} problems: {string.Join("; ", problems.Select(problem => problem.ToString()))}";
        return new Refusal(problems[0].Code, text.Length <= MaxDetail ? text : $"{text[..MaxDetail]}…") { Others = [.. problems.Skip(1).Select(problem => problem.Code)] };
    }

    /// <inheritdoc/>
    public override string ToString() => Path is null ? $"{Code.Text()} {Detail}" : $"{Code.Text()} {Path}: {Detail}";
}

/// <summary>A value or the refusal that stands in its place. Faults of the world (disk, network) stay exceptions.</summary>
public readonly struct Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>The refusal, or null when there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True when <see cref="Value"/> may be read.</summary>
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Succeeded => Refusal is null;

    /// <summary>The value. Throws <see cref="InvalidOperationException"/> when there is a refusal: reading it then is a defect.</summary>
    public T Value => Refusal is null ? _value! : throw new InvalidOperationException($"refused: {Refusal}");

    /// <summary>Splits into value and refusal; exactly one is meaningful.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = _value;
        refusal = Refusal;
        return refusal is null;
    }

    /// <summary>Continues with the value, or carries the refusal on.</summary>
    public Outcome<TNext> Then<TNext>(Func<T, Outcome<TNext>> next) => Refusal is null ? next(_value!) : Refusal;

    /// <summary>Wraps a value.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>Wraps a refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
