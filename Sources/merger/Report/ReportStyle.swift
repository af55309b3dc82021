import Shared

/// How the page looks: on screens from 320 pixels on, by light and in the dark, and on paper.
///
/// Colours of states are those of Okabe and Ito, Color Universal Design (2008), which people with any
/// kind of colour vision tell apart; no state is told by colour alone.
enum ReportStyle {
    /// Forbids everything but this sheet.
    static var policy: String {
        let digest = ContentDigest(of: Array(sheet.description.utf8))
        return "default-src 'none'; style-src 'sha256-\(digest.base64)'; base-uri 'none'; "
            + "form-action 'none'"
    }

    static let sheet: StaticString = """

        :root {
          color-scheme: light dark;
          --paper: #ffffff; --ink: #1c2127; --soft: #565e67; --line: #d4d9de; --tint: #f4f6f8;
          --link: #005a8e;
          --covered: #0072b2; --recovered: #009e73; --gap: #d55e00; --unknown: #6b7480;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #12161b; --ink: #e4e9ee; --soft: #a2acb7; --line: #353d46; --tint: #1b2128;
            --link: #7cc4f0;
            --covered: #56b4e9; --recovered: #00b583; --gap: #e8762c; --unknown: #8c96a1;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.25rem 4rem;
          background: var(--paper); color: var(--ink);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
        }
        h1, h2, h3, caption { line-height: 1.25; text-wrap: balance; }
        h1 { margin: 0; font-size: 2rem; letter-spacing: -0.015em; }
        h2 { margin: 3.5rem 0 0.75rem; font-size: 1.3rem; letter-spacing: -0.01em; }
        h3 { margin: 1.75rem 0 0.5rem; font-size: 1rem; }
        p, blockquote, section ul { max-width: 42rem; }
        p { margin: 0.75rem 0; }
        a { color: var(--link); text-underline-offset: 0.15em; }
        a:focus-visible, summary:focus-visible, .wide:focus-visible {
          outline: 2px solid var(--link); outline-offset: 2px;
        }
        code { font: 0.85em/1.5 ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; }
        header .kind { margin: 0 0 0.25rem; color: var(--soft); }
        header .span { margin: 0.25rem 0 0; color: var(--soft); }
        #headline {
          position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
        }
        .lead { font-size: 1.15rem; margin: 1.5rem 0; }
        .warning {
          padding: 0.6rem 1rem; border-left: 4px solid var(--gap); background: var(--tint);
        }
        .facts {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
          margin: 2rem 0 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line);
        }
        .facts div { padding: 1rem 1rem 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        .facts dd { font-size: 0.875rem; color: var(--soft); }
        .facts dd.value { font-size: 1.6rem; line-height: 1.3; color: var(--ink); }
        nav { margin: 2rem 0 0; font-size: 0.9rem; }
        nav ul {
          display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
          gap: 0.35rem 1.5rem; margin: 0; padding: 0; list-style: none;
        }
        figure { margin: 1.25rem 0; }
        figcaption { margin-top: 0.75rem; max-width: 42rem; font-size: 0.875rem; color: var(--soft); }
        details { margin: 0.75rem 0; }
        summary { cursor: pointer; color: var(--link); font-size: 0.9rem; padding: 0.35rem 0; }
        .wide {
          overflow-x: auto; margin: 1.25rem 0;
          background:
            linear-gradient(to right, var(--paper) 1.5rem, transparent) local,
            linear-gradient(to left, var(--paper) 1.5rem, transparent) right / 3rem 100% local,
            linear-gradient(to right, var(--line), transparent 0.6rem),
            linear-gradient(to left, var(--line), transparent 0.6rem);
          background-repeat: no-repeat;
        }
        table {
          border-collapse: collapse; min-width: min(100%, 34rem); font-size: 0.9rem; overflow-wrap: normal;
        }
        caption {
          text-align: left; font-weight: 600; padding: 0 0 0.4rem; max-width: calc(100vw - 2rem);
        }
        th, td {
          padding: 0.4rem 0.75rem; text-align: left; vertical-align: baseline; font-weight: 400;
          border-bottom: 1px solid var(--line);
        }
        th:first-child { padding-left: 0; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { color: var(--soft); vertical-align: bottom; }
        tfoot th, tfoot td { border-bottom: 0; font-weight: 600; }
        .n { text-align: right; white-space: nowrap; }
        .t { min-width: 14rem; overflow-wrap: anywhere; }
        tbody th { white-space: nowrap; }
        td time, th time { white-space: nowrap; }
        .left-out { font-size: 0.875rem; color: var(--soft); }
        .provenance div, .words div {
          display: grid; grid-template-columns: 11rem 1fr; gap: 0 1rem;
          padding: 0.4rem 0; border-bottom: 1px solid var(--line);
        }
        .problems { margin: 0; padding-left: 1.25rem; }
        blockquote { margin: 1rem 0; padding: 0.25rem 1.25rem; border-left: 3px solid var(--covered); }
        footer { margin-top: 4rem; font-size: 0.875rem; color: var(--soft); }

        .legend {
          display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0 0 1rem; padding: 0;
          list-style: none; font-size: 0.875rem;
        }
        .legend li { display: flex; align-items: center; gap: 0.5rem; }
        .patterns { position: absolute; width: 0; height: 0; }
        .chart { display: block; overflow: visible; font-size: 13px; }
        .chart text { fill: var(--soft); }
        .chart text.name { fill: var(--ink); font-weight: 600; }
        .mark, .level { stroke: var(--line); shape-rendering: crispEdges; }
        .track { fill: var(--paper); stroke: var(--line); shape-rendering: crispEdges; }
        .covered rect, .recovered rect, .unknown rect, .gap rect, .bars rect, .bars path, .absence rect {
          shape-rendering: crispEdges;
        }
        .covered rect, .bars rect, .bars path { fill: var(--covered); }
        .recovered rect { fill: url(#dots); }
        .unknown rect { fill: url(#hatch); }
        .gap rect { fill: var(--gap); }
        .absence rect { fill: url(#hatch); opacity: 0.55; }
        .stripes rect { fill: var(--tint); }
        .dots-ground { fill: var(--recovered); } .dots-mark { fill: var(--paper); }
        .hatch-ground { fill: var(--paper); }
        .hatch-mark { stroke: var(--unknown); stroke-width: 2; }
        .rate .chart { margin-left: 3rem; width: calc(100% - 3rem); }
        .upset { display: flex; gap: 0.75rem; padding: 2px; }
        .upset svg { flex: none; }
        .upset #sets-bars { flex: 1 1 0; min-width: 5rem; width: auto; }
        .in { fill: var(--ink); } .join { stroke: var(--ink); stroke-width: 3; }
        .out { fill: var(--paper); stroke: var(--line); stroke-width: 2; }
        .chart .set text { fill: var(--ink); }

        @media (max-width: 40rem) {
          body { padding: 1.5rem 1rem 3rem; }
          h1 { font-size: 1.6rem; }
          .facts { grid-template-columns: 1fr 1fr; }
          .minor { display: none; }
          tbody th, tfoot th { white-space: normal; min-width: 5rem; }
          .t { min-width: 11rem; }
          .provenance div, .words div { grid-template-columns: 1fr; }
        }
        @media print {
          @page { size: A4; margin: 18mm 16mm; }
          :root {
            color-scheme: light;
            --paper: #ffffff; --ink: #000000; --soft: #444b52; --line: #b9c0c7; --tint: #f4f6f8;
            --link: #000000;
            --covered: #0072b2; --recovered: #009e73; --gap: #d55e00; --unknown: #6b7480;
          }
          body { max-width: none; padding: 0; font-size: 9.5pt; }
          nav, details:not([open]) { display: none; }
          h1 { font-size: 18pt; } h2 { font-size: 12.5pt; margin-top: 1.6rem; }
          .lead { font-size: 11pt; } .facts dd.value { font-size: 15pt; }
          .facts { grid-template-columns: repeat(4, 1fr); }
          h2, h3, caption { break-after: avoid; }
          tr, figure, .facts { break-inside: avoid; }
          .wide { overflow: visible; background: none; }
          .t { min-width: 8rem; }
          table { font-size: 8.5pt; }
          th, td { padding: 0.25rem 0.5rem; }
          a { text-decoration: none; }
        }

        """

    /// The patterns that tell states apart without colour; they are named by the sheet.
    static var patterns: HTML {
        HTML("svg", ["class": "patterns", "aria-hidden": "true"]) {
            HTML("defs") {
                HTML(
                    "pattern",
                    ["id": "dots", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"]
                ) {
                    HTML("rect", ["class": "dots-ground", "width": "6", "height": "6"])
                    HTML("circle", ["class": "dots-mark", "cx": "3", "cy": "3", "r": "1.3"])
                }
                HTML(
                    "pattern",
                    [
                        "id": "hatch", "width": "6", "height": "6",
                        "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)",
                    ]
                ) {
                    HTML("rect", ["class": "hatch-ground", "width": "6", "height": "6"])
                    HTML("line", ["class": "hatch-mark", "x1": "1", "x2": "1", "y2": "6"])
                }
            }
        }
    }
}
