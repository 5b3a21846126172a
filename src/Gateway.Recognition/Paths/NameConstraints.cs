using System.Formats.Asn1;
using System.Text;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.Paths;

/// <summary>
/// Name constraints of a path (RFC 5280 §4.2.1.10, §6.1.2 b and c): the permitted subtrees of each issuer, all of which a name must satisfy, and the excluded subtrees of all.
/// A name that cannot be understood satisfies nothing.
/// </summary>
internal sealed class NameConstraints
{
    private const string MailAttribute = "1.2.840.113549.1.9.1";
    private const int MaxComparisons = 20_000;

    private readonly List<IReadOnlyList<GeneralName>> _permitted = [];
    private readonly List<GeneralName> _excluded = [];
    private int _left = MaxComparisons;

    public void Add(NameConstraintSet set)
    {
        if (set.Permitted.Count > 0)
            _permitted.Add(set.Permitted);
        _excluded.AddRange(set.Excluded);
    }

    /// <summary>Why a certificate is outside of the constraints; null when it is inside.</summary>
    public string? Check(ForeignCertificate certificate)
    {
        if (_permitted.Count == 0 && _excluded.Count == 0)
            return null;
        try
        {
            foreach (var name in NamesOf(certificate))
            {
                if (Check(name) is { } problem)
                    return problem;
            }

            return null;
        }
        catch (AsnContentException e)
        {
            return $"a name cannot be compared: {e.Message}";
        }
    }

    private string? Check(GeneralName name)
    {
        foreach (var level in _permitted)
        {
            var ofKind = level.Where(s => s.Kind == name.Kind).ToList();
            if (ofKind.Count > 0 && !ofKind.Any(s => Within(name, s, excluding: false)))
                return $"{Show(name)} is in none of the permitted subtrees";
        }

        return _excluded.Any(s => s.Kind == name.Kind && Within(name, s, excluding: true)) ? $"{Show(name)} is in an excluded subtree" : null;
    }

    private static IEnumerable<GeneralName> NamesOf(ForeignCertificate certificate)
    {
        if (!certificate.Subject.IsEmpty)
            yield return new(GeneralNameKind.Directory, certificate.Subject.Encoded);
        var alternatives = certificate.Extensions.SubjectAlternativeNames;
        foreach (var name in alternatives)
            yield return name;
        // RFC 5280 §4.2.1.10: mail addresses inside the subject count when no alternative name has one.
        if (alternatives.Any(n => n.Kind == GeneralNameKind.Mail))
            yield break;
        foreach (var mail in MailsOf(certificate.Subject))
            yield return mail;
    }

    private static List<GeneralName> MailsOf(Name subject)
    {
        var mails = new List<GeneralName>();
        for (var parts = new Asn1Reader(subject.Encoded).Sequence(); !parts.IsEmpty;)
        {
            for (var set = parts.SetOf(); !set.IsEmpty;)
            {
                var pair = set.Sequence();
                if (pair.Oid() == MailAttribute)
                    mails.Add(new(GeneralNameKind.Mail, pair.Value()));
            }
        }

        return mails;
    }

    private bool Within(GeneralName name, GeneralName subtree, bool excluding)
    {
        if (--_left < 0)
            throw new AsnContentException("too many names and constraints");
        return name.Kind switch
        {
            GeneralNameKind.Directory => Name.Read(name.Value).IsUnder(Name.Read(subtree.Value)),
            GeneralNameKind.Dns => DnsWithin(name.Ascii(), subtree.Ascii(), excluding),
            GeneralNameKind.Mail => MailWithin(name.Ascii(), subtree.Ascii()),
            GeneralNameKind.Uri => UriWithin(name.Ascii(), subtree.Ascii()),
            GeneralNameKind.Address => AddressWithin(name.Value.Span, subtree.Value.Span),
            // Kinds that nobody can compare: permitted by no subtree, excluded by each.
            _ => excluding,
        };
    }

    private static bool DnsWithin(string name, string subtree, bool excluding)
    {
        var (host, constraint) = (Host(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name), subtree);
        if (constraint.StartsWith('.') || constraint.Length > 0 && !IsHost(constraint))
            throw new AsnContentException($"constraint {constraint}");
        if (Under(host, constraint))
            return true;
        // A wildcard stands for names in the excluded subtree too when that lies one label below it.
        return excluding && name.StartsWith("*.", StringComparison.Ordinal) && Under(constraint, host) && constraint.Length > host.Length;
    }

    private static bool MailWithin(string mail, string subtree)
    {
        var at = mail.LastIndexOf('@');
        if (at <= 0)
            throw new AsnContentException("a mail address without local part and host");
        var host = Host(mail[(at + 1)..]);
        var mark = subtree.LastIndexOf('@');
        if (mark >= 0)
            return mail[..at] == subtree[..mark] && host.Equals(subtree[(mark + 1)..], StringComparison.OrdinalIgnoreCase);
        return subtree.StartsWith('.') ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase) : host.Equals(subtree, StringComparison.OrdinalIgnoreCase);
    }

    private static bool UriWithin(string uri, string subtree)
    {
        var start = uri.IndexOf("://", StringComparison.Ordinal);
        if (start <= 0)
            throw new AsnContentException("a URI without host");
        var authority = uri[(start + 3)..];
        var end = authority.AsSpan().IndexOfAny("/?#");
        if (end >= 0)
            authority = authority[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        var colon = authority.LastIndexOf(':');
        var host = Host(colon >= 0 && !authority.EndsWith(']') ? authority[..colon] : authority);
        return subtree.StartsWith('.') ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase) : host.Equals(subtree, StringComparison.OrdinalIgnoreCase);
    }

    private static bool AddressWithin(ReadOnlySpan<byte> address, ReadOnlySpan<byte> subtree)
    {
        if (subtree.Length is not (8 or 32) || address.Length is not (4 or 16))
            throw new AsnContentException("an IP address of odd length");
        var half = subtree.Length / 2;
        var seenZero = false;
        foreach (var octet in subtree[half..])
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                var one = (octet >> bit & 1) == 1;
                if (one && seenZero)
                    throw new AsnContentException("a network mask with holes");
                seenZero |= !one;
            }
        }

        if (address.Length != half)
            return false;
        for (var i = 0; i < half; i++)
        {
            if ((address[i] & subtree[half + i]) != (subtree[i] & subtree[half + i]))
                return false;
        }

        return true;
    }

    private static bool Under(string host, string constraint) =>
        constraint.Length == 0
        || host.Equals(constraint, StringComparison.OrdinalIgnoreCase)
        || host.Length > constraint.Length && host[^(constraint.Length + 1)] == '.' && host.EndsWith(constraint, StringComparison.OrdinalIgnoreCase);

    private static string Host(string host) => IsHost(host) ? host : throw new AsnContentException("a host name that is none");

    /// <summary>RFC 1034 §3.5 with the underscore that the wild has; no trailing dot, no address.</summary>
    private static bool IsHost(string host)
    {
        if (host.Length is 0 or > 253 || host.Split('.') is var labels && labels.Any(l => l.Length is 0 or > 63 || l[0] == '-' || l[^1] == '-'))
            return false;
        return host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && !labels[^1].All(char.IsAsciiDigit);
    }

    private static string Show(GeneralName name) => name.Kind switch
    {
        GeneralNameKind.Directory => Name.Read(name.Value).Text,
        GeneralNameKind.Dns or GeneralNameKind.Mail or GeneralNameKind.Uri => Encoding.ASCII.GetString(name.Value.Span),
        _ => $"a name of kind {name.Kind}",
    };
}
