using System.Security.Cryptography;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Revocation;
using Gateway.Runtime;

namespace Gateway.Judging;

/// <summary>Asks the responders of the configuration (RFC 6960 over HTTP POST) about certificates whose status judgements lacked. No address out of a certificate is ever asked.</summary>
internal sealed class FetchStatus(JudgingOptions options, TrustHttp http, WantedStatus wanted, TakeStatus take, TrustStore trust, Alarms alarms, Drain drain, TimeProvider clock, ILogger<FetchStatus> log) : BackgroundService
{
    private const int MaxAnswerBytes = 256 * 1024;
    private const int NonceBytes = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _asked = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        try
        {
            await foreach (var certificate in wanted.Reader.ReadAllAsync(stop.Token))
                await Ask(certificate, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task Ask(WantedCertificate about, CancellationToken stop)
    {
        if (OcspQuestion.About(about.Certificate, about.Issuer, RandomNumberGenerator.GetBytes(NonceBytes)) is not { } question || !IsDue(question.Certificate))
            return;
        foreach (var source in options.Sources.Where(s => s.Kind == TrustSource.Ocsp && s.State == about.State))
        {
            if (await Ask(question, source, stop))
                return;
        }
    }

    // A flood of messages by one signer is one question a minute.
    private bool IsDue(string certificate)
    {
        var now = clock.GetUtcNow();
        foreach (var old in _asked.Where(a => now - a.Value >= Pause || a.Value > now).Select(a => a.Key).ToList())
            _asked.Remove(old);
        return _asked.TryAdd(certificate, now);
    }

    private async Task<bool> Ask(OcspQuestion question, TrustSource source, CancellationToken stop)
    {
        try
        {
            var answer = await http.Post(source.Url, question.Write(), "application/ocsp-request", MaxAnswerBytes, stop);
            var checkedAnswer = question.Check(answer, clock.GetUtcNow(), AgreementPolicy.Of(trust.Of(source.State).Agreements, source.State));
            var refusal = checkedAnswer.TryGet(out var thisUpdate, out var no) ? await take.Answer(answer, source.State, question.Certificate, thisUpdate) : no;
            if (refusal is null)
                alarms.Clear(AlarmCode.TRUST_LIST_REFUSED, source.Url);
            else
                alarms.Raise(AlarmCode.TRUST_LIST_REFUSED, source.Url, $"what {source.Url} answers is refused ({refusal.Code.Text()}: {refusal.Detail})");
            return refusal is null;
        }
        catch (Exception e) when (Rounds.GoesOnAfter(e, stop))
        {
            log.LogWarning("the responder {Url} of {State} does not answer: {Reason}", source.Url, source.State, e.Message);
            return false;
        }
    }
}
