using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.Paths;

/// <summary>
/// Certificate policies of a path (RFC 5280 §6.1.2 to §6.1.5). The valid policy tree is kept as a graph with one node per policy and depth (RFC 9618):
/// the tree itself grows exponentially under hostile mappings.
/// </summary>
internal sealed class PolicyGraph
{
    private const string Any = CertificateExtensions.AnyPolicy;
    private const int MaxNodes = 1024;

    private readonly List<Dictionary<string, Node>> _levels = [];
    private readonly int _length;
    private readonly IReadOnlyList<string> _acceptable;
    private int _explicit;
    private int _mapping;
    private int _inhibitAny;
    private int _nodes;

    private bool _dead;

    public PolicyGraph(int length, IReadOnlyList<string> acceptable, bool requireExplicit, bool inhibitMapping, bool inhibitAny)
    {
        (_length, _acceptable) = (length, acceptable);
        _explicit = requireExplicit ? 0 : length + 1;
        _mapping = inhibitMapping ? 0 : length + 1;
        _inhibitAny = inhibitAny ? 0 : length + 1;
        _levels.Add(new(StringComparer.Ordinal) { [Any] = new(Any, [], [Any]) });
    }

    /// <summary>Takes the certificate at <paramref name="depth"/> (1 is below the anchor); why the path fails, or null.</summary>
    public string? Add(ForeignCertificate certificate, int depth)
    {
        var extensions = certificate.Extensions;
        Grow(extensions, depth == _length, certificate.IsSelfIssued);
        if (_explicit == 0 && _dead)
            return "no certificate policy holds along the path";
        return depth == _length ? Finish(extensions) : Prepare(extensions, certificate.IsSelfIssued);
    }

    private void Grow(CertificateExtensions extensions, bool isLast, bool selfIssued)
    {
        var above = _levels[^1];
        var level = new Dictionary<string, Node>(StringComparer.Ordinal);
        _levels.Add(level);
        if (extensions.Policies is not { } policies)
        {
            _dead = true;
            return;
        }

        foreach (var policy in policies.Where(p => p.Oid != Any))
        {
            var parents = above.Values.Where(n => n.Expected.Contains(policy.Oid)).ToList();
            if (parents.Count == 0 && above.TryGetValue(Any, out var any))
                parents.Add(any);
            Put(level, policy.Oid, parents);
        }

        if (policies.Any(p => p.Oid == Any) && (_inhibitAny > 0 || !isLast && selfIssued))
        {
            foreach (var expected in above.Values.SelectMany(n => n.Expected).Distinct().ToList())
            {
                if (!level.ContainsKey(expected))
                    Put(level, expected, [.. above.Values.Where(n => n.Expected.Contains(expected))]);
            }
        }

        _dead |= level.Count == 0;
    }

    private void Put(Dictionary<string, Node> level, string policy, List<Node> parents)
    {
        if (parents.Count > 0 && ++_nodes <= MaxNodes)
            level.Add(policy, new(policy, parents, [policy]));
    }

    private string? Prepare(CertificateExtensions extensions, bool selfIssued)
    {
        if (extensions.PolicyMappings.Any(m => m.Issuer == Any || m.Subject == Any))
            return "a policy mapping from or to anyPolicy";
        var level = _levels[^1];
        foreach (var mapping in extensions.PolicyMappings.GroupBy(m => m.Issuer, m => m.Subject))
        {
            if (_mapping == 0)
            {
                level.Remove(mapping.Key);
            }
            else if (level.TryGetValue(mapping.Key, out var node))
            {
                node.Expected.Clear();
                node.Expected.UnionWith(mapping);
            }
            else if (level.TryGetValue(Any, out var any) && ++_nodes <= MaxNodes)
            {
                level.Add(mapping.Key, new(mapping.Key, any.Parents, [.. mapping]));
            }
        }

        _dead |= level.Count == 0;
        if (!selfIssued)
        {
            _explicit = Math.Max(0, _explicit - 1);
            _mapping = Math.Max(0, _mapping - 1);
            _inhibitAny = Math.Max(0, _inhibitAny - 1);
        }

        _explicit = Math.Min(_explicit, extensions.RequireExplicitPolicy ?? int.MaxValue);
        _mapping = Math.Min(_mapping, extensions.InhibitPolicyMapping ?? int.MaxValue);
        _inhibitAny = Math.Min(_inhibitAny, extensions.InhibitAnyPolicy ?? int.MaxValue);
        return null;
    }

    private string? Finish(CertificateExtensions extensions)
    {
        _explicit = Math.Max(0, _explicit - 1);
        if (extensions.RequireExplicitPolicy == 0)
            _explicit = 0;
        if (_explicit > 0)
            return null;
        return !_dead && (_acceptable.Count == 0 || Reaches()) ? null : "no acceptable certificate policy holds along the path";
    }

    /// <summary>Whether some policy that holds at the end was asserted first, right below anyPolicy, under an acceptable name (§6.1.5 g iii).</summary>
    private bool Reaches()
    {
        var seen = new HashSet<Node>();
        var queue = new Queue<Node>(_levels[^1].Values);
        while (queue.TryDequeue(out var node))
        {
            if (!seen.Add(node))
                continue;
            if (node.Policy == Any && node.Parents.Count > 0 && _levels[^1].ContainsValue(node))
                return true;
            if (node.Parents.Any(p => p.Policy == Any) && node.Policy != Any && _acceptable.Contains(node.Policy))
                return true;
            foreach (var parent in node.Parents)
                queue.Enqueue(parent);
        }

        return false;
    }

    /// <summary>A policy at a depth, the policies it came from, and what the next certificate may call it.</summary>
    private sealed class Node(string policy, List<Node> parents, HashSet<string> expected)
    {
        public string Policy { get; } = policy;

        public List<Node> Parents { get; } = parents;

        public HashSet<string> Expected { get; } = expected;
    }
}
