using Gateway.Recognition.Policy;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Policy;

public class AlgorithmCatalogueTests
{
    private const string EcdsaSha256 = "1.2.840.10045.4.3.2";
    private const string RsaSha256 = "1.2.840.113549.1.1.11";

    [SignatureMaterialFact]
    public void Ships_what_the_published_catalogue_says()
    {
        // Its own mistakes: SHA-224 under the OID of an ECDSA signature, SHA-384 cut short, DSA (not computed here), EC-SDSA.
        string[] leftOut = ["1.2.840.10045.4.3.1", "2.16.840.1.101.3.4.2", "1.2.840.10040.4.1", "1.0.14888.3.0.13"];
        var published = AlgorithmCatalogue.Read(SharedMaterial.Read("policy/19312MachineReadable.json"));
        Assert.NotEmpty(published.Rules);
        foreach (var rule in published.Rules.Where(r => !leftOut.Contains(r.Oid)))
        {
            var ours = AlgorithmCatalogue.Default.Find(rule.Oid, rule.MinBits);
            Assert.True(ours is not null, $"{rule.Name} {rule.Oid}");
            Assert.Equal(rule.Ends, ours.Ends);
        }
    }

    [Fact]
    public void Judges_by_the_size_of_the_key()
    {
        Assert.Null(AlgorithmCatalogue.Default.Find(RsaSha256, 1023));
        Assert.Equal(2019, AlgorithmCatalogue.Default.Find(RsaSha256, 1899)!.Ends!.Value.Year);
        Assert.Equal(2028, AlgorithmCatalogue.Default.Find(RsaSha256, 1900)!.Ends!.Value.Year);
        Assert.Null(AlgorithmCatalogue.Default.Find("1.2.840.113549.1.1.10", 3000)!.Ends);
    }

    [Fact]
    public void Lets_a_supplement_stand_alone_for_what_it_names()
    {
        var stricter = AlgorithmCatalogue.Default.With([new(EcdsaSha256, "ECDSA with SHA-256", 384, null)]);

        Assert.Null(stricter.Find(EcdsaSha256, 256));
        Assert.NotNull(stricter.Find("1.2.840.10045.4.3.3", 256));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"SecuritySuitabilityPolicyType":{"Algorithm":[{"AlgorithmIdentifier":{"Name":"x"},"Evaluation":{}}]}}""")]
    public void Refuses_another_file(string json) => Assert.Throws<FormatException>(() => AlgorithmCatalogue.Read(System.Text.Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Applies_the_end_of_an_algorithm_to_the_proof_of_existence()
    {
        var bench = new Bench();
        var end = Bench.At.AddDays(-20);
        // Lists are signed with it too, and would not count any more.
        bench.Policy = ValidationPolicy.Default with { Algorithms = AlgorithmCatalogue.Default.With([new(EcdsaSha256, "ECDSA with SHA-256", 0, end)]), RequireRevocation = false };
        var document = bench.Signed();
        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE", bench.Text(document));

        bench.Proofs.Add(new(System.Security.Cryptography.SHA256.HashData(document), end.AddDays(-1), "receipt"));
        Assert.Equal("TOTAL_PASSED", bench.Text(document));
        bench.Proofs[0] = bench.Proofs[0] with { Time = end };
        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE", bench.Text(document));
    }

    [Fact]
    public void Knows_that_a_signature_made_after_the_end_cannot_be_mended()
    {
        var bench = new Bench { Policy = ValidationPolicy.Default with { Algorithms = AlgorithmCatalogue.Default.With([new(EcdsaSha256, "ECDSA", 0, Bench.At.AddYears(-20))]), RequireRevocation = false } };

        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", bench.Text());
    }

    [Fact]
    public void Does_not_accept_what_is_not_listed()
    {
        var bench = new Bench { Policy = ValidationPolicy.Default with { Algorithms = new([.. AlgorithmCatalogue.Default.Rules.Where(r => r.Oid != "1.2.840.10045.3.1.7")]), RequireRevocation = false } };

        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", bench.Text());
        Assert.Contains(bench.Judge().Signatures[0].Findings, f => f.Key == FindingKey.AlgorithmNotAccepted);
    }

    [Fact]
    public void Announces_an_end_that_is_near()
    {
        var bench = new Bench { Policy = ValidationPolicy.Default with { Algorithms = AlgorithmCatalogue.Default.With([new(EcdsaSha256, "ECDSA", 0, Bench.At.AddDays(100))]) } };

        var signature = Assert.Single(bench.Judge().Signatures);
        Assert.Equal(Indication.Passed, signature.Indication);
        Assert.Contains(signature.Findings, f => f is { Key: FindingKey.AlgorithmEndsSoon, Severity: Severity.Warning });
    }
}
