namespace Gateway.Verifier;

/// <summary>How the report looks: for A4 first, readable on a screen.</summary>
internal static class HtmlStyle
{
    public const string Css = """
        @page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555 } }
        :root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --good: #1a6b3c; --warn: #8a5a00; --bad: #a51d2d; --blue: #1f4e8c }
        * { box-sizing: border-box }
        body { margin: 0 auto; padding: 8mm; max-width: 200mm; background: #fff; color: var(--ink); font: 10pt/1.4 "Noto Sans", "Liberation Sans", Arial, sans-serif }
        h1 { margin: 0 0 4mm; font-size: 15pt; line-height: 1.25; overflow-wrap: anywhere }
        h2 { margin: 8mm 0 2.5mm; padding-bottom: 1mm; border-bottom: .4mm solid var(--ink); font-size: 12.5pt; break-after: avoid }
        h3 { margin: 5mm 0 2mm; font-size: 10.5pt; break-after: avoid; overflow-wrap: anywhere }
        p, ul { margin: 0 0 2.5mm }
        ul { padding-left: 5mm }
        li { margin-bottom: 1.2mm; break-inside: avoid }
        .kind { margin: 0 0 1mm; color: var(--soft); letter-spacing: .06em; text-transform: uppercase; font-size: 8.5pt }
        .note { color: var(--soft); font-size: 9pt }
        .mono { font-family: "Noto Sans Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .88em; overflow-wrap: anywhere }
        .short { white-space: nowrap; overflow-wrap: normal }
        .verdict { display: flex; gap: 4mm; align-items: center; margin-bottom: 4mm; padding: 3.5mm 4mm; border: .5mm solid; border-radius: 1.5mm; break-inside: avoid; print-color-adjust: exact; -webkit-print-color-adjust: exact }
        .verdict strong { font-size: 14pt; white-space: nowrap }
        .verdict.valid { color: var(--good); background: #eef8f1 }
        .verdict.consistent { color: var(--warn); background: #fdf6e7 }
        .verdict.broken { color: var(--bad); background: #fdeff0 }
        .verdict span { color: var(--ink); overflow-wrap: anywhere; min-width: 0 }
        table { width: calc(100% - .3mm); margin: 0 0 3mm; border-collapse: collapse; font-size: 8.8pt }
        thead { display: table-header-group }
        tr { break-inside: avoid }
        th, td { padding: 1.1mm 1.8mm; border: .2mm solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere }
        thead th { background: #f2f4f6; font-weight: 600; print-color-adjust: exact; -webkit-print-color-adjust: exact }
        .facts th { width: 42mm; font-weight: 600; background: #f8f9fa; print-color-adjust: exact; -webkit-print-color-adjust: exact }
        .findings { table-layout: fixed } .findings th:nth-child(1) { width: 13mm } .findings th:nth-child(2) { width: 24mm } .findings th:nth-child(4) { width: 50mm }
        .scope { table-layout: fixed } .scope th:nth-child(1) { width: 28mm }
        .due { table-layout: fixed } .due th:nth-child(1) { width: 28mm } .due th:nth-child(2) { width: 30mm } .due th:nth-child(3) { width: 19mm } .due th:nth-child(6) { width: 45mm }
        .custody { table-layout: fixed } .custody th:nth-child(1) { width: 34mm } .custody th:nth-child(2) { width: 23mm } .custody th:nth-child(3) { width: 30mm } .custody th:nth-child(5) { width: 34mm } .custody th:nth-child(6) { width: 20mm }
        .chains { table-layout: fixed } .chains th:nth-child(1) { width: 28mm } .chains th:nth-child(2) { width: 13mm } .chains th:nth-child(3) { width: 18mm } .chains th:nth-child(7) { width: 34mm }
        .logs { table-layout: fixed } .logs th:nth-child(1) { width: 36mm } .logs th:nth-child(2) { width: 16mm } .logs th:nth-child(3) { width: 24mm } .logs th:nth-child(4) { width: 34mm }
        .stamps { table-layout: fixed } .stamps th:nth-child(1) { width: 36mm } .stamps th:nth-child(3) { width: 36mm } .stamps th:nth-child(4) { width: 18mm } .stamps th:nth-child(5) { width: 22mm }
        .story { table-layout: fixed } .story th:nth-child(1) { width: 26mm } .story th:nth-child(2) { width: 21mm } .story th:nth-child(3) { width: 17mm } .story th:nth-child(5) { width: 40mm }
        .count, .tag { display: inline-block; padding: .2mm 1.8mm; border: .25mm solid; border-radius: 3mm; font-size: 8.3pt; white-space: nowrap }
        .count { margin-right: 1.5mm }
        .broken { color: var(--bad) } .unconfirmed { color: var(--bad) } .warning { color: var(--warn) } .info { color: var(--soft) }
        figure { margin: 0 0 4mm; break-inside: avoid }
        svg { display: block; width: 100%; height: auto }
        @media print { body { padding: 0; max-width: none; font-size: 9.6pt } h2.page { break-before: page; margin-top: 0 } a { color: inherit } }

        """;
}
