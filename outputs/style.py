"""How HTML pages of hege look: one style sheet, in the page itself; light, dark, narrow and printed."""

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#556070;--line:#d5dbe3;--page:#fff;--band:#f4f6f9;--link:#0b57a4;--pass:#2e7d4f;--fail:#b3261e;--undetermined:#8a5a00;--exempt:#5a6b86}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaef;--soft:#a3adbb;--line:#3a4450;--page:#14181d;--band:#1d232a;--link:#8ab8f0;--pass:#6fc28f;--fail:#f28b82;--undetermined:#e6b450;--exempt:#9fb3d1}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem clamp(.75rem,3vw,2rem);background:var(--page);color:var(--ink);font:16px/1.65 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
h1{font-size:1.6rem;line-height:1.35;margin:.5rem 0 .25rem}
header p{margin:0;color:var(--soft)}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:2px solid var(--line)}
h3{font-size:1.08rem;margin:1.75rem 0 .5rem}
h4{font-size:1rem;margin:1.1rem 0 .35rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem 1.5rem;padding:0;margin:1rem 0 0}
.alarms{border:2px solid var(--fail);padding:.25rem 1rem;margin:1rem 0}
.totals{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 2rem}
.totals ul{margin:0;padding:0;list-style:none}
.rate{margin:0;color:var(--soft)}.rate b{font-size:2.6rem;line-height:1.2;color:var(--ink);font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:.9rem;margin:.5rem 0;border-radius:3px;background:var(--band)}
rect.pass{fill:var(--pass)}rect.fail{fill:var(--fail)}rect.undetermined{fill:var(--undetermined)}rect.exempt{fill:var(--exempt)}
.course{height:auto;max-width:40rem;background:none}.course line{stroke:var(--line);stroke-width:.3}.course line.open{stroke:var(--undetermined);stroke-width:1}.course line.way{stroke:var(--pass);stroke-width:.7}.course circle{fill:var(--pass)}.course text{font-size:2.6px;fill:var(--soft)}
.counts{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:.25rem 0 1rem}
.counts div{display:flex;gap:.5rem;align-items:baseline}.counts dt{color:var(--soft)}.counts dd{margin:0;font-weight:700;font-variant-numeric:tabular-nums}
.counts .pass dd,.verdict.pass,.outcome.pass{color:var(--pass)}.counts .fail dd,.verdict.fail,.outcome.fail{color:var(--fail)}
.counts .undetermined dd,.verdict.undetermined,.outcome.unknown{color:var(--undetermined)}.counts .exempt dd,.verdict.exempt,.outcome.exempt{color:var(--exempt)}
table{border-collapse:collapse;width:100%;margin:.25rem 0 .5rem}
caption{text-align:left;color:var(--soft);padding:.75rem 0 .25rem}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:400}tbody th{font-weight:600}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.list td.n{color:var(--soft);width:2.5rem;padding-left:0}.list td.text{min-width:14rem}
.problems{max-width:40rem}.problems th{font-weight:400;white-space:nowrap}.problems .bar{width:55%}
.problems svg{margin:.35rem 0;height:.7rem;background:none}
.note{color:var(--soft);margin:.25rem 0}
details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;background:var(--band)}
summary{cursor:pointer;padding:.5rem .75rem}summary span{color:var(--soft)}
details>div{padding:0 .9rem .75rem;background:var(--page);border-radius:0 0 6px 6px;border-top:1px solid var(--line)}
details>div:target{outline:2px solid var(--link)}
dl{margin:.25rem 0}dt{color:var(--soft)}details dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .9rem}dd{margin:0}
.wide{overflow-x:auto}.facts{font-size:.9rem;width:auto;min-width:50%}.facts th,.facts td{white-space:nowrap;padding:.2rem .7rem .2rem 0}
.facts td:last-child{font-family:ui-monospace,monospace;color:var(--soft)}
.others{color:var(--soft);font-size:.92rem;margin:1rem 0 0;padding-left:1.2rem}
.names{columns:16rem;margin:.5rem 1rem 1rem;padding-left:1.2rem}
footer{margin-top:3rem;color:var(--soft);font-size:.9rem}footer h2{font-size:1.05rem}code{overflow-wrap:anywhere}
@media(max-width:44rem){
h1{font-size:1.3rem}.rate b{font-size:2.1rem}
.list thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.list,.list tbody{display:block}
.list tr{display:grid;grid-template-columns:2.2rem 1fr;border-bottom:1px solid var(--line);padding:.5rem 0}
.list th,.list td{border:0;padding:0;grid-column:2}.list td.n{grid-column:1;grid-row:1;width:auto;text-align:left}
.list td:not(.text):not(.n){color:var(--soft);font-size:.9rem}.list td.text{min-width:0}.list td:empty{display:none}
.figures th,.figures td{padding:.3rem .3rem}
details dl{display:block}details dt{margin-top:.3rem;font-size:.9rem}
.problems th{white-space:normal}.problems .bar{width:35%}
}
@media print{
:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--band:#fff;--link:#000;--pass:#1d6b3c;--fail:#a11;--undetermined:#7a5000;--exempt:#44546e}
body{max-width:none;padding:0;font-size:10.5pt}a{text-decoration:none}nav{display:none}
details::details-content{content-visibility:visible;block-size:auto;height:auto}details{border:0}summary{list-style:none;padding-left:0}
tr,h2,h3,h4,summary{break-inside:avoid}h2,h3,h4,summary{break-after:avoid}thead{display:table-header-group}
.wide{overflow:visible}.facts{font-size:8.5pt}.facts th,.facts td{white-space:normal}
*{print-color-adjust:exact}
}
"""
