using System.CommandLine;
using System.Security.Cryptography;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Cases;

internal static class CaseExport
{
    private sealed record Bundle(long Bytes, string Sha256);

    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var target = new Option<string>("--out") { Description = "Where the bundle goes: case.zip", Required = true, HelpName = "FILE" };
        var linked = new Option<bool>("--with-linked") { Description = "Also the cases linked with it" };
        var withhold = new Option<string[]>("--withhold") { Description = "Leave out the document with this SHA-256 and all that it carried (repeat for several)", HelpName = "SHA256" };
        var force = new Option<bool>("--force") { Description = "Replace an existing file" };
        var purpose = new Option<string>("--purpose") { Description = "Why it leaves; recorded. For received personal data it begins with the purpose code of the request: CRIMINAL_PROCEEDINGS: for the court", DefaultValueFactory = _ => "", HelpName = "TEXT" };
        return new Command("export", "One ZIP with all that an outsider needs to verify the case") { @case, target, linked, withhold, purpose, force }.Runs(async run =>
        {
            var request = new ExportCaseRequest { CaseId = run.Value(@case), WithLinked = run.Value(linked), Purpose = run.Value(purpose)! };
            request.Withhold.AddRange(run.Value(withhold) ?? []);
            var path = run.Value(target)!;
            var bundle = await ByteProgress.RunAsync(run.Terminal, run.Clock, "export", 0, progress => SaveAsync(run, request, path, run.Value(force), progress));
            run.Terminal.Facts(("bundle", path), ("bytes", $"{bundle.Bytes}"), ("sha256", bundle.Sha256), ("to check it", $"gateway-verify {path} --trust FILE"));
            run.Terminal.WriteLine(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", Path.GetFullPath(path));
                json.WriteNumber("sizeBytes", bundle.Bytes);
                json.WriteString("sha256", bundle.Sha256);
                json.WriteEndObject();
            });
            return ExitCode.Good;
        });
    }

    private static async Task<Bundle> SaveAsync(Invocation run, ExportCaseRequest request, string path, bool force, ByteProgress progress)
    {
        var temporary = NewFile.Temporary(path, force);
        try
        {
            Bundle bundle;
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                bundle = await ReceiveAsync(run, request, file, progress);
                file.Flush(flushToDisk: true);
            }
            NewFile.Keep(temporary, path, force);
            return bundle;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task<Bundle> ReceiveAsync(Invocation run, ExportCaseRequest request, FileStream file, ByteProgress progress)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var call = run.Gateway.ExportCase(request, cancellationToken: run.Cancel);
        var announced = "";
        await foreach (var part in call.ResponseStream.ReadAllAsync(run.Cancel))
        {
            await file.WriteAsync(part.Data.Memory, run.Cancel);
            hash.AppendData(part.Data.Span);
            progress.Expect(file.Position);
            progress.Report(file.Position);
            announced = part.Sha256.Length > 0 ? part.Sha256 : announced;
        }
        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (announced.Length == 0)
            throw StopException.Incomplete("the bundle ended early; no file was kept");
        return actual == announced ? new Bundle(file.Position, actual)
            : throw StopException.No($"the bundle arrived with SHA-256 {actual}, the gateway says {announced}; no file was kept");
    }
}
