using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Connection;

internal static class WatchCommand
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var cursor = new Option<ulong>("--cursor") { Description = "Events after this number; 0: from the beginning", HelpName = "N" };
        var noWait = new Option<bool>("--no-wait") { Description = "End after what there is" };
        var lang = Language.Option();
        var sound = new Option<bool>("--sound") { Description = "The duty officer's screen: ring the terminal's bell for alarms, and confirm to the gateway that it was done" };
        var bell = new Option<string?>("--bell") { Description = "The same with a program that makes the sound: started with how many times to ring; what ends with 0 has rung", HelpName = "PROGRAM" };
        var device = new Option<string?>("--device") { Description = "Name of this screen in the record of who was reached", HelpName = "NAME" };
        return new Command("watch", "One line per event, as they happen; goes on after a broken connection. With --lang, --sound or --bell: alarms, in words, for the officer on duty") { cursor, noWait, lang, sound, bell, device }
            .Runs(run => run.Value(lang) is null && !run.Value(sound) && run.Value(bell) is null && run.Value(device) is null
                ? WatchAsync(run, run.Value(cursor), run.Value(noWait))
                : new OfficerWatch(run, Language.Of(run, lang), Bell.Open(run.Value(sound), run.Value(bell)), run.Value(device) ?? Environment.MachineName).RunAsync());
    }

    private static async Task<ExitCode> WatchAsync(Invocation run, ulong cursor, bool noWait)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                using var call = run.Gateway.Watch(new WatchRequest { Cursor = cursor, NoWait = noWait }, cancellationToken: run.Cancel);
                await foreach (var e in call.ResponseStream.ReadAllAsync(run.Cancel))
                {
                    Show(run.Terminal, e);
                    cursor = e.Cursor;
                    pause = FirstPause;
                }
                if (noWait)
                    return ExitCode.Good;
            }
            catch (RpcException e) when (!noWait && !run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e))
            {
                run.Terminal.Note($"{RefusedCalls.Explain(e).Message}; trying again in {pause.TotalSeconds:0} s, after event {cursor}");
            }
            await Task.Delay(pause, run.Clock, run.Cancel);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private static void Show(Terminal terminal, Event e)
    {
        terminal.Line($"{e.Cursor,6}  {e.Time}  {e.Kind,-18}  {e.CaseId}  {e.Subject}  {e.Text}");
        terminal.WriteLine(json => ProtoJson.Write(json, e));
    }
}
