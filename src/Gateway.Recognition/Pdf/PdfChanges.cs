namespace Gateway.Recognition.Pdf;

/// <summary>
/// What was added to a PDF after a version of it was signed. Taken are only additions that leave what a reader sees as it was: further signatures and time-stamps, and the material
/// to validate them (DSS). Everything else is named; it may be as innocent as a form filled in, but it is not what was signed.
/// </summary>
internal sealed class PdfChanges
{
    private const int MaxNamed = 20;
    private const int MaxPages = 100_000;

    private readonly PdfFile _signed;
    private readonly PdfFile _now;
    private readonly bool _locked;
    private readonly IReadOnlySet<int> _signatures;
    private readonly Dictionary<int, PdfValue?> _changed = [];
    private readonly HashSet<int> _judged = [];
    private readonly HashSet<int> _unseen = [];
    private readonly HashSet<int> _pages = [];
    private readonly HashSet<int> _visited = [];

    private PdfChanges(PdfFile signed, PdfFile now, bool locked, IReadOnlySet<int> signatures) => (_signed, _now, _locked, _signatures) = (signed, now, locked, signatures);

    /// <summary>Changes that are not allowed, for people.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Changes that are.</summary>
    public List<string> Taken { get; } = [];

    /// <param name="signed">The version that was signed.</param>
    /// <param name="now">The whole file.</param>
    /// <param name="locked">The signer allowed no further signatures (DocMDP 1).</param>
    /// <param name="signatures">Objects that hold the signatures which the form leads to, and which are judged each by itself: nothing else is a further signature.</param>
    public static PdfChanges Between(PdfFile signed, PdfFile now, bool locked, IReadOnlySet<int> signatures)
    {
        var changes = new PdfChanges(signed, now, locked, signatures);
        changes.Collect();
        changes.Judge();
        return changes;
    }

    private void Collect()
    {
        foreach (var number in _signed.Numbers.Union(_now.Numbers).ToList())
        {
            if (SamePlace(number))
                continue;
            var (before, after) = (_signed.Object(number), _now.Object(number));
            if (PdfValue.Same(before, after))
                continue;
            _changed[number] = after;
        }
    }

    // The same offset in the part that both versions share is the same object; in an object stream, when that is the same.
    private bool SamePlace(int number)
    {
        var (before, after) = (_signed.PlaceOf(number), _now.PlaceOf(number));
        if (before != after)
            return false;
        return before is not { Compressed: true } place || _signed.PlaceOf((int)place.Offset) == _now.PlaceOf((int)place.Offset);
    }

    private void Judge()
    {
        if (_changed.Count == 0 && PdfValue.Same(_signed.Trailer["Root"], _now.Trailer["Root"]))
            return;
        if (!PdfValue.Same(_signed.Trailer["Encrypt"], _now.Trailer["Encrypt"]))
            Refuse("the encryption");
        JudgeCatalog();
        WalkPages(_signed.Catalog["Pages"], 0);
        CollectUnseen();
        var dangling = Dangling();
        foreach (var (number, after) in _changed)
        {
            var before = _signed.Object(number);
            if (_judged.Contains(number) || _unseen.Contains(number))
                continue;
            if (before is null)
            {
                // A new object matters only where something signed leads to it: then the signer left the place open, knowingly or not.
                if (dangling.Contains(number))
                    Refuse($"object {number}, to which the signed version points without having it");
            }
            else if (_pages.Contains(number))
            {
                JudgePage(number, before as PdfDictionary, after as PdfDictionary);
            }
            else if (!IsNewlySigned(number, before as PdfDictionary, after as PdfDictionary))
            {
                Refuse($"object {number}{Describe(before)}");
            }
        }
    }

    private void JudgeCatalog()
    {
        var (before, after) = (_signed.Catalog, _now.Catalog);
        if (_signed.Trailer["Root"] is PdfReference root)
            _judged.Add(root.Number);
        if (after.Ambiguous)
            Refuse("the catalog, which has a key twice");
        foreach (var key in Differing(before, after).Where(k => k is not ("AcroForm" or "DSS" or "Extensions" or "Metadata" or "Version")))
            Refuse($"'{key}' of the catalog");
        if (_now.Resolve(after["DSS"]) is not null && (!PdfValue.Same(before["DSS"], after["DSS"]) || (after["DSS"] is PdfReference dss && _changed.ContainsKey(dss.Number))))
            Take("material for long-term validation (DSS)");
        JudgeForm(before["AcroForm"], after["AcroForm"]);
    }

    /// <summary>
    /// Objects that nobody sees: validation material, description of the document, old cross-references. They may change as they like, unless something else that was signed also
    /// points to them: then they may be a page in disguise, and count as any other object.
    /// </summary>
    private void CollectUnseen()
    {
        Unseen(_signed.Catalog["DSS"], 4);
        Unseen(_signed.Trailer["Info"], 0);
        Unseen(_signed.Catalog["Metadata"], 0);
        if (_signed.Resolve(_signed.Catalog["AcroForm"]) is PdfDictionary form)
            Unseen(form["DR"], 1);
        foreach (var (number, after) in _changed)
        {
            if (_signed.Object(number) is PdfStream { Dictionary: var old } && old.Name("Type") is "XRef" or "ObjStm" && after is null or PdfStream)
                _unseen.Add(number);
        }

        var waiting = new Queue<int>(_signed.Numbers.Where(n => !_unseen.Contains(n)));
        Claim(_signed.Trailer, "Info", waiting);
        while (waiting.TryDequeue(out var number))
        {
            PdfValue? value;
            try
            {
                value = _signed.Object(number);
            }
            catch (InvalidDataException)
            {
                continue; // no reader gets references out of what cannot be read
            }

            var isCatalog = _signed.Trailer["Root"] is PdfReference root && root.Number == number;
            var isForm = _signed.Catalog["AcroForm"] is PdfReference form2 && form2.Number == number;
            if (isCatalog && value is PdfDictionary catalog)
            {
                foreach (var (key, member) in catalog.Members.Where(m => m.Key is not ("DSS" or "Metadata")))
                    ClaimAll(key == "AcroForm" && member is PdfDictionary direct ? Without(direct, "DR") : member, waiting);
            }
            else
            {
                ClaimAll(value switch
                {
                    PdfDictionary dictionary when isForm => Without(dictionary, "DR"),
                    PdfStream { Dictionary: var trailer } when trailer.Name("Type") == "XRef" => Without(trailer, "Info"), // a cross-reference stream is its own trailer
                    _ => value,
                }, waiting);
            }
        }
    }

    private static PdfDictionary Without(PdfDictionary dictionary, string key) => new(dictionary.Members.Where(m => m.Key != key).ToDictionary(), dictionary.Ambiguous);

    private void Claim(PdfDictionary dictionary, string except, Queue<int> waiting) => ClaimAll(Without(dictionary, except), waiting);

    private void ClaimAll(PdfValue? value, Queue<int> waiting)
    {
        var found = new HashSet<int>();
        References(value, found);
        foreach (var number in found.Where(_unseen.Remove))
            waiting.Enqueue(number);
    }

    private void Unseen(PdfValue? value, int depth)
    {
        if (value is PdfReference reference)
        {
            if (!_unseen.Add(reference.Number))
                return;
            value = _signed.Object(reference.Number);
        }

        if (depth == 0)
            return;
        foreach (var item in value switch { PdfDictionary d => d.Members.Values, PdfArray a => a.Items, _ => (IEnumerable<PdfValue>)[] })
            Unseen(item, depth - 1);
    }

    private void JudgeForm(PdfValue? beforeValue, PdfValue? afterValue)
    {
        Judged(beforeValue);
        var before = _signed.Resolve(beforeValue) as PdfDictionary ?? PdfDictionary.Empty;
        var after = _now.Resolve(afterValue) as PdfDictionary ?? PdfDictionary.Empty;
        if (after.Ambiguous)
            Refuse("the form, which has a key twice");
        if (before["Fields"] is PdfReference list && _changed.ContainsKey(list.Number) && PdfValue.Same(before["Fields"], after["Fields"]))
        {
            Judged(list);
            JudgeAdded(_signed.Resolve(list) as PdfArray, _now.Resolve(list) as PdfArray, "the fields of the form");
        }

        foreach (var key in Differing(before, after))
        {
            switch (key)
            {
                case "SigFlags":
                    break;
                case "Fields":
                    Judged(before["Fields"]);
                    JudgeAdded(_signed.Resolve(before["Fields"]) as PdfArray, _now.Resolve(after["Fields"]) as PdfArray, "the fields of the form");
                    break;
                case "DR" or "DA" when before[key] is null:
                    break;
                case "DR":
                    JudgeResources(before["DR"], after["DR"]);
                    break;
                default:
                    Refuse($"'{key}' of the form");
                    break;
            }
        }
    }

    // Fonts and the like for the appearance of new fields: only more of them.
    private void JudgeResources(PdfValue? beforeValue, PdfValue? afterValue)
    {
        if (_signed.Resolve(beforeValue) is not PdfDictionary before || _now.Resolve(afterValue) is not PdfDictionary after)
        {
            Refuse("the resources of the form");
            return;
        }

        foreach (var (key, value) in before.Members)
        {
            if (PdfValue.Same(value, after[key]))
                continue;
            if (_signed.Resolve(value) is not PdfDictionary inner || _now.Resolve(after[key]) is not PdfDictionary more || inner.Members.Any(m => !PdfValue.Same(m.Value, more[m.Key])))
                Refuse("the resources of the form");
        }
    }

    private void JudgePage(int number, PdfDictionary? before, PdfDictionary? after)
    {
        if (before is null || after is null || after.Ambiguous)
        {
            Refuse($"page object {number}");
            return;
        }

        foreach (var key in Differing(before, after))
        {
            if (key == "Annots")
                JudgeAdded(_signed.Resolve(before["Annots"]) as PdfArray, _now.Resolve(after["Annots"]) as PdfArray, $"the annotations of page object {number}");
            else
                Refuse($"'{key}' of page object {number}");
        }
    }

    // What was there stays, in its order; what is new are signature fields that are signed, or cannot be seen.
    private void JudgeAdded(PdfArray? before, PdfArray? after, string what)
    {
        var old = before?.Items ?? [];
        var items = after?.Items ?? [];
        if (items.Count < old.Count || old.Where((item, i) => !PdfValue.Same(item, items[i])).Any())
        {
            Refuse(what);
            return;
        }

        foreach (var item in items.Skip(old.Count))
        {
            if (item is not PdfReference reference || _signed.Object(reference.Number) is not null || _now.Resolve(reference) is not PdfDictionary field || !IsSignatureField(field))
            {
                Refuse($"{what}: something other than a new signature field");
                continue;
            }

            var value = Inherited(field, "V");
            var signature = _now.Resolve(value) as PdfDictionary;
            if (signature is null && !IsInvisible(field))
                Refuse($"{what}: a visible signature field without a signature");
            else if (field["A"] is not null || field["AA"] is not null)
                Refuse($"{what}: a signature field that does something");
            else if (signature is not null)
                TakeSignature(signature, value as PdfReference, reference.Number, !IsInvisible(field));
        }
    }

    // An empty signature field that was signed later.
    private bool IsNewlySigned(int number, PdfDictionary? before, PdfDictionary? after)
    {
        if (before is null || after is null || after.Ambiguous || before.Name("FT") != "Sig" || after.Name("FT") != "Sig" || _signed.Resolve(before["V"]) is not null
            || _now.Resolve(after["V"]) is not PdfDictionary signature || Differing(before, after).Any(k => k is not ("V" or "AP" or "M" or "F" or "MK" or "Lock" or "SV")))
            return false;
        TakeSignature(signature, after["V"] as PdfReference, number, !IsInvisible(after));
        return true;
    }

    // What looks like a signature and is judged by nobody may be drawn over anything.
    private void TakeSignature(PdfDictionary signature, PdfReference? value, int field, bool drawn)
    {
        var stamp = signature.Name("Type") == "DocTimeStamp";
        if (!_signatures.Contains(value?.Number ?? field))
            Refuse("something in the place of a signature to which no field of the form leads");
        else if (value is not null && _signed.Object(value.Number) is not null)
            Refuse("a further place for a signature that was there");
        else if (_locked && !stamp)
            Refuse("a further signature, though the first signer allowed no change");
        else
            Take($"{(stamp ? "a time-stamp over the document" : "a further signature")}{(drawn ? ", drawn on a page: look at what lies under it" : "")}");
    }

    private bool IsSignatureField(PdfDictionary field) => !field.Ambiguous && (Inherited(field, "FT") as PdfName)?.Text == "Sig" && field.Name("Subtype") is null or "Widget";

    private PdfValue? Inherited(PdfDictionary field, string key)
    {
        for (var i = 0; i < 8; i++)
        {
            if (field[key] is { } value)
                return value;
            if (_now.Resolve(field["Parent"]) is not PdfDictionary parent)
                return null;
            field = parent;
        }

        return null;
    }

    // Each element may be a reference of its own; what is no rectangle of four numbers is drawn by some viewers.
    private bool IsInvisible(PdfDictionary field)
        => field["Rect"] is not { } rectangle
            || (_now.Resolve(rectangle) is PdfArray { Items.Count: 4 } array && array.Items.Select(_now.Resolve).ToList() is [PdfNumber x1, PdfNumber y1, PdfNumber x2, PdfNumber y2] && (x1.Text == x2.Text || y1.Text == y2.Text));

    private void WalkPages(PdfValue? reference, int depth)
    {
        if (depth > 64 || _visited.Count > MaxPages)
            throw new InvalidDataException("a page tree that is too deep or too large");
        if (reference is not PdfReference to || !_visited.Add(to.Number) || _signed.Resolve(to) is not PdfDictionary node)
            return;
        // The tree itself may not change: only leaves are judged as pages.
        if (_signed.Resolve(node["Kids"]) is PdfArray kids)
        {
            foreach (var kid in kids.Items)
                WalkPages(kid, depth + 1);
            return;
        }

        _pages.Add(to.Number);
        if (node["Annots"] is PdfReference annotations && _changed.TryGetValue(annotations.Number, out var after))
        {
            _judged.Add(annotations.Number);
            JudgeAdded(_signed.Resolve(annotations) as PdfArray, after as PdfArray, $"the annotations in object {annotations.Number}");
        }
    }

    // Numbers to which the signed version points without having them.
    private HashSet<int> Dangling()
    {
        var dangling = new HashSet<int>();
        foreach (var number in _signed.Numbers.ToList())
        {
            try
            {
                References(_signed.Object(number), dangling);
            }
            catch (InvalidDataException)
            {
                continue; // no reader gets references out of what cannot be read
            }
        }

        References(_signed.Trailer, dangling);
        dangling.RemoveWhere(n => _signed.PlaceOf(n) is not null);
        return dangling;
    }

    private static void References(PdfValue? value, HashSet<int> found)
    {
        switch (value)
        {
            case PdfReference reference:
                found.Add(reference.Number);
                break;
            case PdfArray array:
                foreach (var item in array.Items)
                    References(item, found);
                break;
            case PdfDictionary dictionary:
                foreach (var item in dictionary.Members.Values)
                    References(item, found);
                break;
            case PdfStream stream:
                References(stream.Dictionary, found);
                break;
        }
    }

    private void Judged(PdfValue? value)
    {
        if (value is PdfReference reference)
            _judged.Add(reference.Number);
    }

    private static IEnumerable<string> Differing(PdfDictionary before, PdfDictionary after)
        => before.Members.Keys.Union(after.Members.Keys).Where(k => !PdfValue.Same(before[k], after[k]));

    private static string Describe(PdfValue? value) => value switch
    {
        PdfDictionary d when d.Name("Type") is { } type => $" ({type})",
        PdfStream s => $" (stream{(s.Dictionary.Name("Subtype") is { } kind ? $", {kind}" : "")})",
        PdfDictionary d when d["FT"] is not null => " (form field)",
        _ => "",
    };

    private void Refuse(string what)
    {
        if (Refused.Count < MaxNamed && !Refused.Contains(what))
            Refused.Add(what);
    }

    private void Take(string what)
    {
        if (!Taken.Contains(what))
            Taken.Add(what);
    }
}
