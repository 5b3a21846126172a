using System.Formats.Asn1;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;
using Gateway.Recognition.Signatures;

namespace Gateway.Recognition.Validation;

/// <summary>Certificates, CRLs and OCSP answers at hand, each read once. None of them is believed for being here.</summary>
internal sealed class Pool
{
    private readonly ValidationLimits _limits;
    private readonly Dictionary<string, ForeignCertificate> _certificates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CertificateList> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OcspAnswer> _answers = new(StringComparer.Ordinal);
    private readonly List<Finding> _findings = [];

    private Pool(ValidationLimits limits) => _limits = limits;

    public Pool(Material material, ValidationLimits limits)
        : this(limits)
    {
        foreach (var certificate in material.Certificates)
            AddCertificate(Pem.Decode(certificate));
        foreach (var list in material.RevocationLists)
            AddList(Pem.Decode(list));
        foreach (var answer in material.OcspAnswers)
            AddAnswer(answer);
    }

    public IEnumerable<ForeignCertificate> Certificates => _certificates.Values;

    public IEnumerable<CertificateList> Lists => _lists.Values;

    public IEnumerable<OcspAnswer> Answers => _answers.Values;

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>This pool and what a SignedData brings: its own sets and the values of CAdES among the unsigned attributes.</summary>
    public Pool With(SignedData data)
    {
        var pool = new Pool(_limits);
        foreach (var (key, value) in _certificates)
            pool._certificates.Add(key, value);
        foreach (var (key, value) in _lists)
            pool._lists.Add(key, value);
        foreach (var (key, value) in _answers)
            pool._answers.Add(key, value);
        foreach (var certificate in data.Certificates)
            pool.AddCertificate(certificate);
        foreach (var list in data.RevocationLists)
            pool.AddList(list);
        foreach (var answer in data.OcspAnswers)
            pool.AddAnswer(answer);
        foreach (var signer in data.Signers)
            pool.AddValues(signer);
        return pool;
    }

    public void AddCertificate(ReadOnlyMemory<byte> der)
    {
        if (ForeignCertificate.Read(der, _limits, out var fault) is { } certificate)
            _certificates.TryAdd(certificate.Sha256, certificate);
        else
            Unreadable("a certificate", fault);
    }

    private void AddValues(SignerInfo signer)
    {
        try
        {
            foreach (var value in signer.UnsignedValues(CmsOids.CertificateValues))
            {
                var list = new Asn1Reader(value, AsnEncodingRules.BER).Sequence();
                for (var i = 0; !list.IsEmpty && i < _limits.MaxCertificates; i++)
                    AddCertificate(list.Element());
            }

            foreach (var value in signer.UnsignedValues(CmsOids.RevocationValues))
                AddRevocationValues(new Asn1Reader(value, AsnEncodingRules.BER).Sequence());
        }
        catch (AsnContentException e)
        {
            Unreadable("certificate or revocation values", e.Message);
        }
    }

    private void AddRevocationValues(Asn1Reader values)
    {
        var count = 0;
        if (values.AtContext(0))
        {
            var wrapper = values.Explicit(0);
            for (var list = wrapper.Sequence(); !list.IsEmpty && count < _limits.MaxRevocationObjects; count++)
                AddList(list.Element());
        }

        if (values.AtContext(1))
        {
            var wrapper = values.Explicit(1);
            for (var list = wrapper.Sequence(); !list.IsEmpty && count < _limits.MaxRevocationObjects; count++)
                AddAnswer(list.Element());
        }
    }

    private void AddList(ReadOnlyMemory<byte> der)
    {
        if (CertificateList.Read(der, _limits, out var fault) is { } list)
            _lists.TryAdd(list.Sha256, list);
        else
            Unreadable("a CRL", fault);
    }

    private void AddAnswer(ReadOnlyMemory<byte> der)
    {
        if (OcspAnswer.Read(der, _limits, out var fault) is { } answer)
            _answers.TryAdd(answer.Sha256, answer);
        else
            Unreadable("an OCSP answer", fault);
    }

    private void Unreadable(string what, string fault)
    {
        // A document full of rubbish must not make a report full of it.
        if (_findings.Count < 20)
            _findings.Add(new(FindingKey.CertificateUnreadable, Severity.Warning, null, $"{what} cannot be read: {fault}"));
    }
}
