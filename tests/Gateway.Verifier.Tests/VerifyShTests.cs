using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>deploy/verify.sh: the same bundles, judged by a shell and openssl.</summary>
[Trait("Category", "Interop")]
public sealed class VerifyShTests : IDisposable
{
    private static readonly string s_script = VerifySh.Script;
    private static readonly string[] s_trust = VerifySh.Trust;

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-verify-sh-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_good_bundle_is_valid_and_every_receipt_is_proved()
    {
        var (code, output) = Run(await Judging.Good, s_trust);
        Assert.True(code == 0, output);
        Assert.Contains("VALID: nothing contradicts", output, StringComparison.Ordinal);
        Assert.Contains("cosigned by XB at", output, StringComparison.Ordinal);
        Assert.Contains("XC at", output, StringComparison.Ordinal);
        Assert.Matches("of XA: ([0-9]+) of \\1 receipts proved", output);
        Assert.Equal(3, Run(await Judging.Good, s_trust[..1]).Code);
        Assert.Equal(2, Run(await Judging.Good, "hello").Code);
    }

    [Fact]
    public async Task Records_are_checked_and_the_end_of_a_chain_of_custody_is_missed()
    {
        var story = new SampleCase
        {
            Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED)],
            Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician), (RecordForms.CustodianCertificate, f => f["certifier"]!["name"] = SampleCase.Shared.Asked.CardKey.Certificate.CommonName, c => c.Asked.CardKey)],
        };
        var whole = await story.Write();
        var (code, output) = Run(whole, s_trust);
        Assert.True(code == 0, output);
        Assert.Contains("custody 2 events of 1 items", output, StringComparison.Ordinal);
        Assert.Contains("a record whose signer no card confirms", output, StringComparison.Ordinal);
        var files = BundleFiles.Of(whole);
        files.Remove(files.In("documents/").Single(name => Encoding.UTF8.GetString(SignedDocument.Open(files[name]).Value.Content.Span).Contains("\"event\":\"MOVED\"", StringComparison.Ordinal)));
        (code, output) = Run(files.Reseal(story.Asking.Seal).Pack(), s_trust);
        Assert.True(code == 1 && output.Contains("stated to end at", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Damaged_and_falsified_bundles_are_broken_and_named()
    {
        var seal = SampleCase.Shared.Asking.Seal;
        var receipt = $"receipts/{SampleCase.Content}/XB/00000003.cms";
        var proof = (await Files()).In("log/XA/proofs/").First();
        await Broken("differ from MANIFEST.sha256", f => f["README.txt"][20] ^= 1, reseal: false);
        await Broken("that MANIFEST.sha256 does not list", f => f["notes.txt"] = [1], reseal: false);
        await Broken(receipt, f => f[receipt][^5] ^= 1);
        await Broken("names another receipt before it", f => f.Remove($"receipts/{SampleCase.Content}/XB/00000002.cms"));
        await Broken("neither here nor withheld", f => f.Remove(f.In("documents/").First(n => f[n].Length > 4000)));
        await Broken("no card of XB", f => f["trust/XB/card-00000001.cms"][^5] ^= 1);
        await Broken("a certificate that no card of XB lists", f => f["trust/XB/seals.pem"] = f["trust/XA/seals.pem"]);
        await Broken("does not prove", f => f[proof] = f[f.In("log/XA/proofs/").Last()]);
        await Broken("does not prove", f => f[proof] = System.Text.Encoding.ASCII.GetBytes(System.Text.Encoding.ASCII.GetString(f[proof]).Replace("\n\ngateway-log/XA/2026\n", "\n\ngateway-log/XB/2026\n", StringComparison.Ordinal)));
        await Broken("log/XA/checkpoint", f => f[BundleLayout.Checkpoint("XA")][25] ^= 1);
        var (code, output) = Run(BundleFiles.Of(await Judging.Good).Reseal(SampleCase.Shared.Asked.Seal).Pack(), s_trust);
        Assert.True(code == 1 && output.Contains("MANIFEST.cms is not sealed by XA", StringComparison.Ordinal), output);

        async Task<BundleFiles> Files() => BundleFiles.Of(await Judging.Good);

        async Task Broken(string words, Action<BundleFiles> change, bool reseal = true)
        {
            var files = await Files();
            change(files);
            var (code, output) = Run((reseal ? files.Reseal(seal) : files).Pack(), s_trust);
            Assert.True(code == 1 && output.Contains(words, StringComparison.Ordinal), $"{words}: {code}\n{output}");
        }
    }

    [Fact]
    public async Task Another_telling_with_other_keys_or_a_false_log_is_broken()
    {
        var forged = await new SampleCase(new SampleState("XA"), new SampleState("XB")).Write();
        Assert.Equal(1, Run(forged, s_trust).Code);
        Assert.Equal(3, Run(forged).Code);
        var witness = SampleCase.Shared.Witness;
        foreach (var (log, expected) in ((SampleLog, int)[])
        [
            (new(witness) { SignedBy = new Gateway.Protocol.Tests.MerkleLog.NoteSigner(SampleCase.Shared.Asking.Log.Key.Name, NoteAlgorithm.Ed25519) }, 1),
            (new(witness) { CosignedBy = w => new Gateway.Protocol.Tests.MerkleLog.NoteSigner(w.Cosigner.Key.Name, NoteAlgorithm.Cosignature) }, 3),
        ])
        {
            // A line of a key that no card names is passed over; then nobody has cosigned, and nobody but the log vouches for it.
            var (code, output) = Run(await new SampleCase { Log = log, ExportedAfter = TimeSpan.FromHours(80) }.Write(), s_trust);
            Assert.True(code == expected, output);
        }
        Assert.Equal(1, Run(await new SampleCase { OnReceipt = r => r.Seq == 3 ? r with { Previous = Digest.Of("x"u8) } : r }.Write(), s_trust).Code);
        Assert.Equal(1, Run("PK no zip"u8.ToArray(), s_trust).Code);
    }

    [Fact]
    public async Task What_no_witness_saw_in_72_hours_counts_as_never_logged_whatever_the_exporter_left_out()
    {
        var witness = SampleCase.Shared.Witness;
        var old = TimeSpan.FromHours(80);
        await Judged(new SampleCase { Log = null }, 0, "no witness saw it yet");
        await Judged(new SampleCase { Log = null, ExportedAfter = TimeSpan.FromHours(30) }, 0, "no witness saw it in 24 hours");
        await Judged(new SampleCase { Log = null, ExportedAfter = old }, 1, "it counts as never logged");
        await Judged(new SampleCase { Log = new SampleLog(witness) { Proves = i => i != 0 }, ExportedAfter = old }, 1, "it counts as never logged");
        // What the log holds is not broken by witnesses that do not cosign; what came late from the other side was logged when it came.
        await Judged(new SampleCase { Log = new SampleLog() { Threshold = 0 }, ExportedAfter = old }, 3, "cosigned by nobody");
        await Judged(new SampleCase { Log = new SampleLog() { Threshold = 0 }, ExportedAfter = old }, 3, "nobody but the log of XA vouches for it");
        await Judged(new SampleCase { Log = new SampleLog(witness) { Proves = i => i != 3 }, ExportedAfter = old }, 0, "no witness saw it in 24 hours");
        await Judged(new SampleCase { Log = new SampleLog(witness), ExportedAfter = old }, 0, "VALID");
        // A key that the card no longer named when it cosigned makes no witness.
        await Judged(new SampleCase { Log = new SampleLog(witness), Witnesses = [witness.Card, witness.WithoutLogKeys(SampleState.From.AddMonths(3))], ExportedAfter = old }, 3, "nobody but the log of XA vouches for it");

        async Task Judged(SampleCase story, int expected, string words)
        {
            var (code, output) = Run(await story.Write(), s_trust);
            Assert.True(code == expected && output.Contains(words, StringComparison.Ordinal), $"{words}: {code}\n{output}");
        }
    }

    // The youngest receipts stand below a checkpoint that is younger than the one that the witnesses saw last.
    [Fact]
    public async Task A_proof_below_a_checkpoint_that_no_witness_saw_yet_is_counted_from_its_receipt()
    {
        var files = BundleFiles.Of(await Judging.Good);
        var proof = files.In("log/XA/proofs/").First();
        files[proof] = Encoding.UTF8.GetBytes(string.Concat(Encoding.UTF8.GetString(files[proof]).Split('\n', StringSplitOptions.None).Where(line => !line.Contains(" gateway-witness/", StringComparison.Ordinal)).Select(line => line + "\n"))[..^1]);
        var bundle = files.Reseal(SampleCase.Shared.Asking.Seal).Pack();
        Assert.Equal(Gateway.Protocol.Verification.Verdict.VALID, Judging.Judge(bundle).Verdict);
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 0 && output.Contains("cosigned by nobody", StringComparison.Ordinal) && output.Contains("no witness saw it yet", StringComparison.Ordinal), output);
    }

    // Additions of a State's own stand last in a document, and the shell looks for members by name: whoever could be taken for the document itself could break the bundle of another State.
    [Fact]
    public async Task What_a_State_adds_to_its_receipts_is_not_taken_for_the_receipt()
    {
        const string Added = ",\"extensions\":{\"xb.note\":{\"seq\":99,\"previous\":\"ff\",\"time\":\"1970-01-01T00:00:00.000Z\",\"case\":\"XB-1\",\"peerSeq\":77,\"peerHead\":\"ee\",\"coverSha256\":\"dd\"}}}";
        var story = new SampleCase { Extends = text => [.. text.AsSpan(0, text.Length - 2), .. Encoding.ASCII.GetBytes(Added), (byte)'\n'] };
        var bundle = await story.Write();
        var judged = Judging.Judge(bundle);
        Assert.True(judged.Verdict == Gateway.Protocol.Verification.Verdict.VALID, string.Join("\n", judged.Findings));
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 0, output);
    }

    // What gateway-verify calls BROKEN (B209, B501 to B503): both judges say so.
    [Fact]
    public async Task Ends_of_chains_manifests_and_disclosed_files_are_compared_with_what_is_stated()
    {
        var story = new SampleCase();
        story.Disclosed = story.ItemContent;
        var good = await story.Write();
        var (code, output) = Run(good, s_trust);
        Assert.True(code == 0, output);
        await Broken("states another number of receipts", f =>
        {
            var stated = CaseFile.Read(f["case.json"]).Value;
            f["case.json"] = (stated with { Cases = [.. stated.Cases.Select(c => c with { Chains = [.. c.Chains.Select(chain => chain.State == "XB" ? chain with { Receipts = chain.Receipts + 5, Head = Digest.Of("x"u8) } : chain)] })] }).Write();
        });
        await Broken("states another part of gateway-log/XA/2026", f =>
        {
            var stated = CaseFile.Read(f["case.json"]).Value;
            f["case.json"] = (stated with { Logs = [.. stated.Logs.Select(l => l with { Ranges = [.. l.Ranges!.Select(r => r with { From = r.From + 1 })] })] }).Write();
        });
        await Broken("was not sent, and no receipt names it", f => f[f.In("evidence/").Single(n => n.EndsWith("manifest.cms", StringComparison.Ordinal))] = f[f.In("documents/").First()]);
        await Broken("has another digest than its manifest states", f => f[f.In("evidence/").Single(n => n.EndsWith("content", StringComparison.Ordinal))] = [1, 2, 3]);
        await Broken("is not under evidence/", f => f.Remove(f.In("evidence/").Single(n => n.EndsWith("manifest.cms", StringComparison.Ordinal))));

        Task Broken(string words, Action<BundleFiles> change)
        {
            var files = BundleFiles.Of(good);
            change(files);
            var bundle = files.Reseal(SampleCase.Shared.Asking.Seal, contents: false).Pack();
            Assert.Equal(Gateway.Protocol.Verification.Verdict.BROKEN, Judging.Judge(bundle).Verdict);
            (code, output) = Run(bundle, s_trust);
            Assert.True(code == 1 && output.Contains(words, StringComparison.Ordinal), $"{words}: {code}\n{output}");
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_State_that_changed_its_card_key_is_confirmed_by_both_fingerprints()
    {
        var (code, output) = Run(await Judging.Good, [.. s_trust, $"XB={new string('0', 64)}"]);
        Assert.True(code == 0, output);
        (code, output) = Run(await Judging.Good, s_trust[0], $"XB={new string('0', 64)}", s_trust[2]);
        Assert.True(code == 1 && output.Contains("is signed by the key", StringComparison.Ordinal), output);
    }

    // The policy asks for a witness that did not cosign; that as many others did makes no difference.
    [Fact]
    public async Task Who_cosigns_must_be_whom_the_policy_names()
    {
        var story = new SampleCase { Log = new SampleLog(SampleCase.Shared.Witness), ExportedAfter = TimeSpan.FromHours(80) };
        var other = TlogPolicy.Compose([story.Asking.Log.Key], [new PolicyWitness("XB", story.Asked.Cosigner.Key)], 1);
        var bundle = await story.Write(s => s with { Logs = [s.Logs[0] with { Policy = other.Write() }] });
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 3 && output.Contains("too few witnesses saw it", StringComparison.Ordinal), output);
        var both = TlogPolicy.Compose([story.Asking.Log.Key], [new PolicyWitness("XC", SampleCase.Shared.Witness.Cosigner.Key), new PolicyWitness("XB", story.Asked.Cosigner.Key)], 1);
        var named = new SampleCase { Log = new SampleLog(SampleCase.Shared.Witness), ExportedAfter = TimeSpan.FromHours(80) };
        (code, output) = Run(await named.Write(s => s with { Logs = [s.Logs[0] with { Policy = both.Write() }] }), s_trust);
        Assert.True(code == 0, output);
    }

    // The directory states 100 bytes where two million come out; the script's own limit is 4 GiB, that of this copy one million.
    [Fact]
    public void A_ZIP_that_unpacks_to_more_than_it_states_is_not_unpacked()
    {
        var packed = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(packed, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("README.txt", System.IO.Compression.CompressionLevel.Fastest).Open();
            entry.Write(new byte[2_000_000]);
        }
        var bytes = packed.ToArray();
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(directory + 24), 100);
        var script = Path.Combine(_folder, "verify.sh");
        File.WriteAllText(script, File.ReadAllText(s_script).Replace("4294967297", "1000001", StringComparison.Ordinal).Replace("4294967296", "1000000", StringComparison.Ordinal));
        var (code, output) = Run(script, bytes, s_trust);
        Assert.True(code == 3 && output.Contains("are too much for this script", StringComparison.Ordinal), output);
    }

    // Who exports writes the date to which the hours are counted.
    [Fact]
    public async Task A_bundle_that_its_exporter_dates_before_its_proofs_were_due_is_not_valid_later()
    {
        var bundle = await new SampleCase { Log = new SampleLog(SampleCase.Shared.Witness) { Proves = i => i != 0 } }.Write();
        Assert.Equal(0, Run(bundle, s_trust).Code);
        var (code, output) = Run(bundle, ["--at", "2026-12-24T00:00:00Z", .. s_trust]);
        Assert.True(code == 3 && output.Contains("ask for one that is made now", StringComparison.Ordinal) && output.Contains("CONSISTENT, not confirmed", StringComparison.Ordinal), output);
        Assert.Equal(2, Run(bundle, "--at", "yesterdayish").Code);
    }

    [Fact]
    public async Task A_policy_is_that_of_the_logs_it_names()
    {
        // Last year's log had one witness; the policy is of this year's, which has two.
        var story = new SampleCase { Log = new SampleLog(SampleCase.Shared.Witness) { Name = new LogName("XA", 2025) }, ExportedAfter = TimeSpan.FromHours(80) };
        var two = TlogPolicy.Compose([story.Asking.Log.Key], [new PolicyWitness("XC", SampleCase.Shared.Witness.Cosigner.Key), new PolicyWitness("XB", story.Asked.Cosigner.Key)], 2);
        var bundle = await story.Write(s => s with { Logs = [s.Logs[0] with { Policy = two.Write() }] });
        Assert.Equal(Gateway.Protocol.Verification.Verdict.VALID, Judging.Judge(bundle).Verdict);
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task What_is_not_here_and_who_did_not_witness_is_said()
    {
        var story = new SampleCase { Log = new SampleLog(SampleCase.Shared.Asked), ExportedAfter = TimeSpan.FromHours(80) };
        var (code, output) = Run(await story.Write(), s_trust);
        Assert.True(code == 0 && output.Contains("cosigned by the counterparty only", StringComparison.Ordinal), output);
        Assert.DoesNotContain("by the counterparty only", Run(await Judging.Good, s_trust).Output, StringComparison.Ordinal);
        var files = BundleFiles.Of(await Judging.Good);
        var name = files.In("documents/").First(n => files[n].Length > 4000);
        files.Remove(name);
        var old = CaseFile.Read(files["case.json"]).Value;
        files["case.json"] = (old with { Withheld = [BundleLayout.DigestOf(name)!.Value], Documents = old.Documents - 1 }).Write();
        (code, output) = Run(files.Reseal(story.Asking.Seal, contents: false).Pack(), s_trust);
        Assert.True(code == 0 && output.Contains($"the document {BundleLayout.DigestOf(name)} is withheld", StringComparison.Ordinal), output);
    }

    // XB exports: the event is its own, and stood in no log.
    [Theory]
    [InlineData(true, 1, "it counts as never logged")]
    [InlineData(false, 0, "no witness saw it in 24 hours")]
    public async Task An_event_of_the_exporter_that_no_log_holds_counts_as_never_logged(bool own, int expected, string words)
    {
        var story = new SampleCase { Custody = [new(CustodyKind.STORED)], Log = new SampleLog(SampleCase.Shared.Witness), ExportedAfter = TimeSpan.FromHours(80) };
        var files = BundleFiles.Of(await story.Write(s => own ? s with { Exporter = Gateway.Protocol.Covers.Party.Of("XB-CA"), Logs = [new SampleLog(SampleCase.Shared.Witness).Of(story.Asked, story.Issued, RequestSamples.Now.AddMinutes(5))] } : s));
        var (code, output) = Run((own ? files.Reseal(story.Asked.Seal) : files).Pack(), s_trust);
        Assert.True(code == expected && output.Contains($"documents/", StringComparison.Ordinal) && output.Contains(words, StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(true, 0, "gateway-log/XA/2026-2 follows gateway-log/XA/2026,")]
    [InlineData(false, 3, "does not show which log of XA it follows")]
    public async Task A_second_log_of_a_year_shows_which_one_it_follows(bool shown, int expected, string words)
    {
        var story = new SampleCase();
        var bundle = await story.Write(s =>
        {
            var note = SignedNote.Read(s.Logs[0].Checkpoint).Value;
            var ended = SignedNote.Compose(note.Text, [note.Signatures[0]]);
            var log = new SampleLog(SampleCase.Shared.Witness) { Name = new LogName("XA", 2026, 2), Follows = shown ? (ended, ended.Bytes) : null };
            return s with { Logs = [log.Of(story.Asking, story.Issued, RequestSamples.Now.AddMinutes(5))] };
        });
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == expected && output.Contains(words, StringComparison.Ordinal), output);
    }

    // The same bundles as gateway-verify judges: an early checkpoint of the second log, or one of a log after it, is not the end of the first.
    [Theory]
    [InlineData("2026-2")]
    [InlineData("2026-10")]
    [InlineData("2027")]
    public async Task A_log_follows_neither_itself_nor_one_after_it(string named)
    {
        Assert.True(LogName.TryParse("XA", named, out var name));
        var (code, output) = Run(await SampleLog.Turned((new LogName("XA", 2026, 2), (_, _) => SampleLog.EndedAt(name, 5))), s_trust);
        Assert.True(code == 3 && output.Contains("gateway-log/XA/2026-2 does not show which log of XA it follows", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("2026-2", 0, 1, "written on beside its successor")]
    [InlineData("2027", 0, 1, "written on beside its successor")]
    [InlineData("2027", 1, 0, "gateway-log/XA/2027 follows gateway-log/XA/2026,")]
    public async Task A_log_does_not_go_on_behind_the_end_that_its_successor_names(string next, int behind, int expected, string words)
    {
        Assert.True(LogName.TryParse("XA", next, out var name));
        var (code, output) = Run(await SampleLog.Turned((name, (_, last) => SampleLog.EndedAt(new LogName("XA", 2026), last + behind))), s_trust);
        Assert.True(code == expected && output.Contains(words, StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(0, 1, "written on beside its successor")]
    [InlineData(9, 3, "gateway-log/XA/2027 says that it follows gateway-log/XA/2026, and what is proved here under gateway-log/XA/2026-2 came between")]
    public async Task A_log_does_not_pass_over_the_one_before(long behind, int expected, string words)
    {
        var (code, output) = Run(await SampleLog.PassedOver(behind), s_trust);
        Assert.True(code == expected && output.Contains(words, StringComparison.Ordinal), output);
    }

    // Another State could sign a second receipt at any time: that breaks nothing of the exporter.
    [Theory]
    [InlineData("XA", 1)]
    [InlineData("XB", 3)]
    public async Task Two_receipts_with_one_number_break_the_bundle_of_the_State_that_issued_them(string state, int expected)
    {
        var bundle = await new SampleCase().Write(s =>
        {
            var first = Receipt.Read(SignedDocument.Open(s.Cases[0].Chains.Single(c => c.State == state).Receipts.ElementAt(2)).Value.Content).Value;
            var second = SignedDocument.Sign((first with { Nonce = Ids.New() }).Write(), (state == "XA" ? SampleCase.Shared.Asking : SampleCase.Shared.Asked).Seal, RequestSamples.Now);
            return s with { Documents = [.. s.Documents, new BundleDocument(Digest.Of(second), () => second)] };
        });
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == expected && output.Contains($"{(expected == 1 ? "BROKEN" : "OPEN  ")}  {state} issued two receipts 3", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("XA", 2026, 1, "BROKEN  XA signed two checkpoints of gateway-log/XA/2026 of 7 leaves")]
    [InlineData("XB", 2026, 3, "OPEN    XB signed two checkpoints of gateway-log/XB/2026 of 7 leaves")]
    [InlineData("XA", 2024, 0, "NOTE    XA signed two checkpoints of gateway-log/XA/2024 of 7 leaves")]
    [InlineData("XB", 2024, 0, "NOTE    XB signed two checkpoints of gateway-log/XB/2024 of 7 leaves")]
    [InlineData("", 2026, 0, "log/XB/conflicts/2026.7.first and second prove nothing")]
    public async Task A_log_that_was_split_is_named_and_breaks_only_the_bundle_of_its_own_State(string state, int year, int expected, string words)
    {
        var conflict = state == "XA" ? SampleLog.Split(SampleCase.Shared.Asking, year: year) : SampleLog.Split(SampleCase.Shared.Asked, state.Length == 0 ? c => c with { Size = 8 } : null, year);
        var (code, output) = Run(await SampleLog.BothSplit(conflict), s_trust);
        Assert.True(code == expected && output.Contains(words, StringComparison.Ordinal), output);
    }

    // Where a record or a verdict alone stands in a log that was split, both judges say so.
    [Theory]
    [InlineData(true, LeafKind.custody)]
    [InlineData(false, LeafKind.audit)]
    public async Task A_log_that_holds_nothing_but_a_record_or_a_verdict_is_asked_too(bool isRecord, LeafKind kind)
    {
        var second = new LogName("XA", 2026, 2);
        var judged = new JudgedCase();
        var story = new SampleCase { Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)] };
        BundleSource Split(BundleSource s)
        {
            var digest = isRecord ? s.Documents.Single(d => RecordForms.Find(DocumentReader.TypeOf(SignedDocument.Open(d.Read()).Value.Content)) is not null).Sha256 : Digest.Of(JudgedCase.Record(judged.Report.Write()));
            var log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Name = second, Records = (0, [new LogLeaf(kind, digest)]) }.Of(SampleCase.Shared.Asking, [], RequestSamples.Now.AddMinutes(4));
            return s with { Logs = [s.Logs[0] with { Proofs = [.. s.Logs[0].Proofs, .. log.Proofs] }], Conflicts = [SampleLog.Split(SampleCase.Shared.Asking, name: second)] };
        }
        var bundle = isRecord ? await story.Write(Split) : await judged.WriteWith(story, Split);
        Assert.Contains(Judging.Judge(bundle).Findings, f => f.Code == FindingCode.LogForked);
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 1 && output.Contains("BROKEN  XA signed two checkpoints of gateway-log/XA/2026-2 of 7 leaves", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(PartRole.shipment)]
    [InlineData(PartRole.loss)]
    public async Task What_the_other_State_signed_of_a_parcel_or_a_loss_is_broken(PartRole? forged)
    {
        var story = new SampleCase
        {
            OnLoss = loss => loss,
            OnCover = cover => cover.Parts is [var part] && part.Role == forged
                ? cover with { Parts = [Part.Of(part.Role, part.Name, part.MediaType, SignedDocument.Sign(SignedDocument.Open(part.Content).Value.Content.Span, SampleCase.Shared.Asking.Technician, RequestSamples.Now))] } : cover,
        };
        var (code, output) = Run(await story.Write(), s_trust);
        Assert.True(forged is null ? code != 1 : code == 1 && output.Contains($"the signature on the part {forged}", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(true, "two different leaves are proved at index")]
    [InlineData(false, "is of a case in which XC, which exports it, has no part")]
    public async Task What_an_exporter_arranges_with_genuine_keys_is_broken(bool twoStories, string words)
    {
        var bundle = twoStories ? await SampleLog.TwoStories()
            : BundleFiles.Of(await new SampleCase().Write(s => s with { Exporter = Gateway.Protocol.Covers.Party.Of("XC-CA"), Logs = [] })).Reseal(SampleCase.Shared.Witness.Seal).Pack();
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 1 && output.Contains(words, StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task A_chain_of_custody_that_does_not_link_is_broken()
    {
        var (code, output) = Run(await new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED)] }.Write(), s_trust);
        Assert.True(code == 0 && output.Contains("custody 2 events of 1 items", StringComparison.Ordinal), output);
        (code, output) = Run(await new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED) { Detached = true }] }.Write(), s_trust);
        Assert.True(code == 1 && output.Contains("custody event 2 of XB", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task A_note_of_one_State_proves_nothing_in_the_log_of_another()
    {
        // The event stands in the log of XA, under the same words as it would in that of XB.
        var story = new SampleCase { Custody = [new(CustodyKind.STORED)] };
        byte[] Event(BundleSource source) => source.Documents.Select(d => d.Read().ToArray()).Single(der => Encoding.UTF8.GetString(SignedDocument.Open(der).Value.Content.Span).StartsWith("{\"v\":1,\"type\":\"custodyEvent\"", StringComparison.Ordinal));
        var bundle = await story.Write(source =>
        {
            var leaf = new LogLeaf(LeafKind.custody, Digest.Of(Event(source)));
            var (now, witness) = (RequestSamples.Now.AddMinutes(5), SampleCase.Shared.Witness);
            var own = new SampleLog(SampleCase.Shared.Asked, witness) { Records = (story.Issued.Count, [leaf]) }.Of(story.Asking, story.Issued, now);
            var other = new SampleLog(story.Asking, witness).Of(story.Asked, story.Issued, now);
            return source with { Logs = [own, other with { Proofs = [.. other.Proofs, .. own.Proofs.Where(p => p.Leaf == leaf.Sha256)] }] };
        });
        var (code, output) = Run(bundle, s_trust);
        Assert.True(code == 1 && output.Contains("log/XB/proofs/", StringComparison.Ordinal) && output.Contains("does not prove documents/", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task The_last_line_of_a_file_counts_also_where_nothing_ends_it()
    {
        var story = new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED)] };
        var files = BundleFiles.Of(await story.Write());
        files.Remove(files.In("documents/").Single(name => Encoding.UTF8.GetString(SignedDocument.Open(files[name]).Value.Content.Span).Contains("\"event\":\"MOVED\"", StringComparison.Ordinal)));
        files = files.Reseal(story.Asking.Seal);
        files["case.json"] = files["case.json"][..^1];
        var lines = Encoding.ASCII.GetBytes(string.Concat(files.Where(f => !f.Key.StartsWith("MANIFEST", StringComparison.Ordinal)).Select(f => $"{Digest.Of(f.Value)}  {f.Key}\n")));
        var old = BundleManifest.Read(SignedDocument.Open(files["MANIFEST.cms"]).Value.Content).Value;
        files["MANIFEST.sha256"] = lines;
        files["MANIFEST.cms"] = SignedDocument.Sign((old with { Sha256 = Digest.Of(lines) }).Write(), story.Asking.Seal, old.Exported);
        var (code, output) = Run(files.Pack(), s_trust);
        Assert.True(code == 1 && output.Contains("stated to end at", StringComparison.Ordinal), output);
    }

    private (int Code, string Output) Run(byte[] bundle, params string[] arguments) => Run(s_script, bundle, arguments);

    private (int Code, string Output) Run(string script, byte[] bundle, params string[] arguments) => VerifySh.Run(script, _folder, bundle, null, arguments);
}
