using System.Globalization;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Connection;

/// <summary>
/// The duty officer's screen: one line for each event in the officer's language, a sound when it is for this officer, and the word to the gateway that it was heard.
/// When the gateway falls silent the screen says so loudly, again and again: a quiet screen must mean a quiet night.
/// </summary>
internal sealed class OfficerWatch(Invocation run, Labels labels, Bell? bell, string device)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BannerAgain = TimeSpan.FromSeconds(15);

    private readonly DateTimeOffset _since = run.Clock.GetUtcNow();
    private readonly HashSet<string> _confirmed = new(StringComparer.Ordinal);
    private DateTimeOffset _last = run.Clock.GetUtcNow();
    private DateTimeOffset _banner = DateTimeOffset.MinValue;
    private TimeSpan _silence = TimeSpan.FromSeconds(45);
    private readonly TroubleBoard _troubles = new(labels);
    private string _user = "";
    private bool _dead;

    public async Task<ExitCode> RunAsync()
    {
        _user = (await run.Gateway.WhoAmIAsync(new WhoAmIRequest(), cancellationToken: run.Cancel)).User.Name;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Cancel);
        var guard = GuardAsync(stop.Token);
        try
        {
            while (true)
            {
                try
                {
                    using var call = run.Gateway.WatchAlerts(new WatchAlertsRequest { Device = device, Silent = bell is null }, cancellationToken: run.Cancel);
                    await foreach (var notice in call.ResponseStream.ReadAllAsync(run.Cancel))
                        await HearAsync(notice);
                }
                catch (RpcException e) when (!run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e))
                {
                    run.Terminal.Note($"{RefusedCalls.Explain(e).Message}; trying again");
                }
                // Broken or ended: nobody would be heard until it is there again.
                _last = DateTimeOffset.MinValue;
                await Task.Delay(Retry, run.Clock, run.Cancel);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await guard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HearAsync(AlertNotice notice)
    {
        _last = run.Clock.GetUtcNow();
        if (_dead)
        {
            _dead = false;
            Line(labels["watch.back"]);
        }
        if (notice.HeartbeatSeconds > 0)
            _silence = TimeSpan.FromSeconds(notice.HeartbeatSeconds * 3);
        run.Terminal.WriteLine(json => ProtoJson.Write(json, notice));
        switch (notice.Type)
        {
            case "STARTED":
                Line(labels.Format("watch.started", ("user", _user), ("device", device), ("duty", notice.OnDuty.Count > 0 ? string.Join(", ", notice.OnDuty) : labels["watch.nobody"])));
                if (bell is null)
                    Line(labels["watch.silent"]);
                await TroubleAsync(notice);
                break;
            case "HEARTBEAT":
                await TroubleAsync(notice);
                if (run.Terminal.Interactive)
                    Console.Error.Write($"\r{labels.Format("watch.alive", ("since", Clock(_since)), ("last", Clock(_last)))} ");
                break;
            case "TEST":
                Line(labels.Format("watch.test", ("shift", notice.Shift)));
                await RingAsync(notice, 2);
                break;
            case "ENDED":
                Line(notice.Act.Length > 0 && notice.Standing is "" or "REJECTED" ? labels.Format("watch.act.settled", ("act", labels.Word("act", notice.Act)), ("case", notice.CaseId)) : $"{labels[notice.Standing.Length > 0 ? "watch.settled" : "watch.acknowledged"]} · {notice.CaseId}");
                break;
            case "REJECTED":
                Line(labels.Format(notice.Act.Length > 0 ? "watch.rejected.act" : "watch.rejected", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("act", labels.Word("act", notice.Act)), ("by", notice.FromAuthority), ("why", notice.What), ("case", notice.CaseId)));
                Line($"    gatewayctl request show {notice.Message}");
                if (notice.Ring)
                    await RingAsync(1);
                break;
            case "DEADLINE":
                var deadline = labels.Format("watch.deadline", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("rule", labels.Word("rule", notice.Rule)),
                    ("due", labels.Left(Time(notice.Due) - run.Clock.GetUtcNow())), ("case", notice.CaseId));
                Line(notice.Officer.Length > 0 ? $"{deadline} · {labels.Format("watch.escalated", ("officer", notice.Officer))}" : deadline);
                if (notice.Ring)
                    await RingAsync(1);
                break;
            case "HANDOVER":
                var given = labels.Format("watch.handover", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("from", notice.FromAuthority), ("part", labels.Word("desk", notice.Standing)), ("case", notice.CaseId));
                Line(notice.Due.Length > 0 ? $"{given} · {labels.Left(Time(notice.Due) - run.Clock.GetUtcNow())}" : given);
                if (notice.Ring)
                    await RingAsync(1);
                break;
            case "EVIDENCE":
                Line(labels.Format("watch.evidence", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("from", notice.FromAuthority), ("case", notice.CaseId)));
                Line($"    gatewayctl evidence list --case {notice.CaseId}");
                if (notice.Ring)
                    await RingAsync(1);
                break;
            case "HELD":
                Line(labels.Format("watch.held", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("from", notice.FromAuthority), ("case", notice.CaseId)));
                Line($"    gatewayctl request show {notice.Message}");
                if (notice.Ring)
                    await RingAsync(1);
                break;
            case "SENDER":
                Line($"{labels[notice.Ring ? "watch.notreached" : "watch.reached"]} · {notice.CaseId}");
                if (notice.Ring)
                    await RingAsync(3);
                break;
            default:
                if (notice.Standing.Length > 0)
                    await NotArrivedAsync(notice);
                else if (notice.Act.Length > 0)
                    await ActedAsync(notice);
                else
                    await AlarmAsync(notice);
                break;
        }
    }

    private string Named(AlertNotice notice) => $"{notice.FromAuthority} {AuthorityDirectory.NameIn(labels, notice.FromName, notice.FromNames.AsReadOnly())}".Trim();

    // Provider, then categories of data: those have words.
    private string What(string what)
    {
        var parts = what.Split(" · ");
        parts[^1] = string.Join(", ", parts[^1].Split(", ").Select(code => labels.Word("word", code)));
        return string.Join(" · ", parts);
    }

    // One of our own: the telephone is what is left.
    private async Task NotArrivedAsync(AlertNotice notice)
    {
        Line(labels.Format(notice.Act.Length == 0 ? $"watch.sending.{notice.Standing}" : notice.Standing == "REJECTED" ? "watch.rejected.act" : $"watch.sending.act.{notice.Standing}", ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("to", Named(notice)),
            ("attempts", notice.Attempts.ToString(CultureInfo.InvariantCulture)), ("next", notice.Due.Length > 0 ? Clock(Time(notice.Due)) : ""), ("why", notice.What),
            ("act", labels.Word("act", notice.Act)), ("by", notice.FromAuthority), ("case", notice.CaseId)));
        Line("    " + (notice.CallBackPhone.Length > 0
            ? labels.Format("watch.call", ("phone", notice.CallBackPhone), ("authority", notice.FromAuthority))
            : labels.Format("watch.nophone", ("authority", notice.FromAuthority))));
        if (notice.AcceptsOral)
            Line("    " + labels.Format("watch.oral", ("authority", notice.FromAuthority)));
        // A copy by another channel bears its number there, so that both sides find it again.
        if (notice.Act.Length == 0 && notice.Standing is "QUEUED" or "DEAD")
            Line("    " + labels.Format("watch.interpol", ("command", $"gatewayctl request export {notice.Message} --channel INTERPOL --reference NUMBER")));
        Line(notice.Act.Length > 0 && notice.Standing == "REJECTED" ? $"    gatewayctl request show {notice.Message}" : $"    {notice.CaseId} · gatewayctl delivery list");
        await RingAsync(notice, 5);
    }

    // What the other side did, and what is due next. In an emergency it is one of the alarms that ring until somebody opens it.
    private async Task ActedAsync(AlertNotice notice)
    {
        var line = labels.Format("watch.act", ("urgency", labels.Word("urgency", notice.Urgency)), ("act", labels.Word("act", notice.Act)), ("kind", labels.Word("kind", notice.Kind)), ("from", Named(notice)), ("case", notice.CaseId));
        if (notice.Due.Length > 0)
            line += " · " + labels.Format("watch.act.next", ("rule", labels.Word("rule", notice.Rule)), ("by", notice.DueBy), ("due", labels.Left(Time(notice.Due) - run.Clock.GetUtcNow())));
        Line(notice.Type switch
        {
            "REPEAT" => $"{line} · {labels["watch.act.repeat"]}",
            "ESCALATED" => $"{line} · {labels.Format("watch.escalated", ("officer", notice.Officer))}",
            _ => line,
        });
        Line($"    gatewayctl request show {notice.Message}");
        if (notice.Alert.Length > 0)
            await RingAsync(notice, 5);
        else if (notice.Ring)
            await RingAsync(1);
    }

    private async Task AlarmAsync(AlertNotice notice)
    {
        var left = Time(notice.Due) - run.Clock.GetUtcNow();
        var line = labels.Format(left < TimeSpan.Zero ? "watch.late" : "watch.line",
            ("urgency", labels.Word("urgency", notice.Urgency)), ("kind", labels.Word("kind", notice.Kind)), ("from", Named(notice)),
            ("due", labels.Left(left)), ("what", What(notice.What)), ("verdict", labels.Format($"verdict.{notice.Verdict}", ("state", notice.FromAuthority.Length >= 2 ? notice.FromAuthority[..2] : ""))));
        Line(notice.Type switch
        {
            "REPEAT" => $"{line} · {labels["watch.repeat"]}",
            "ESCALATED" => $"{line} · {labels.Format("watch.escalated", ("officer", notice.Officer))}",
            _ => line,
        });
        Line("    " + (notice.CallBackPhone.Length > 0
            ? labels.Format("watch.callback", ("phone", notice.CallBackPhone), ("authority", notice.FromAuthority))
            : labels.Format("watch.nophone", ("authority", notice.FromAuthority))));
        Line("    " + labels.Format("watch.case", ("case", notice.CaseId), ("command", $"gatewayctl request acknowledge {notice.CaseId}")));
        await RingAsync(notice, notice.Urgency == "EMERGENCY" ? 5 : 1);
    }

    // An alarm is confirmed only after it was shown and has rung: the sender is told that a person could hear it. A screen without sound wakes nobody.
    private async Task RingAsync(AlertNotice notice, int times)
    {
        if (!notice.Ring || !await RingAsync(times))
            return;
        // Emergencies and tests are confirmed; of other requests nobody is told that they were heard.
        if ((notice.Type != "TEST" && notice.Urgency != "EMERGENCY") || (!_confirmed.Add(notice.Alert) && notice.Type != "REPEAT"))
            return;
        try
        {
            await run.Gateway.ConfirmAlertAsync(new ConfirmAlertRequest { Alert = notice.Alert, Device = device }, cancellationToken: run.Cancel);
        }
        catch (RpcException e) when (!run.Cancel.IsCancellationRequested)
        {
            _confirmed.Remove(notice.Alert);
            run.Terminal.Note(RefusedCalls.Explain(e).Message);
        }
    }

    // A clock of its own: it also speaks when nothing comes any more.
    private async Task GuardAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), run.Clock);
        while (await timer.WaitForNextTickAsync(stop))
        {
            var now = run.Clock.GetUtcNow();
            var silent = now - (_last == DateTimeOffset.MinValue ? _since : _last);
            if ((_last != DateTimeOffset.MinValue && silent < _silence) || now - _banner < BannerAgain)
                continue;
            (_banner, _dead) = (now, true);
            await BannerAsync(labels.Format("watch.dead", ("time", labels.Left(silent))));
        }
    }

    private async Task TroubleAsync(AlertNotice notice)
    {
        foreach (var (text, loud) in _troubles.Take(notice, run.Clock.GetUtcNow()))
        {
            if (loud)
                await BannerAsync(text);
            else
                run.Terminal.Note($"! {text}");
        }
    }

    private async Task BannerAsync(string text)
    {
        Banner(text);
        await RingAsync(5);
    }

    private void Banner(string text)
    {
        run.Terminal.Note(new string('!', 100));
        run.Terminal.Note($"!!! {text}");
        run.Terminal.Note(new string('!', 100));
    }

    // Whether it rang.
    private async Task<bool> RingAsync(int times)
    {
        if (bell is null)
            return false;
        if (await bell.RingAsync(times, run.Cancel) is not { } failure)
            return true;
        Banner(labels.Format("watch.mute", ("text", failure)));
        return false;
    }

    private void Line(string text) => run.Terminal.Line($"{Clock(run.Clock.GetUtcNow())}  {text}");

    private static string Clock(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}
