using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Gateway.Protocol.Documents;

/// <summary>
/// The member names of the objects that are open while a document is walked. A few names are compared where they stand; only an object of many members, or one that spells
/// a name with escapes, costs a set of strings.
/// </summary>
internal sealed class MemberNames
{
    private const int Few = 16;
    private const int MaxKept = 1024;

    [ThreadStatic]
    private static MemberNames? s_mine;

    private readonly List<Range> _places = new(4 * Few);
    private readonly Stack<(int First, HashSet<string>? Many)> _objects = new(4);

    /// <summary>An empty one of this thread's own: most documents are small, and each would need its room anew. <see cref="Clear"/> ends its use.</summary>
    public static MemberNames Mine => s_mine ??= new();

    /// <summary>Forgets every name, and the room too where it was much: what a stranger's document needed is not kept.</summary>
    public void Clear()
    {
        _places.Clear();
        _objects.Clear();
        if (_places.Capacity > MaxKept || _objects.Capacity > MaxKept)
            s_mine = null;
    }

    public void Open() => _objects.Push((_places.Count, null));

    public void Close()
    {
        var first = _objects.Pop().First;
        _places.RemoveRange(first, _places.Count - first);
    }

    /// <summary>Takes the name at which the reader of <paramref name="body"/> stands; false when its object has it already.</summary>
    public bool Add(ReadOnlySpan<byte> body, ref Utf8JsonReader reader)
    {
        var (first, many) = _objects.Peek();
        if (many is null && !reader.ValueIsEscaped && _places.Count - first < Few)
        {
            foreach (var place in CollectionsMarshal.AsSpan(_places)[first..])
            {
                if (body[place].SequenceEqual(reader.ValueSpan))
                    return false;
            }
            var start = (int)reader.TokenStartIndex + 1;
            _places.Add(start..(start + reader.ValueSpan.Length));
            return true;
        }
        if (many is null)
        {
            many = new HashSet<string>(StringComparer.Ordinal);
            foreach (var place in CollectionsMarshal.AsSpan(_places)[first..])
                many.Add(Encoding.UTF8.GetString(body[place]));
            _objects.Pop();
            _objects.Push((first, many));
        }
        return many.Add(reader.GetString()!);
    }
}
