using System.Collections.Concurrent;
using Gateway.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Tests.Infrastructure;

/// <summary>The JSON lines that <c>gateway serve</c> would write to standard output, kept in memory.</summary>
internal sealed class CapturedLog
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join("", _lines);

    public void Attach(ILoggingBuilder logging)
    {
        GatewayHost.LogAsJson(logging, new TelemetryOptions { LogLevel = nameof(LogLevel.Trace) });
        logging.Services.RemoveAll<ILoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider>(p => new Provider(_lines, p.GetServices<ConsoleFormatter>().Single(f => f.Name == ConsoleFormatterNames.Json)));
    }

    private sealed class Provider(ConcurrentQueue<string> lines, ConsoleFormatter formatter) : ILoggerProvider, ISupportExternalScope
    {
        private IExternalScopeProvider? _scopes;

        public ILogger CreateLogger(string categoryName) => new Line(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose()
        {
            // Nothing is held: the lines belong to the test.
        }

        private sealed class Line(Provider provider, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => provider._scopes?.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                using var text = new StringWriter();
                provider.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), text);
            }
        }

        private void Write<TState>(LogEntry<TState> entry, StringWriter text)
        {
            formatter.Write(entry, _scopes, text);
            lines.Enqueue(text.ToString());
        }
    }
}
