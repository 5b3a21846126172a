using System.Diagnostics;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Hosting;

/// <summary>
/// Every call passes here. It finds the use case, makes a status of what it gives back, and keeps what went wrong inside: a stranger
/// hears "unavailable" and a number by which the log knows the cause.
/// </summary>
internal sealed class Edge(ILogger<Edge> log, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private const int SqliteFull = 13;
    private const int SqliteReadOnly = 8;
    private const int ReadOnlyHResult = 30; // EROFS
    private const int DiskFullHResult = 28; // ENOSPC

    /// <summary>A call with one reply.</summary>
    public Task<TReply> Answer<TUseCase, TReply>(Func<TUseCase, Task<Outcome<TReply>>> run, ServerCallContext context) where TUseCase : notnull
        => Guard(context, async () => Reply(await run(UseCase<TUseCase>(context))));

    /// <inheritdoc cref="Answer{TUseCase,TReply}(Func{TUseCase,Task{Outcome{TReply}}},ServerCallContext)"/>
    public Task<TReply> Answer<TUseCase, TReply>(Func<TUseCase, Outcome<TReply>> run, ServerCallContext context) where TUseCase : notnull
        => Guard(context, () => Task.FromResult(Reply(run(UseCase<TUseCase>(context)))));

    /// <summary>A call that streams its replies itself; a refusal comes back as a value or as <see cref="RefusedException"/>.</summary>
    public Task Stream<TUseCase>(Func<TUseCase, Task<Refusal?>> run, ServerCallContext context) where TUseCase : notnull
        => Guard(context, async () => await run(UseCase<TUseCase>(context)) is { } refusal ? throw new RefusedException(refusal) : true);

    private static TUseCase UseCase<TUseCase>(ServerCallContext context) where TUseCase : notnull
        => context.GetHttpContext().RequestServices.GetRequiredService<TUseCase>();

    private static TReply Reply<TReply>(Outcome<TReply> outcome)
        => outcome.TryGet(out var reply, out var refusal) ? reply : throw new RefusedException(refusal);

    private async Task<T> Guard<T>(ServerCallContext context, Func<Task<T>> work)
    {
        using var activity = Telemetry.Activities.StartActivity(context.Method, ActivityKind.Server);
        var started = clock.GetTimestamp();
        var code = "";
        try
        {
            return await work();
        }
        catch (RefusedException e)
        {
            code = e.Refusal.Code.Text();
            log.LogInformation("{Method} refused: {Refusal}", context.Method, code);
            throw RefusalStatus.Exception(e.Refusal);
        }
        catch (LedgerShutException e)
        {
            code = e.Refusal.Code.Text();
            log.LogInformation("{Method} refused: {Refusal}", context.Method, code);
            throw RefusalStatus.Exception(e.Refusal);
        }
        catch (RpcException)
        {
            throw;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            code = "cancelled";
            throw;
        }
        catch (Exception e) when (IsDiskFull(e))
        {
            code = RefusalCode.NoSpace.Text();
            log.LogError(e, "{Method}: no space left", context.Method);
            throw RefusalStatus.Exception(new Refusal(RefusalCode.NoSpace, "there is no space left to store this safely"));
        }
        catch (Exception e) when (IsReadOnly(e))
        {
            code = RefusalCode.StorageReadOnly.Text();
            log.LogCritical(e, "{Method}: the storage cannot be written", context.Method);
            throw RefusalStatus.Exception(new Refusal(RefusalCode.StorageReadOnly, "the storage of the gateway can be read only"));
        }
        catch (LedgerBrokenException e)
        {
            // Going on could destroy evidence; start-up checks again.
            code = "broken";
            log.LogCritical(e, "{Method}: what must never be false is false; the gateway stops", context.Method);
            Environment.ExitCode = 3;
            lifetime.StopApplication();
            throw new RpcException(new Status(StatusCode.Unavailable, "the gateway stops"));
        }
        catch (Exception e)
        {
            var fault = Ids.New();
            code = "fault";
            log.LogError(e, "{Method}: fault {Fault}", context.Method, fault);
            throw new RpcException(new Status(StatusCode.Unavailable, $"the gateway cannot answer now; its log knows the cause as {fault}"));
        }
        finally
        {
            var tags = new TagList { { "method", context.Method }, { "refusal", code } };
            Telemetry.Calls.Add(1, tags);
            Telemetry.CallDuration.Record(clock.GetElapsedTime(started).TotalSeconds, tags);
            activity?.SetTag("refusal", code);
        }
    }

    internal static bool IsReadOnly(Exception e)
        => e is SqliteException { SqliteErrorCode: SqliteReadOnly } || (e is IOException && (e.HResult & 0xFFFF) == ReadOnlyHResult);

    private static bool IsDiskFull(Exception e)
        => e is SqliteException { SqliteErrorCode: SqliteFull } || (e is IOException && (e.HResult & 0xFFFF) == DiskFullHResult);
}
