"""The frame of a report: page, style, and what it cannot say. Data, not code."""

from __future__ import annotations

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – facial movement report</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>Facial movements spotted by livespot</p></header>
<main>
{body}
<section class="limits"><h2>What this report cannot say</h2>{not_known}</section>
</main>
</body>
</html>
"""

NOT_KNOWN = """
<p>It lists when parts of a face moved and for how long. It does not say what anybody felt, thought, intended
or hid: a movement has no fixed meaning, and no measurement here can show emotion or deceit.</p>
<p>ME is short for a movement of less than half a second, MaE for one of half a second to four seconds. Both are
found by a statistical model that misses movements and reports some that are none; look at the pictures before
you rely on one.
Blinks, speech, swallowing, head turns and changes of light are the commonest causes of false alarms.</p>
<p>The score orders intervals by how well they fit what the model learned. It is not a probability.</p>
"""

STYLE = """
:root{--ink:#1d232b;--dim:#5d6875;--line:#d5dbe2;--page:#fff;--soft:#f4f6f8;--me:#b4451f;--mae:#1f63a8;--truth:#3d8a54}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ed;--dim:#9aa5b1;--line:#39424d;--page:#161a1f;--soft:#1f252c;
--me:#f08a5d;--mae:#6db1f2;--truth:#6fc189}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
header,main{max-width:1060px;margin:auto;padding:0 24px}
header{padding-top:28px}h1{font-size:26px;margin:0;overflow-wrap:anywhere}header p{color:var(--dim);margin:0 0 8px}
h2{font-size:19px;margin:28px 0 8px}h3{font-size:15px;margin:16px 0 4px}
table{border-collapse:collapse}th,td{text-align:left;padding:3px 14px 3px 0;vertical-align:top}
.facts th{color:var(--dim);font-weight:400;white-space:nowrap}.facts td{overflow-wrap:anywhere}
.found th{color:var(--dim);font-weight:400;border-bottom:1px solid var(--line)}
.found td{font-variant-numeric:tabular-nums}
.found tr.me td:nth-child(2){color:var(--me)}.found tr.mae td:nth-child(2){color:var(--mae)}a{color:inherit}
h3.me,.interval.me h2{color:var(--me)}h3.mae,.interval.mae h2{color:var(--mae)}
.interval{border-top:1px solid var(--line);margin-top:28px;break-inside:avoid}
.figures{display:flex;flex-wrap:wrap;gap:12px;margin:8px 0}
figure{margin:0;width:240px}figure img,figure svg{display:block;width:240px;border-radius:4px;background:var(--soft)}
figcaption{font-size:13px;color:var(--dim)}
.none{height:240px;display:grid;place-items:center;background:var(--soft);border-radius:4px;color:var(--dim)}
.notes li,.note{color:var(--ink)}.legend{font-size:13px;color:var(--dim)}
svg.curves{width:100%;background:var(--soft);border-radius:4px}
svg .grid{stroke:var(--line)}svg .tick{fill:var(--dim);font-size:11px}
svg polyline{fill:none;stroke-width:1.4}svg polyline.expression{opacity:.45;stroke-width:1}
svg polyline.me{stroke:var(--me)}svg polyline.mae{stroke:var(--mae)}
svg .level{stroke:var(--dim);stroke-dasharray:4 4}svg .marker{stroke:var(--ink);stroke-width:1}
svg .gap{fill:var(--dim);opacity:.4}
svg .bar.me{fill:var(--me)}svg .bar.mae{fill:var(--mae)}svg .bar.truth{fill:var(--truth)}
svg.face .arrow{stroke:#ffd23f;stroke-width:2.5;stroke-linecap:round}svg.face .foot{fill:#ffd23f}
svg.face .landmark{fill:var(--dim)}
.limits{border-top:1px solid var(--line);margin:32px 0 48px;color:var(--dim)}
@media print{body{background:#fff}}
"""
