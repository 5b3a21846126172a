namespace Gateway.Benchmarks.Harness;

/// <summary>Nothing was measured, or what was measured is not what it should be: no figures are printed.</summary>
internal sealed class MeasurementFailedException(string message) : Exception(message);
