using System.Buffers;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// Whether text is in the composed form (Unicode NFC) as far as two spellings of one name matter: no letter and mark that have one
/// character of their own, no character that only duplicates another. Made from Unicode's own tables because the framework's
/// normalisation is absent without ICU and then calls every string normalised.
/// </summary>
internal static class ComposedText
{
    // Combining mark to the characters with which it has a composite.
    private static readonly Dictionary<char, string> Composites = new()
    {
        ['\u0300'] = "AEINOUWYaeinouwy\u00a8ÂÊÔÜâêôüĂăĒēŌōƠơƯưΑΕΗΙΟΥΩαεηιουωϊϋЕИеиἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ\u1fbf\u1ffe",
        ['\u0301'] = "ACEGIKLMNOPRSUWYZacegiklmnoprsuwyz\u00a8ÂÅÆÇÊÏÔÕØÜâåæçêïôõøüĂăĒēŌōŨũƠơƯưΑΕΗΙΟΥΩαεηιουωϊϋϒГКгкἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ\u1fbf\u1ffe",
        ['\u0302'] = "ACEGHIJOSUWYZaceghijosuwyzẠạẸẹỌọ",
        ['\u0303'] = "AEINOUVYaeinouvyÂÊÔâêôĂăƠơƯư",
        ['\u0304'] = "AEGIOUYaegiouyÄÆÕÖÜäæõöüǪǫȦȧȮȯΑΙΥαιυИУиуḶḷṚṛ",
        ['\u0306'] = "AEGIOUaegiouȨȩΑΙΥαιυАЕЖИУаежиуẠạ",
        ['\u0307'] = "ABCDEFGHIMNOPRSTWXYZabcdefghmnoprstwxyzŚśŠšſṢṣ",
        ['\u0308'] = "AEHIOUWXYaehiotuwxyÕõŪūΙΥιυϒІАЕЖЗИОУЧЫЭаежзиоучыэіӘәӨө",
        ['\u0309'] = "AEIOUYaeiouyÂÊÔâêôĂăƠơƯư",
        ['\u030a'] = "AUauwy",
        ['\u030b'] = "OUouУу",
        ['\u030c'] = "ACDEGHIKLNORSTUZacdeghijklnorstuzÜüƷʒ",
        ['\u030f'] = "AEIORUaeioruѴѵ",
        ['\u0311'] = "AEIORUaeioru",
        ['\u0313'] = "ΑΕΗΙΟΩαεηιορυω",
        ['\u0314'] = "ΑΕΗΙΟΡΥΩαεηιορυω",
        ['\u031b'] = "OUou",
        ['\u0323'] = "ABDEHIKLMNORSTUVWYZabdehiklmnorstuvwyzƠơƯư",
        ['\u0324'] = "Uu",
        ['\u0325'] = "Aa",
        ['\u0326'] = "STst",
        ['\u0327'] = "CDEGHKLNRSTcdeghklnrst",
        ['\u0328'] = "AEIOUaeiou",
        ['\u032d'] = "DELNTUdelntu",
        ['\u032e'] = "Hh",
        ['\u0330'] = "EIUeiu",
        ['\u0331'] = "BDKLNRTZbdhklnrtz",
        ['\u0342'] = "\u00a8αηιυωϊϋἀἁἈἉἠἡἨἩἰἱἸἹὐὑὙὠὡὨὩ\u1fbf\u1ffe",
        ['\u0345'] = "ΑΗΩάήαηωώἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰὴὼᾶῆῶ",
        ['\u0653'] = "ا",
        ['\u0654'] = "اويہےە",
        ['\u0655'] = "ا",
        ['\u093c'] = "नरळ",
        ['\u09be'] = "\u09c7",
        ['\u09d7'] = "\u09c7",
        ['\u0b3e'] = "\u0b47",
        ['\u0b56'] = "\u0b47",
        ['\u0b57'] = "\u0b47",
        ['\u0bbe'] = "\u0bc6\u0bc7",
        ['\u0bd7'] = "ஒ\u0bc6",
        ['\u0c56'] = "\u0c46",
        ['\u0cc2'] = "\u0cc6",
        ['\u0cd5'] = "\u0cbf\u0cc6\u0cca",
        ['\u0cd6'] = "\u0cc6",
        ['\u0d3e'] = "\u0d46\u0d47",
        ['\u0d57'] = "\u0d46",
        ['\u0dca'] = "\u0dd9\u0ddc",
        ['\u0dcf'] = "\u0dd9",
        ['\u0ddf'] = "\u0dd9",
        ['\u102e'] = "ဥ",
        ['\u1b35'] = "ᬅᬇᬉᬋᬍᬑ\u1b3a\u1b3c\u1b3e\u1b3f\u1b42",
        ['\u3099'] = "うかきくけこさしすせそたちつてとはひふへほゝウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲヽ",
        ['\u309a'] = "はひふへほハヒフヘホ",
    };

    // Characters whose canonical decomposition is never composed again.
    private static readonly SearchValues<char> Duplicates = SearchValues.Create(
        "\u0340\u0341\u0343\u0344\u0374\u037e\u0387\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f\u09dc\u09dd\u09df\u0a33\u0a36"
        + "\u0a59\u0a5a\u0a5b\u0a5e\u0b5c\u0b5d\u0f43\u0f4d\u0f52\u0f57\u0f5c\u0f69\u0f73\u0f75\u0f76\u0f78\u0f81\u0f93\u0f9d\u0fa2"
        + "\u0fa7\u0fac\u0fb9\u1f71\u1f73\u1f75\u1f77\u1f79\u1f7b\u1f7d\u1fbb\u1fbe\u1fc9\u1fcb\u1fd3\u1fdb\u1fe3\u1feb\u1fee\u1fef"
        + "\u1ff9\u1ffb\u1ffd\u2000\u2001\u2126\u212a\u212b\u2329\u232a\u2adc");

    public static bool IsComposed(string text)
    {
        if (text.AsSpan().ContainsAny(Duplicates))
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            var (before, here) = (i == 0 ? '\0' : text[i - 1], text[i]);
            if (Composites.TryGetValue(here, out var bases) && bases.Contains(before, StringComparison.Ordinal))
                return false;
            // Hangul: leading consonant and vowel, or syllable without final and final (Unicode §3.12).
            if (here is >= '\u1161' and <= '\u1175' && before is >= '\u1100' and <= '\u1112')
                return false;
            if (here is >= '\u11a8' and <= '\u11c2' && before is >= '\uac00' and <= '\ud7a3' && (before - '\uac00') % 28 == 0)
                return false;
            if (IsCompatibilityIdeograph(here))
                return false;
        }
        return true;
    }

    // Twelve of the block are ideographs in their own right.
    private static bool IsCompatibilityIdeograph(char c)
        => c is >= '\uf900' and <= '\ufad9' && !"\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29".Contains(c, StringComparison.Ordinal);
}
