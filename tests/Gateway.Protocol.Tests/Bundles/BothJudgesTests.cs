using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Verifier.Tests;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>
/// What gateway-verify calls BROKEN is BROKEN to deploy/verify.sh, too, which knows nothing of this library.
/// </summary>
[Trait("Category", "Interop")]
public sealed class BothJudgesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-judges-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Marks => RetiredMarkTests.Names;

    [Theory]
    [MemberData(nameof(Marks))]
    public async Task A_mark_counts_until_the_first_card_that_no_longer_names_it(string name)
    {
        var (code, words, bundle) = RetiredMarkTests.Cases[name];
        var (exit, output) = Run(await bundle(), VerifySh.Trust);
        Assert.True(exit == (code is null ? 0 : 1) && output.Contains(words, StringComparison.Ordinal), $"{exit}\n{output}");
    }

    // Who exports could leave out everything of the other State and call it nobody's.
    [Fact]
    public async Task A_State_of_which_nothing_is_here_is_missed()
    {
        var story = new SampleCase { Leaves = r => r.Event != ReceiptEvent.SubmissionAcceptance || r.Issuer.State == "XB", OnReceipt = r => r with { PeerSeq = 0, PeerHead = null }, Log = new SampleLog(SampleCase.Shared.Witness) };
        var files = BundleFiles.Of(await story.Write());
        foreach (var name in files.In("trust/XB/").Concat(files.In("evidence/")).Concat(files.In("documents/").Where(n => SignedDocument.Open(files[n]).Value.Content is var content && Cover.Read(content) is { Succeeded: true, Value.Sender.State: "XB" })).ToList())
            files.Remove(name);
        var bundle = files.Reseal(SampleCase.Shared.Asking.Seal).Pack();
        var report = Judging.Judge(bundle);
        Assert.True(report.Verdict == Verdict.BROKEN && report.Has(FindingCode.CardMissing), string.Join('\n', report.Findings));
        var (code, output) = Run(bundle, VerifySh.Trust[0], VerifySh.Trust[2]);
        Assert.True(code == 1 && output.Contains("there is no card of XB", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task A_State_on_paper_needs_no_card_and_is_named()
    {
        var judged = Judging.Judged.Value = [];
        Assert.Equal(Verdict.VALID, (await new PaperStory().Judged()).Verdict);
        var (code, output) = Run(judged[^1].Bundle, VerifySh.Trust[0], VerifySh.Trust[2]);
        Assert.True(code == 0 && output.Contains("XB is reached on paper", StringComparison.Ordinal), output);
        // Whoever holds a card of it is told that nothing here bears its seal.
        Assert.Equal(Verdict.CONSISTENT, Judging.Judge(judged[^1].Bundle, Judging.Anchors).Verdict);
        (code, output) = Run(judged[^1].Bundle, VerifySh.Trust);
        Assert.True(code == 3 && output.Contains("nothing here is sealed by it", StringComparison.Ordinal), output);
    }

    // What a card of a witness says of its own keys breaks nobody else's story.
    [Fact]
    public async Task A_cosignature_out_of_force_is_passed_over_and_counts_for_nobody()
    {
        var witness = SampleCase.Shared.Witness;
        var bundle = await new SampleCase { Witnesses = [witness.Card, witness.WithoutLogKeys(SampleState.From.AddMonths(3))], ExportedAfter = TimeSpan.FromHours(30) }.Write();
        var report = Judging.Judge(bundle, Judging.Anchors);
        Assert.True(report.Has(FindingCode.CosignatureNotCounted) && report.Verdict != Verdict.BROKEN, string.Join('\n', report.Findings));
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code != 1 && output.Contains("with a key that its card did not name then; that does not count", StringComparison.Ordinal) && !output.Contains(", XC at", StringComparison.Ordinal) && !output.Contains("by XC at", StringComparison.Ordinal), output);
    }

    // Who exports has a seal, and could make up what the other State answered.
    [Fact]
    public async Task A_message_of_a_State_is_sealed_by_that_State()
    {
        var bundle = await new SampleCase().Write(source =>
        {
            var answer = source.Documents.Select(d => Cover.Read(SignedDocument.Open(d.Read()).Value.Content)).First(c => c.Succeeded && c.Value is { Sender.State: "XB", Case: SampleCase.Content }).Value;
            var forged = SignedDocument.Sign((answer with { Message = Ids.New() }).Write(), SampleCase.Shared.Asking.Seal, answer.Created);
            return source with { Documents = [.. source.Documents, new BundleDocument(Digest.Of(forged), () => forged)] };
        });
        Assert.True(Judging.Judge(bundle).Has(FindingCode.SealNotListed));
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code == 1 && output.Contains("is a message of XB that XA sealed", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task The_end_of_a_chain_that_the_other_side_does_not_name_is_open_and_so_is_a_chain_alone()
    {
        var (code, output) = Run(await Judging.Good, VerifySh.Trust);
        Assert.True(code == 0 && output.Contains("names the receipts of XB up to 0 of 3", StringComparison.Ordinal), output);
        (code, output) = Run(await new SampleCase { Leaves = r => r.Issuer.State == "XB" && r.Case == SampleCase.Preservation }.Write(), VerifySh.Trust);
        Assert.True(code == 0 && output.Contains("only XA issued receipts", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Checkpoints_of_one_log_are_of_one_tree_and_vouch_for_each_other()
    {
        var bundle = await LogGrowthTests.Grown();
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code == 0, output);
        // What the first checkpoint lacks in witnesses has the one that it became.
        var story = new SampleCase { ExportedAfter = TimeSpan.FromHours(80) };
        byte[] few = await story.Write(s => s with { Logs = [new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Threshold = 2, EarlierWitnesses = [SampleCase.Shared.Asked] }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(5), [(7, Requests.RequestSamples.Now.AddMinutes(4))])] });
        (code, output) = Run(few, "--at", "2026-11-24T00:00:00Z", VerifySh.Trust[0], VerifySh.Trust[1], VerifySh.Trust[2]);
        Assert.True(code == 0, output);

        var files = BundleFiles.Of(bundle);
        var names = files.Keys.Where(n => BundleLayout.PlaceOf(n) == BundlePlace.LogGrowth).Order(StringComparer.Ordinal).ToList();
        files.Remove(names[0]);
        (code, output) = Run(files.Reseal(SampleCase.Shared.Asking.Seal).Pack(), VerifySh.Trust);
        Assert.True(code == 3 && output.Contains("nothing shows that the one became the other", StringComparison.Ordinal), output);
        var (one, two) = (CheckpointSubmission.Read(BundleFiles.Of(bundle)[names[0]])!, CheckpointSubmission.Read(BundleFiles.Of(bundle)[names[1]])!);
        foreach (var wrong in (byte[][])[two.Write(), (one with { Proof = two.Proof }).Write(), (one with { Proof = [.. one.Proof.Skip(1)] }).Write()])
        {
            files[names[0]] = wrong;
            (code, output) = Run(files.Reseal(SampleCase.Shared.Asking.Seal).Pack(), VerifySh.Trust);
            Assert.True(code == 1 && output.Contains(names[0], StringComparison.Ordinal), $"{string.Join(' ', names)} {System.Text.Encoding.UTF8.GetString(wrong)}\n{output}");
        }
    }

    [Theory]
    [InlineData(30, 0)]
    [InlineData(100, 3)]
    public async Task Receipts_that_nobody_saw_for_days_after_their_date_are_not_proved_to_be_of_that_date(int hours, int expected)
    {
        var late = await new SampleCase { Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { CosignedAfter = TimeSpan.FromHours(hours) }, ExportedAfter = TimeSpan.FromHours(hours + 1) }.Write();
        var (code, output) = Run(late, "--at", "2026-11-26T00:00:00Z", VerifySh.Trust[0], VerifySh.Trust[1], VerifySh.Trust[2]);
        Assert.True(code == expected && expected == 0 != output.Contains("nobody is shown to have seen it", StringComparison.Ordinal), output);
    }

    // No person did it: the gateway says it under the seal of its authority.
    [Fact]
    public async Task An_act_that_a_gateway_did_by_itself_bears_a_seal_and_no_signature()
    {
        var bundle = await new SampleCase { OnCover = c => c.About == CoverAbout.ACT && Act.Read(SignedDocument.Open(c.Parts[0].Content).Value.Content).Value is { Kind: ActKind.ACKNOWLEDGED } act ? c with { Parts = [Missed(act)] } : c }.Write();
        var report = Judging.Judge(bundle);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Heavy()));
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code == 0, output);

        static Part Missed(Act act) => Part.Of(PartRole.act, "act.cms", "application/cms", SignedDocument.Sign((act with { Kind = ActKind.DEADLINE_MISSED }).Write(), SampleCase.Shared.Asked.Seal, act.Time));
    }

    // A line under the certificate of the log stands beside the one under its key: who has openssl only goes by it.
    [Fact]
    public async Task A_second_signature_of_the_log_that_does_not_hold_is_broken()
    {
        var asking = SampleCase.Shared.Asking;
        foreach (var (holds, expected) in new[] { (true, 0), (false, 1) })
        {
            var bundle = await new SampleCase().Write(s => s with { Logs = [s.Logs[0] with { Checkpoint = Second(s.Logs[0].Checkpoint, holds) }] });
            Assert.Equal(holds ? Verdict.VALID : Verdict.BROKEN, Judging.Judge(bundle).Verdict);
            var (code, output) = Run(bundle, VerifySh.Trust);
            Assert.True(code == expected && (holds || output.Contains("log/XA/checkpoint is not signed", StringComparison.Ordinal)), output);
        }

        ReadOnlyMemory<byte> Second(ReadOnlyMemory<byte> note, bool holds)
        {
            var read = SignedNote.Read(note).Value;
            return SignedNote.Compose(read.Text, [.. read.Signatures, NoteSignature.By(asking.LogCertificate, asking.Log.Key.Name, holds ? read.Text.Span : "another text\n"u8)]).Bytes;
        }
    }

    private (int Code, string Output) Run(byte[] bundle, params string[] trust)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
        return VerifySh.Run(VerifySh.Script, folder, bundle, null, trust);
    }
}
