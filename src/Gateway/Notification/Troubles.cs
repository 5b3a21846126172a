using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>What stands on the board about the ways to people, for the officer's screen and the report of a shift.</summary>
internal static class Troubles
{
    public static IReadOnlyList<AlarmTrouble> Of(Alarms alarms) => [.. alarms.All.Where(a => a.Code is AlarmCode.ALARM_PATH_DEAD or AlarmCode.ROSTER_NOT_VALID).Select(View)];

    private static AlarmTrouble View(RaisedAlarm alarm)
    {
        // Of a way the subject is its kind and its target.
        var (word, target) = alarm.Code == AlarmCode.ROSTER_NOT_VALID ? (nameof(AlarmCode.ROSTER_NOT_VALID), "") : alarm.Subject.Split(' ', 2) is [var kind, var host] ? (kind, host) : (alarm.Subject, "");
        return new AlarmTrouble { What = word.ToUpperInvariant(), Target = target, Text = alarm.Text, Since = DocumentWriter.FormatTime(alarm.Since) };
    }
}
