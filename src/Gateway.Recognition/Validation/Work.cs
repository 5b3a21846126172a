using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Validation;

/// <summary>
/// What one document may cost, in units of about 50 µs, shared by all signatures and time-stamps in it, and the material, read once for all of them. When it is spent, what was not looked at is not
/// known: INDETERMINATE, with the limit's name.
/// </summary>
internal sealed class Work(int units)
{
    /// <summary>Reading one CMS with its certificates, and searching its paths.</summary>
    public const int OfOneSignature = 20;

    private Material? _material;
    private Pool? _pool;
    private int _left = units;

    /// <summary>True when something was refused because nothing is left.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Takes units; false when there are not enough, and from then on.</summary>
    public bool Spend(int cost)
    {
        IsSpent |= cost > _left;
        if (IsSpent)
            return false;
        _left -= cost;
        return true;
    }

    /// <summary>The material as read: a container with many signatures does not read its lists again for each.</summary>
    public Pool Read(Material material, ValidationLimits limits)
    {
        if (_pool is null || !ReferenceEquals(material, _material))
            (_material, _pool) = (material, new Pool(material, limits));
        return _pool;
    }

    /// <summary>What is said where it ends.</summary>
    public static Finding Limit(string what) => new(FindingKey.WorkLimitReached, Severity.Error, SubIndication.SigConstraintsFailure, $"limit MaxWork: {what}");
}
